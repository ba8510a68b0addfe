"""Equal values have equal digests; nothing is decoded, and nothing that cannot be read raises."""

import io
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from image_files import noise, quarters, saved
from PIL import Image

from jsdf.utils.fingerprint import fingerprint, known_name


def digest(kind, content):
    return blake2b(kind.encode() + b"\0" + content, digest_size=16).digest()


def test_the_digests_of_values_in_memory_never_change():
    """They are the keys of answers that were paid for."""
    array = np.arange(12, dtype=np.uint8).reshape(3, 4)
    palette = Image.new("P", (2, 2))
    palette.putpalette([1, 2, 3])
    assert fingerprint("a\ud800") == digest("text", b"a\xed\xa0\x80")
    assert fingerprint(b"ab") == fingerprint(bytearray(b"ab")) == digest("bytes", b"ab")
    assert fingerprint(array) == digest("array |u1 (3, 4)", bytes(range(12)))
    assert fingerprint(array[:, ::2]) == digest("array |u1 (3, 2)", bytes(range(0, 12, 2)))
    assert fingerprint(Image.new("RGB", (2, 1), "red")) == digest("picture RGB (2, 1)", b"\xff\0\0\xff\0\0")
    assert fingerprint(palette) == digest("picture P (2, 2)", bytes(4) + b"\1\2\3")
    assert fingerprint(Path("/none")) == digest("file", str(Path("/none").absolute()).encode())
    assert fingerprint(5) == digest("int", b"5")


@given(hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, min_side=0)), st.booleans())
def test_arrays_are_known_by_their_content(array, is_turned):
    array = array.T if is_turned else array
    assert fingerprint(array) == digest(f"array {array.dtype.str} {array.shape}", array.tobytes())


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "I;16", "F"])
def test_a_large_picture_is_read_in_parts(mode):
    picture = noise((1201, 1803)).convert("L" if mode == "I;16" else mode)
    picture = Image.fromarray(np.asarray(picture, np.uint16) * 250) if mode == "I;16" else picture
    palette = b"" if picture.palette is None else bytes(picture.palette.palette)
    assert fingerprint(picture) == digest(f"picture {mode} (1201, 1803)", picture.tobytes() + palette)


def closed(picture):
    picture.close()
    return picture


def closed_by_with(content):
    with Image.open(content) as picture:
        return picture


def without_file():
    file = io.BytesIO(saved(quarters()))
    picture = Image.open(file)
    file.close()
    return picture


UNREADABLE = {
    "closed": lambda path: closed(Image.open(path)),
    "closed by with": closed_by_with,
    "closed in memory": lambda path: closed(Image.new("RGB", (4, 4))),
    "closed file object": lambda path: without_file(),
    "verified": lambda path: verified(path),
}


def verified(path):
    picture = Image.open(path)
    picture.verify()  # closes the file
    return picture


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_image_that_cannot_be_read_has_a_digest_of_its_own(tmp_path, name):
    quarters().save(tmp_path / "a.png")
    found = fingerprint(UNREADABLE[name](tmp_path / "a.png"))
    assert found == fingerprint(UNREADABLE[name](tmp_path / "a.png"))
    assert found not in (fingerprint(tmp_path / "a.png"), fingerprint(quarters()))


def test_a_cut_file_is_known_by_its_bytes(tmp_path):
    content = saved(noise(), "JPEG")
    (tmp_path / "a.jpg").write_bytes(content[:-900])
    with Image.open(tmp_path / "a.jpg") as picture:
        assert fingerprint(picture) == fingerprint(tmp_path / "a.jpg")
    assert fingerprint(Image.open(io.BytesIO(content[:-900]))) == fingerprint(content[:-900])


def test_a_mapped_array_is_known_by_its_place_in_the_file(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((5, 40, 30), np.uint8))
    stack, again = (np.load(tmp_path / "a.npy", mmap_mode="r") for _ in range(2))
    digests = [fingerprint(picture) for picture in stack]
    assert len(set(digests)) == 5  # of equal pixels: nothing was read
    assert digests == [fingerprint(picture) for picture in again]
    assert fingerprint(stack[:, :20]) != fingerprint(stack[:, ::2])
    written = np.load(tmp_path / "a.npy", mmap_mode="r+")
    assert fingerprint(written[0]) == fingerprint(written[1]) == fingerprint(np.zeros((40, 30), np.uint8))
    assert fingerprint(stack[[0, 1]]) == fingerprint(np.zeros((2, 40, 30), np.uint8))  # a copy


def test_names_of_files(tmp_path):
    quarters().save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert known_name(picture) == known_name(tmp_path / "a.png") == str(tmp_path / "a.png")
        picture.load()
        assert known_name(picture) is None
    assert known_name(Image.open(io.BytesIO(saved(quarters())))) is None
    assert known_name(b"a.png") is None
