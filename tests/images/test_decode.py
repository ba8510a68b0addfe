"""Bytes are decoded to an upright RGB image of the wanted size."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_files import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    chunk,
    corners,
    near,
    noise,
    png,
    quarters,
    saved,
    with_exif,
)
from PIL import Image, features

from jsdf.errors import ImageError
from jsdf.images import Limits, open_picture, to_jpeg

QUARTERS = [RED, GREEN, BLUE, WHITE]
INVERSE_TRANSPOSES = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def stored(orientation):
    """Return the pixels that a camera stores with this orientation; upright after applying it."""
    transpose = INVERSE_TRANSPOSES[orientation]
    return quarters() if transpose is None else quarters().transpose(transpose)


def animation(kind):
    frames = [quarters(), Image.new("RGB", (64, 48), BLUE)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50, lossless=True)


def clear(mode, colour):
    return Image.new(mode, (8, 8), colour)


def clear_palette():
    picture = Image.new("P", (8, 8), 1)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    return saved(picture, "PNG", transparency=1)


def half_clear_palette():
    picture = Image.new("P", (8, 8), 1)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    return saved(picture, "PNG", transparency=bytes([255, 128]))


GOOD = {
    "jpeg": (lambda: saved(quarters(), "JPEG", quality=95), QUARTERS),
    "progressive jpeg": (lambda: saved(quarters(), "JPEG", quality=95, progressive=True), QUARTERS),
    "grey jpeg": (lambda: saved(Image.new("L", (8, 8), 90), "JPEG"), [(90, 90, 90)] * 4),
    "cmyk jpeg": (lambda: saved(quarters().convert("CMYK"), "JPEG", quality=95), QUARTERS),
    "mpo": (lambda: saved(quarters(), "MPO", save_all=True, append_images=[noise()], quality=95), QUARTERS),
    "png": (lambda: saved(quarters()), QUARTERS),
    "png of 1 bit": (lambda: saved(Image.new("1", (8, 8), 1)), [WHITE] * 4),
    "palette": (lambda: saved(quarters().quantize(4)), QUARTERS),
    "gif": (lambda: saved(quarters(), "GIF"), QUARTERS),
    "bmp": (lambda: saved(quarters(), "BMP"), QUARTERS),
    "tiff": (lambda: saved(quarters(), "TIFF"), QUARTERS),
    "lzw tiff": (lambda: saved(quarters(), "TIFF", compression="tiff_lzw"), QUARTERS),
    "cmyk tiff": (lambda: saved(quarters().convert("CMYK"), "TIFF"), QUARTERS),
    "lab tiff": (lambda: saved(Image.new("LAB", (8, 8), (255, 128, 128)), "TIFF"), [WHITE] * 4),
    "webp": (lambda: saved(quarters(), "WEBP", lossless=True), QUARTERS),
    "ppm": (lambda: saved(quarters(), "PPM"), QUARTERS),
    "animated gif": (lambda: animation("GIF"), QUARTERS),
    "animated webp": (lambda: animation("WEBP"), QUARTERS),
    "apng": (lambda: animation("PNG"), QUARTERS),
    "two-page tiff": (lambda: saved(quarters(), "TIFF", save_all=True, append_images=[noise()]), QUARTERS),
    "16-bit grey": (lambda: saved(Image.fromarray(np.full((8, 8), 0x8000, np.uint16))), [(128,) * 3] * 4),
    "16-bit big-endian": (lambda: saved(Image.fromarray(np.full((8, 8), 257 * 9, ">u2")), "TIFF"), [(9,) * 3] * 4),
    "16-bit rgb": (lambda: png(1, 1, depth=16, colour=2, body=b"\0" + b"\x80\0\x40\0\xff\xff"), [(128, 64, 255)] * 4),
    "32-bit": (lambda: saved(Image.fromarray(np.full((8, 8), 65535, np.int32)), "TIFF"), [WHITE] * 4),
    "32-bit beyond 16": (
        lambda: saved(Image.fromarray(np.array([[0, 1 << 20]] * 2, np.int32)), "TIFF"),
        [(0,) * 3, WHITE] * 2,
    ),
    "float": (lambda: saved(Image.fromarray(np.full((8, 8), 0.5, np.float32)), "TIFF"), [(128,) * 3] * 4),
    "float with nan": (lambda: saved(Image.fromarray(np.full((8, 8), np.nan, np.float32)), "TIFF"), [(0,) * 3] * 4),
    "clear": (lambda: saved(clear("RGBA", (255, 0, 0, 0))), [WHITE] * 4),
    "half clear": (lambda: saved(clear("RGBA", (255, 0, 0, 128))), [(255, 127, 127)] * 4),
    "grey with alpha": (lambda: saved(clear("LA", (0, 128))), [(127, 127, 127)] * 4),
    "clear webp": (lambda: saved(clear("RGBA", (0, 0, 0, 0)), "WEBP", lossless=True), [WHITE] * 4),
    "clear gif": (lambda: saved(clear("P", 0), "GIF", transparency=0), [WHITE] * 4),
    "clear palette": (clear_palette, [WHITE] * 4),
    "half clear palette": (half_clear_palette, [(255, 127, 127)] * 4),
    "clear colour": (lambda: saved(clear("RGB", RED), transparency=RED), [WHITE] * 4),
    "clear grey": (lambda: saved(clear("L", 7), transparency=7), [WHITE] * 4),
    "another clear colour": (lambda: saved(clear("RGB", RED), transparency=BLUE), [RED] * 4),
    "clear 16-bit colour": (
        lambda: png(1, 1, depth=16, colour=2, body=b"\0" + b"\xff\xff" * 3, extra=chunk(b"tRNS", b"\xff\xff" * 3)),
        [WHITE] * 4,
    ),
    "one pixel": (lambda: saved(Image.new("RGB", (1, 1), RED)), [RED] * 4),
    "one column": (lambda: saved(Image.new("RGB", (1, 60000), RED)), [RED] * 4),
    "broken exif": (lambda: saved(quarters(), "JPEG", quality=95, exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff"), QUARTERS),
    "apng without frames": (lambda: png(1, 1, body=b"\0\x50", extra=chunk(b"acTL", bytes(8))), [(80,) * 3] * 4),
}
if "avif" in features.modules and features.check("avif"):  # Pillow 11.3 and later
    GOOD["avif"] = (lambda: saved(quarters(), "AVIF", quality=95), QUARTERS)
JPEG, PNG = saved(noise(), "JPEG"), saved(noise())


@pytest.mark.parametrize("name", GOOD)
def test_images_are_decoded_correctly(name):
    make, colours = GOOD[name]
    picture = open_picture(make())
    assert (type(picture), picture.mode, picture.info) == (Image.Image, "RGB", {})
    assert near(corners(picture), colours)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", INVERSE_TRANSPOSES)
@pytest.mark.parametrize("shortest", [None, 12])
def test_images_are_upright(kind, orientation, shortest):
    content = saved(stored(orientation), kind, exif=with_exif(orientation), quality=95)
    picture = open_picture(content, min_side=shortest)
    assert picture.size == ((64, 48) if shortest is None else (16, 12))
    assert near(corners(picture), QUARTERS)


def test_an_invalid_orientation_is_ignored():
    assert near(corners(open_picture(saved(quarters(), "JPEG", quality=95, exif=with_exif(77)))), QUARTERS)


@given(st.tuples(*[st.integers(1, 200)] * 2), *[st.none() | st.integers(1, 250)] * 2)
def test_images_shrink_and_never_grow(size, shortest, longest):
    picture = open_picture(Image.new("RGB", size), min_side=shortest, max_side=longest)
    assert all(after <= before for after, before in zip(picture.size, size, strict=True))
    assert shortest is None or min(picture.size) <= max(shortest, 1)
    assert longest is None or max(picture.size) <= longest
    bound = (shortest is not None and shortest < min(size)) or (longest is not None and longest < max(size))
    assert bound or picture.size == size
    # As large as the bounds allow, and in proportion.
    assert not bound or min(picture.size) == shortest or max(picture.size) == longest
    assert abs(picture.size[0] * size[1] - picture.size[1] * size[0]) <= max(size)


@pytest.mark.parametrize(("side", "kept"), [(100, 100), (200, 200), (201, 100), (800, 100)])
def test_with_allow_larger_an_image_may_be_twice_as_large(side, kept):
    content = saved(Image.new("RGB", (side, side)))
    assert open_picture(content, min_side=100, allow_larger=True).size == (kept, kept)


def test_with_allow_larger_a_jpeg_keeps_its_decoded_size():
    content = saved(Image.new("RGB", (1600, 1200)), "JPEG")
    assert open_picture(content, min_side=224, allow_larger=True).size == (400, 300)


def test_a_jpeg_shrunk_by_its_decoder_looks_like_the_original():
    content = saved(noise((40, 30)).resize((1600, 1200), Image.Resampling.BICUBIC), "JPEG", quality=95)
    whole = Image.open(io.BytesIO(content)).convert("RGB").resize((160, 120), Image.Resampling.BICUBIC)
    assert near(open_picture(content, min_side=120), whole)


def test_the_limit_applies_to_the_decoded_size_of_a_jpeg():
    content = saved(Image.new("RGB", (400, 400), RED), "JPEG", quality=95)
    limits = Limits(max_pixels=40_000)
    with pytest.raises(ImageError, match="400 x 400"):
        open_picture(content, limits=limits)
    assert open_picture(content, min_side=100, limits=limits).size == (100, 100)
    with pytest.raises(ImageError, match="400 x 400"):
        open_picture(content, min_side=100, limits=Limits(max_pixels=39_000))
    progressive = saved(Image.new("RGB", (400, 400)), "JPEG", progressive=True)
    with pytest.raises(ImageError, match="400 x 400"):
        open_picture(progressive, min_side=100, limits=limits)
    assert open_picture(progressive, min_side=100, limits=Limits(max_pixels=160_000)).size == (100, 100)


def test_pillow_images_are_not_changed():
    picture = saved(stored(6), "JPEG", exif=with_exif(6), quality=95)
    picture = Image.open(io.BytesIO(picture))
    picture.load()
    before = picture.tobytes(), picture.size, picture.mode, dict(picture.info)
    opened = open_picture(picture, min_side=12)
    assert (picture.tobytes(), picture.size, picture.mode, dict(picture.info)) == before
    assert near(corners(opened), QUARTERS)


@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "HSV"]
)
def test_every_mode_opens_and_shares_nothing(mode):
    picture = Image.new(mode, (4, 4))
    opened = open_picture(picture)
    before = opened.tobytes()
    bands = len(picture.getbands())
    picture.putpixel((0, 0), 99 if bands == 1 else (99,) * bands)
    assert (opened.mode, opened.size, opened.tobytes()) == ("RGB", (4, 4), before)


def test_a_picture_whose_file_is_closed_says_so(tmp_path):
    (tmp_path / "a.png").write_bytes(PNG)
    with Image.open(tmp_path / "a.png") as picture:
        pass
    with pytest.raises(ImageError, match="file of the image is closed"):
        open_picture(picture)


def test_a_memory_error_is_not_turned_into_an_image_error(monkeypatch):
    def fail(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr(Image, "open", fail)
    with pytest.raises(MemoryError):
        open_picture(PNG)


def test_an_encoded_jpeg_has_no_metadata():
    exif = with_exif(1)
    exif.get_ifd(0x8825)[1] = "N"
    content = saved(quarters(), "JPEG", exif=exif, comment=b"secret", icc_profile=b"profile")
    for picture in (open_picture(content), Image.open(io.BytesIO(content))):
        sent = to_jpeg(picture)
        assert Image.open(io.BytesIO(sent)).info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert b"secret" not in sent
        assert b"Exif" not in sent


def test_transparent_images_are_encoded_on_white():
    sent = to_jpeg(clear("RGBA", (0, 0, 0, 0)))
    assert near(corners(open_picture(sent)), [WHITE] * 4)


def test_a_side_too_long_for_jpeg_is_refused():
    with pytest.raises(ImageError, match="more than JPEG allows"):
        to_jpeg(Image.new("RGB", (1, 70_000)))
