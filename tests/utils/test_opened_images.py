"""An image that Pillow has opened but not decoded is known by its file, and decoded in a copy of its own."""

import io
import os
import zipfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from image_files import noise, quarters, saved
from PIL import Image, features

from jsdf.errors import ImageError
from jsdf.images import open_picture
from jsdf.utils.fingerprint import fingerprint
from jsdf.utils.opened_images import encode_lossless, encoded_bytes, is_unread, reopen

SINGLE = ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM", "TGA", "PCX"]
ANIMATED = ["PNG", "GIF", "WEBP", "TIFF", "MPO"]
if "avif" in features.modules and features.check("avif"):
    SINGLE.append("AVIF")


@pytest.fixture
def opened(tmp_path):
    """Write a picture in a format and open it, without decoding it; closed at the end."""
    with ExitStack() as stack:

        def open_file(kind, picture=None, **options):
            path = tmp_path / f"{len(list(tmp_path.iterdir()))}.{kind.lower()}"
            (picture or quarters()).save(path, kind, **options)
            return stack.enter_context(Image.open(path))

        yield open_file


def has_pixels(image):
    return vars(image).get("_im", vars(image).get("im")) is not None


@pytest.mark.parametrize("kind", SINGLE)
def test_the_copy_is_the_same_picture_and_the_image_stays_as_it_was(opened, kind):
    image = opened(kind)
    position = image.fp.tell()
    copy = open_picture(image)
    assert not has_pixels(image)
    assert image.fp.tell() == position
    assert is_unread(image)
    image.load()
    assert copy.tobytes() == open_picture(image).tobytes()
    assert not is_unread(image)


@pytest.mark.parametrize("kind", SINGLE)
def test_the_position_of_a_file_object_does_not_change(kind):
    content = saved(quarters(), kind)
    file = io.BytesIO(content)
    image = Image.open(file)
    position = file.tell()
    assert encoded_bytes(image) == content
    assert fingerprint(image) == fingerprint(content)
    open_picture(image)
    assert file.tell() == position
    assert not has_pixels(image)
    image.load()


def test_a_file_in_an_archive_is_read_through_its_object(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", saved(quarters()))
    with zipfile.ZipFile(tmp_path / "a.zip") as archive, archive.open("a.png") as file:
        image = Image.open(file)
        position = file.tell()
        assert fingerprint(image) == fingerprint(saved(quarters()))
        assert open_picture(image).tobytes() == quarters().tobytes()
        assert file.tell() == position


@pytest.mark.parametrize("kind", ANIMATED)
@pytest.mark.parametrize("in_memory", [False, True])
def test_frames_are_told_apart_and_opened(tmp_path, kind, in_memory):
    frames = [quarters(), noise()]
    content = saved(frames[0], kind, save_all=True, append_images=frames[1:])
    (tmp_path / "a").write_bytes(content)
    with Image.open(io.BytesIO(content) if in_memory else tmp_path / "a") as image:
        first, picture = fingerprint(image), open_picture(image)
        image.seek(1)
        assert fingerprint(image) != first
        second = open_picture(image)
        assert second.tobytes() != picture.tobytes()
        image.seek(0)
        assert fingerprint(image) in (first, fingerprint(image.copy()))
        image.seek(1)
        assert second.tobytes() == image.convert("RGB").tobytes()


def test_a_draft_is_another_picture(opened):
    image = opened("JPEG", noise((800, 600)))
    whole = fingerprint(image)
    image.draft("L", (400, 300))
    assert fingerprint(image) != whole
    with reopen(image) as copy:
        assert (copy.mode, copy.size) == (image.mode, image.size) == ("L", (400, 300))
    assert open_picture(image).size == (400, 300)
    assert not has_pixels(image)


def test_a_large_jpeg_is_shrunk_while_it_is_decoded(opened):
    image = opened("JPEG", Image.new("RGB", (6000, 5000)))  # more than the limit of 25 megapixels
    assert open_picture(image, max_side=100).size == (100, 83)
    with pytest.raises(ImageError, match="6000 x 5000 pixels"):
        open_picture(image)
    with pytest.raises(ImageError, match="6000 x 5000 pixels"):
        open_picture(opened("JPEG", Image.new("RGB", (6000, 5000)), progressive=True), max_side=100)


def test_one_file_opened_twice_is_one_value(opened):
    image = opened("PNG")
    with Image.open(image.filename) as again, Image.open(str(image.filename)) as third:
        assert fingerprint(image) == fingerprint(again) == fingerprint(third)
    assert fingerprint(opened("PNG")) != fingerprint(image)  # a file of its own


def test_a_file_written_anew_is_another_value(opened):
    image = opened("PNG")
    before = fingerprint(image)
    with Image.open(image.filename) as again:
        quarters((6, 4)).save(image.filename)
        assert fingerprint(again) != before


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted")
@pytest.mark.parametrize("change", ["delete", "replace", "move"])
def test_a_file_that_is_gone_is_not_read(opened, tmp_path, change):
    image = opened("PNG")
    if change == "delete":
        Path(image.filename).unlink()
    elif change == "move":
        Path(image.filename).rename(tmp_path / "elsewhere.png")
    else:
        noise().save(tmp_path / "new.png")
        (tmp_path / "new.png").replace(image.filename)
    with pytest.raises(ImageError, match="its file was moved, replaced or deleted after it was opened; open it again"):
        open_picture(image)
    assert len(fingerprint(image)) == 16


def test_pixels_that_were_loaded_need_no_file(opened):
    image = opened("PNG")
    image.load()
    Path(image.filename).unlink()
    assert open_picture(image).tobytes() == quarters().tobytes()


@pytest.mark.parametrize("change", [lambda i: i.resize((9, 9)), lambda i: i.rotate(90), lambda i: i.copy()])
def test_a_picture_made_from_an_opened_one_is_in_memory(opened, change):
    made = change(opened("PNG"))
    assert not is_unread(made)
    assert fingerprint(made) == fingerprint(Image.frombytes(made.mode, made.size, made.tobytes()))


@pytest.mark.parametrize("value", ["a.png", b"abc", None, 5, np.zeros((2, 2)), Image.new("L", (2, 2)), io.BytesIO()])
def test_other_values_are_not_unread(value):
    assert not is_unread(value)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I", "F"])
def test_an_image_is_encoded_without_loss(mode):
    picture = Image.new(mode, (5, 4), 1)
    with Image.open(io.BytesIO(encode_lossless(picture))) as decoded:
        assert np.array_equal(np.asarray(decoded), np.asarray(picture))


def test_encoding_leaves_the_image_undecoded(opened):
    image = opened("JPEG")
    assert encode_lossless(image)[:4] == b"\x89PNG"
    assert not has_pixels(image)
