"""Arrays of every accepted shape and dtype are decoded; others are refused with advice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jsdf.errors import ImageError
from jsdf.images import Limits, open_picture

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda size: st.sampled_from([size, *[(*size, channels) for channels in (1, 3, 4)]])
)
#: Array dtype -> function that scales its values to 0..255.
KINDS = {
    "u1": lambda values: values.astype(float),
    "?": lambda values: values * 255.0,
    "<u2": lambda values: values / 257,
    ">u2": lambda values: values / 257,
    "<i4": lambda values: values / 257,
    ">u8": lambda values: values / 257,
    "f2": lambda values: values.astype(float) * 255,
    "<f4": lambda values: values * 255.0,
    ">f8": lambda values: values * 255.0,
}


@st.composite
def arrays(draw):
    kind = draw(st.sampled_from([*KINDS]))
    elements = st.floats(0, 1, width=np.dtype(kind).itemsize * 8) if "f" in kind else None
    deep = np.dtype(kind).kind in "ui" and np.dtype(kind).itemsize > 1
    elements = st.integers(0, 65535) if deep else elements
    array = draw(hnp.arrays(kind, draw(SHAPES), elements=elements))
    if deep:
        array[-1] = 65535  # the full range of 16 bits; see test_pixel_range.py for others
    return array, KINDS[kind](array)


@given(arrays(), st.booleans())
def test_pixels_are_what_the_array_holds(sample, sliced):
    array, expected = sample
    if sliced:
        array, expected = array[::-1], expected[::-1]
    before = array.copy()
    picture = open_picture(array)
    assert (picture.mode, picture.size) == ("RGB", (array.shape[1], array.shape[0]))
    assert np.array_equal(array, before)
    pixels = expected if expected.ndim == 3 else expected[:, :, None]
    if pixels.shape[2] == 4:
        alpha = np.rint(pixels[:, :, 3:]) / 255
        pixels = pixels[:, :, :3] * alpha + 255 * (1 - alpha)
    assert np.abs(np.asarray(picture, float) - pixels).max() <= 1.01


def test_an_image_does_not_share_the_memory_of_its_array():
    for shape in ((4, 4), (4, 4, 3), (4, 4, 4)):
        array = np.zeros(shape, np.uint8)
        picture = open_picture(array)
        before = picture.tobytes()
        array[:] = 255
        assert picture.tobytes() == before


REFUSED = {
    "channels first": (np.zeros((3, 20, 30), np.uint8), r"pass array.transpose\(1, 2, 0\)"),
    "two channels": (np.zeros((20, 30, 2), np.uint8), "has 2 channels"),
    "a line": (np.zeros(30, np.uint8), "is not an image"),
    "a film": (np.zeros((2, 20, 30, 3), np.uint8), "is not an image"),
    "a number": (np.array(7), "is not an image"),
    "no rows": (np.zeros((0, 30, 3), np.uint8), "holds no pixels"),
    "no channels": (np.zeros((20, 30, 0), np.uint8), "holds no pixels"),
    "objects": (np.array([[None]]), "an array of object"),
    "dates": (np.zeros((2, 2), "M8[s]"), r"an array of datetime64\[s\] holds no pixels"),
    "complex": (np.zeros((2, 2), complex), "an array of complex128"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_other_arrays_are_refused_with_advice(name):
    array, words = REFUSED[name]
    with pytest.raises(ImageError, match=words) as caught:
        open_picture(array)
    assert caught.value.code == "unsupported"


def test_channels_are_the_last_axis():
    assert open_picture(np.zeros((3, 5, 3), np.uint8)).size == (5, 3)


def test_too_many_pixels_are_refused():
    with pytest.raises(ImageError, match="30 x 20 pixels") as caught:
        open_picture(np.zeros((20, 30, 3), np.uint8), limits=Limits(max_pixels=599))
    assert caught.value.code == "oversize"
