"""One rule scales values of any depth to 8 bits, in arrays, in Pillow's modes and in files."""

import io
import zlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from image_files import png, saved
from PIL import Image

import jsdf
from jsdf.images import open_picture, open_with_note
from jsdf.images.pixel_range import to_bytes
from jsdf.testing import FakeService

OWN = "its values were stretched, from its own lowest as black to its own highest as white"


def depth(bits):
    return f"its values were read as {bits} bits, 0 to {2**bits - 1}"


def ramp(low, high, dtype):
    return np.linspace(low, high, 64).astype(dtype).reshape(8, 8)


#: Name -> values, the lowest and highest grey, and the note.
CASES = {
    "12 bits in uint16": (ramp(0, 4095, "u2"), (0, 255), depth(12)),
    "dark 12 bits": (ramp(0, 1100, "u2"), (0, 68), depth(12)),
    "10 bits": (ramp(3, 1023, ">u2"), (1, 255), depth(10)),
    "14 bits": (ramp(0, 16383, "i4"), (0, 255), depth(14)),
    "16 bits": (ramp(0, 65535, "u2"), (0, 255), None),
    "half of 16 bits": (ramp(0, 32896, "u2"), (0, 128), None),
    "CT": (ramp(-1024, 3071, "i2"), (0, 255), OWN),
    "depth in mm": (ramp(400, 9000, "u2"), (6, 140), depth(14)),
    "depth in m": (ramp(0.4, 10, "f4"), (0, 255), OWN),
    "far depth in m": (ramp(0.5, 80, "f4"), (0, 80), None),
    "mask": (ramp(0, 1, "i8"), (0, 255), None),
    "class numbers": (ramp(0, 20, "i4"), (0, 255), OWN),
    "class numbers of 16 bits": (ramp(0, 7, "u2"), (0, 255), OWN),
    "8 bits in int64": (ramp(0, 255, "i8"), (0, 255), None),
    "dark 8 bits in int32": (ramp(0, 90, "i4"), (0, 90), None),
    "8 bits in uint16": (ramp(0, 200, "u2"), (0, 200), None),
    "signed 8 bits": (ramp(-128, 127, "i1"), (0, 255), OWN),
    "32 bits": (ramp(0, 4e9, "u4"), (0, 255), OWN),
    "64 bits": (ramp(0, 1e18, "u8"), (0, 255), OWN),
    "floats to 1": (ramp(0, 1, "f2"), (0, 255), None),
    "dark floats": (ramp(0, 0.02, "f8"), (0, 5), None),
    "floats to 255": (ramp(0, 255, "f4"), (0, 255), None),
    "floats to 4095": (ramp(0, 4095, "f8"), (0, 255), depth(12)),
    "floats to 65535": (ramp(0, 65535, "f4"), (0, 255), None),
    "floats from -1": (ramp(-1, 1, "f4"), (0, 255), "its values were read as -1 to 1"),
    "half of -1 to 1": (ramp(-1, 0, "f8"), (0, 128), "its values were read as -1 to 1"),
    "scores": (ramp(-2.1, 2.6, "f4"), (0, 255), OWN),
    "overshot floats": (ramp(-0.06, 1.08, "f4"), (0, 255), OWN),
    "overshot 255": (ramp(-4, 259, "f4"), (0, 255), OWN),
    "overshot 1": (ramp(0, 1.05, "f4"), (0, 255), None),
    "overshot 255 alone": (ramp(0, 265, "f4"), (0, 255), None),
    "256 of integers": (ramp(0, 256, "i4"), (0, 64), depth(10)),
    "12 bits in float16": (ramp(0, 4095, "f2"), (0, 255), depth(12)),
    "10 bits in float16": (ramp(0, 1023, "f2"), (0, 255), depth(10)),
    "-1 to 1, overshot": (ramp(-1.02, 1.02, "f4"), (0, 255), "its values were read as -1 to 1"),
    "a narrow filter": (ramp(-0.05, 0.05, "f4"), (0, 255), OWN),
    "a filter": (ramp(-0.2, 0.3, "f4"), (0, 255), OWN),
    "temperatures": (ramp(250, 310, "f8"), (62, 77), depth(10)),
    "constant 16 bits": (np.full((4, 4), 2313, "u2"), (9, 9), None),
    "constant class": (np.full((4, 4), 20, "i8"), (20, 20), None),
    "constant float": (np.full((4, 4), 0.5), (128, 128), None),
    "constant negative": (np.full((4, 4), -5), (0, 0), OWN),
    "constant 0": (np.zeros((4, 4), "i4"), (0, 0), None),
    "full mask": (np.ones((4, 4), "i4"), (255, 255), None),
    "nan": (np.array([[0, np.nan, 1.0]]), (0, 255), "its NaN values were drawn black"),
    "nan in metres": (np.array([[2, np.nan, 9.0]]), (0, 255), f"{OWN}; its NaN values were drawn black"),
    "infinity": (np.array([[0, np.inf, 0.5]], "f4"), (0, 255), None),
    "infinity in metres": (np.array([[2, np.inf, 9.0, -np.inf]]), (0, 255), OWN),
    "nothing but nan": (np.full((4, 4), np.nan), (0, 0), "its NaN values were drawn black"),
}


@pytest.mark.parametrize("name", CASES)
def test_values_are_read_by_the_rule(name):
    values, extremes, note = CASES[name]
    before = values.copy()
    scaled, found = to_bytes(values)
    assert ((int(scaled.min()), int(scaled.max())), found) == (extremes, note)
    assert np.array_equal(values, before, equal_nan=True) if values.dtype.kind == "f" else (values == before).all()
    picture, found = open_with_note(np.dstack([values] * 3))
    assert ((int(np.min(picture)), int(np.max(picture))), found) == (extremes, note)


@pytest.mark.parametrize("name", [n for n, (v, *_) in CASES.items() if v.dtype in ("u2", "i4", "f4")])
def test_arrays_modes_and_files_agree(name):
    values, _, note = CASES[name]
    expected = open_picture(values).tobytes()
    picture = Image.fromarray(values)
    forms = [picture, saved(picture, "TIFF"), Image.open(io.BytesIO(saved(picture, "TIFF")))]
    if values.dtype == "u2":
        forms += [saved(picture, "PNG"), Image.open(io.BytesIO(saved(picture, "PNG")))]
        forms += [np.dstack([values] * 3), deep_png(values, 2)]
    for form in forms:
        opened, found = open_with_note(form)
        difference = np.subtract(opened, np.frombuffer(expected, np.uint8).reshape(*values.shape, 3), dtype=int)
        # Pillow cuts the 16 bits of a channel of RGB to the upper 8 instead of rounding them.
        assert (np.abs(difference).max() <= (isinstance(form, bytes) and form[25] == 2), found) == (True, note)


@given(hnp.arrays(st.sampled_from(["u2", "i2", "i4", "u4", "i8", "u8", "f4", "f8"]), (3, 4)))
def test_every_array_is_scaled_in_order(values):
    scaled, note = to_bytes(values)
    assert scaled.dtype == np.uint8
    finite = np.isfinite(values)
    order = np.argsort(values[finite], kind="stable")
    assert (np.diff(scaled[finite][order].astype(int)) >= 0).all()
    if note == OWN and values[finite].min() < values[finite].max():
        assert (scaled[finite].min(), scaled[finite].max()) == (0, 255)


def deep_png(values, colour, alpha=None):
    """A PNG of 16 bits per channel: grey (0), RGB (2), grey and alpha (4) or RGBA (6)."""
    channels = [values] * (3 if colour & 2 else 1) + ([alpha] if colour & 4 else [])
    rows = np.dstack(channels).astype(">u2")
    body = b"".join(b"\0" + row.tobytes() for row in rows)
    return png(values.shape[1], values.shape[0], depth=16, colour=colour, body=body)


@pytest.mark.parametrize("colour", [0, 2, 4, 6])
@pytest.mark.parametrize(("bits", "note"), [(12, depth(12)), (14, depth(14)), (8, None), (16, None)])
def test_a_deep_png_is_read_in_full(colour, bits, note):
    values = ramp(0, 2**bits - 1, "u2")
    picture, found = open_with_note(deep_png(values, colour, np.full_like(values, 65535)))
    assert found == note
    expected = values * (255 / (2**bits - 1))
    assert np.abs(np.asarray(picture)[:, :, 0] - expected).max() <= 1


@pytest.mark.parametrize("alpha", [65535, 0])
def test_alpha_has_a_range_of_its_own(alpha):
    values = ramp(0, 4095, "u2")
    array = np.dstack([values, values, values, np.full_like(values, alpha)])
    expected = open_picture(values) if alpha else Image.new("RGB", (8, 8), "white")
    assert open_picture(array).tobytes() == expected.tobytes()
    assert open_picture(deep_png(values, 6, np.full_like(values, alpha))).tobytes() == expected.tobytes()
    assert open_picture(deep_png(values, 4, np.full_like(values, alpha))).tobytes() == expected.tobytes()


def deep_tiff(values, order, compression):
    """A TIFF of RGB with 16 bits per channel, uncompressed (1) or deflated (8)."""
    pixels = np.dstack([values] * 3).astype(f"{order}u2").tobytes()
    pixels = zlib.compress(pixels) if compression == 8 else pixels
    end = "little" if order == "<" else "big"
    height, width = values.shape

    def entry(tag, kind, count, value):
        data = value.to_bytes(4 if kind == 4 or count > 1 else 2, end).ljust(4, b"\0")
        return tag.to_bytes(2, end) + kind.to_bytes(2, end) + count.to_bytes(4, end) + data

    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 3, 0), (259, 3, 1, compression), (262, 3, 1, 2),
               (273, 4, 1, 0), (277, 3, 1, 3), (278, 4, 1, height), (279, 4, 1, len(pixels))]  # fmt: skip
    depths = 8 + 2 + 12 * len(entries) + 4
    entries[2], entries[5] = (258, 3, 3, depths), (273, 4, 1, depths + 6)
    body = b"".join(entry(*e) for e in entries)
    head = (b"II*\0" if order == "<" else b"MM\0*") + (8).to_bytes(4, end) + len(entries).to_bytes(2, end)
    return head + body + bytes(4) + (16).to_bytes(2, end) * 3 + pixels


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("compression", [1, 8])
def test_a_deep_colour_tiff_is_read_in_full(order, compression):
    values = ramp(0, 4095, "u2")
    picture, note = open_with_note(deep_tiff(values, order, compression))
    assert (picture.tobytes(), note) == (open_picture(values).tobytes(), depth(12))


@pytest.mark.parametrize("engine", ["local", "hosted"])
def test_a_run_says_so_once(engine):
    if engine == "hosted":
        engine = jsdf.Hosted("test-key", transport=FakeService().transport(), rate=10_000)
    scans = [ramp(-1024, 3071 - i, "i2") for i in range(5)]
    plain = [ramp(i, 255, "u1") for i in range(3)]
    column = pd.Series([*scans, *plain, ramp(0, 4095, "u2"), scans[0]], name="scan")
    with pytest.warns(UserWarning, match="its values were") as caught:
        run = column.jigsaw.run(["a scan", "a photo"], engine=engine, progress=False)
    assert run.notes == {OWN: 6, depth(12): 1}
    assert run.counts["answered"] == 10
    assert [str(warning.message) for warning in caught] == [f"6 rows: {OWN}; 1 row: {depth(12)}"]
    assert f"6 rows: {OWN}" in repr(run)
