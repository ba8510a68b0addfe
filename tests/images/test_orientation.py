"""Sizes of upright images, read without decoding them."""

import io

import numpy as np
import pytest
from PIL import Image

from jsdf.images import open_picture
from jsdf.images.orientation import upright_size


def jpeg(orientation, size=(40, 20)):
    exif, out = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    Image.new("RGB", size).save(out, "JPEG", exif=exif.tobytes())
    return out.getvalue()


@pytest.mark.parametrize("orientation", range(10))
def test_the_size_is_that_of_the_opened_picture(orientation):
    content = jpeg(orientation)
    assert upright_size(content) == open_picture(content).size
    with Image.open(io.BytesIO(content)) as picture:
        assert upright_size(picture) == open_picture(picture).size


@pytest.mark.parametrize("shape", [(20, 40), (20, 40, 3), (20, 40, 1)])
def test_an_array_has_its_width_and_height(shape):
    array = np.zeros(shape, np.uint8)
    assert upright_size(array) == open_picture(array).size == (40, 20)


@pytest.mark.parametrize("content", [b"", b"no image", jpeg(6)[:30], np.zeros(3)])
def test_the_size_of_damaged_content_is_unknown(content):
    assert upright_size(content) is None
