"""Paths in other spellings: `file://` URLs are decoded, and a path that is spelled for Windows is named."""

import os
from pathlib import Path, PureWindowsPath

import pandas as pd
import pytest
from fetching import PNG
from hypothesis import given
from hypothesis import strategies as st

from jsdf.errors import ImageError
from jsdf.images import Limits
from jsdf.images import files as image_files
from jsdf.images.files import read_file
from jsdf.images.thumbnails import ThumbnailCache
from jsdf.testing import FakeEngine
from jsdf.utils.fingerprint import fingerprint
from jsdf.utils.paths import file_exists, file_version, foreign_host, local_path

pytestmark = pytest.mark.skipif(os.name == "nt", reason="paths of POSIX")
LABELS = ["cat", "dog"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "images").mkdir()
    return tmp_path


def write(path):
    path.write_bytes(PNG)
    return path


NAMES = ["a.png", "a b.png", "é ü.png", "日本.png", "100%.png", "50%25.png", "a#1?.png", "a+b.png", "~a.png"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_url_is_decoded(folder, name):
    path = write(folder / name)
    url = path.as_uri()
    spellings = [url, "FILE" + url[4:], url.replace("file://", "file://localhost"), url.replace("file://", "file:"),
                 f" {url}\n", url.replace("/images", "%2Fimages")]  # fmt: skip
    for spelling in spellings:
        assert read_file(spelling, Limits()) == PNG
        assert local_path(spelling) == str(path)
        assert file_version(spelling) == file_version(path)
        assert file_exists(spelling, Path("/"))


@given(st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_every_name_comes_back(name):
    path = Path("/data") / name
    assert local_path(path.as_uri()) == str(path)


@given(st.text())
def test_any_text_has_a_version(text):
    assert isinstance(file_version("file:///" + text), str)
    assert local_path("images/" + text) == "images/" + text


def test_what_was_not_encoded_stays_as_it_is(folder):
    for name in ("a b.png", "100%.png", "a#b?.png"):
        write(folder / name)
        assert read_file(f"file://{folder}/{name}", Limits()) == PNG


def test_bytes_that_are_no_utf_8_are_decoded_as_names_are():
    assert local_path("file:///a%E9.png") == os.fsdecode(b"/a\xe9.png")


@pytest.mark.parametrize("text", ["file:a.png", "files/a.png", "file.png", "https://example.org/a.png", "file://tmp/a"])
def test_other_texts_are_paths_as_they_are(text):
    assert local_path(text) == text


def test_other_machines_are_told_apart():
    assert foreign_host("file://server/share/a.png") == "server"
    assert foreign_host("file:///a.png") is foreign_host("file://LOCALHOST/a.png") is foreign_host("a.png") is None


def test_a_path_and_its_url_share_answers_and_thumbnails(folder):
    path = write(folder / "a b.png")
    engine = FakeEngine(kinds={"text", "image"})
    for value, requests in ((str(path), 1), (path.as_uri(), 0), (path, 0)):
        run = pd.Series([value]).jigsaw.run(LABELS, engine=engine, progress=False, kind="image")
        assert run.usage.requests == requests
    first, second = ThumbnailCache().get([str(path), path.as_uri()])
    assert first is second
    assert fingerprint(Path(local_path(path.as_uri()))) == fingerprint(path)


def test_a_run_reads_file_urls(folder):
    write(folder / "a b.png")
    values = [(folder / "a b.png").as_uri(), "file://server/a.png", (folder / "gone.png").as_uri()]
    run = pd.Series(values).jigsaw.run(LABELS, engine="local", progress=False)
    assert run.status.tolist() == ["answered", "failed", "failed"]
    assert "of another machine, here 'server'" in run.failures["reason"][0]
    assert run.failures["reason"][1].endswith("gone.png': there is no such file")


def hint_for(path):
    with pytest.raises(ImageError) as caught:
        read_file(path, Limits())
    assert caught.value.code == "dead"
    return str(caught.value).removeprefix("there is no such file")


@pytest.mark.parametrize("path", ["images\\a.png", ".\\images\\a.png", "images\\..\\images\\a.png"])
def test_the_path_on_this_machine_is_named(folder, path):
    write(folder / "images" / "a.png")
    hint = hint_for(path)
    assert hint.startswith("; the path is spelled for Windows: on this machine it is '")
    assert read_file(hint.split("'")[1], Limits()) == PNG
    assert read_file(PureWindowsPath(path), Limits()) == PNG


@pytest.mark.parametrize(
    "path", ["C:\\Users\\x\\a.jpg", "images\\gone.png", "\\\\server\\share\\a.png", "D:/photos/a.png", "a\\\0.png"]
)
def test_a_path_of_another_machine_says_so(folder, path):
    if "\0" in path:
        assert "the path contains a character" in hint_for(path)
    else:
        assert hint_for(path) == (
            "; the path is spelled for Windows: pass the path that the file has on this machine, with slashes"
        )


def test_drives_of_windows_under_linux_are_found(folder, monkeypatch):
    """The real folder is /mnt/c, which a test must not write to."""
    write(folder / "a.png")
    is_file = Path.is_file
    monkeypatch.setattr(Path, "is_file", lambda p: is_file(folder / "a.png") and str(p) == "/mnt/c/Users/x/a.png")
    assert hint_for("C:\\Users\\x\\a.png").endswith("on this machine it is '/mnt/c/Users/x/a.png'")


def test_a_name_with_a_backslash_is_read(folder):
    write(folder / "a\\b.png")
    assert read_file("a\\b.png", Limits()) == PNG


def test_a_plain_name_gets_no_such_hint(folder):
    assert hint_for("images/gone.png") == ""
    assert image_files._windows_hint("images\\gone.png")
