"""A reason names the file that failed; many files that failed for one reason count as one, and one is named."""

import pytest
from image_files import quarters
from PIL import Image

from jsdf.utils.failing_files import count_reasons, name_file


def test_files_are_named(tmp_path):
    quarters().save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        assert name_file(picture, "it is cut") == name_file(tmp_path / "a.png", "it is cut")
    assert name_file("it's a.jpg", "there is no such file") == '"it\'s a.jpg": there is no such file'
    assert name_file("~/b.jpg", "there is no such file") == "'~/b.jpg': there is no such file"


@pytest.mark.parametrize("value", ["https://example.org/a.jpg", "data:image/png;base64,AA", b"abc", 5, quarters(), ""])
def test_other_values_are_not(value):
    assert name_file(value, "it is cut") == "it is cut"


def test_a_name_that_the_reason_has_is_not_repeated():
    assert name_file("a.jpg", "the file 'a.jpg' is cut") == "the file 'a.jpg' is cut"


def test_a_long_name_is_shortened_in_the_middle():
    name = "/data/" + "folder/" * 99 + "photo 1.jpg"
    reason = name_file(name, "there is no such file")
    assert reason.startswith("'/data/folder/folder/folde…")
    assert reason.endswith("folder/photo 1.jpg': there is no such file")
    assert len(reason) < 140


def test_one_reason_of_many_files_counts_once():
    gone = [(name, name_file(name, "there is no such file"), 2) for name in ("a.jpg", "b.jpg", "c.jpg")]
    cut = [("d.jpg", name_file("d.jpg", "it is truncated"), 1)]
    other = [(b"", "an empty file", 1), (b"1", "an empty file", 1), ("e.jpg", "HTTP 400", 5)]
    assert dict(count_reasons([*gone, *cut, *other])) == {
        "there is no such file, as for 'a.jpg'": 6,
        "'d.jpg': it is truncated": 1,
        "an empty file": 2,
        "HTTP 400": 5,
    }
