"""Thumbnails are small and cached; an image that fails gives a reason and no error."""

import asyncio
import io
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
from PIL import Image

from jsdf.images import thumbnails
from jsdf.images.thumbnails import ThumbnailCache


def save(path, size=(40, 30), colour="red", **options):
    Image.new("RGB", size, colour).save(path, **options)
    return path


def opened(thumb):
    return Image.open(io.BytesIO(thumb.data))


def test_an_exiting_process_does_not_wait_for_downloads():
    code = """
import sys
import pandas as pd
from jsdf.api.viewers import gallery
shown = gallery(pd.Series([f"http://127.0.0.1:{sys.argv[1]}/{i}.png" for i in range(60)]))
print([tile.reason for tile in shown.tiles()][0])
shown.prefetch()
"""
    with socket.create_server(("127.0.0.1", 0), backlog=99) as silent:  # accepts connections but never responds
        line = [sys.executable, "-c", code, str(silent.getsockname()[1])]
        began = time.monotonic()
        done = subprocess.run(line, capture_output=True, text=True, check=True, timeout=60)
        took = time.monotonic() - began
    assert done.stdout == "it is still being fetched\n"
    assert done.stderr == ""
    assert took < 8  # the download timeout of one image


@pytest.mark.parametrize(("wanted", "seen"), [(96, (96, 48)), (256, (256, 128)), (1, (16, 8))])
def test_the_longer_side_has_that_many_pixels(tmp_path, wanted, seen):
    (thumb,) = ThumbnailCache(wanted).get([save(tmp_path / "a.png", (1000, 500))])
    picture = opened(thumb)
    assert (picture.size, (thumb.width, thumb.height)) == (seen, seen)
    assert (picture.format, thumb.mime, thumb.reason) == ("WEBP", "image/webp", None)
    assert thumb.uri.startswith("data:image/webp;base64,")


@pytest.mark.parametrize(("wanted", "seen"), [(257, (257, 128)), (1600, (1600, 800)), (5000, (1600, 800))])
def test_a_large_picture_is_a_jpeg_of_1600_pixels_at_most(tmp_path, wanted, seen):
    (thumb,) = ThumbnailCache(wanted).get([save(tmp_path / "a.png", (3000, 1500))])
    assert (opened(thumb).size, opened(thumb).format, thumb.mime) == (seen, "JPEG", "image/jpeg")
    assert thumb.original_size == (3000, 1500)


def test_a_small_picture_is_not_enlarged(tmp_path):
    (thumb,) = ThumbnailCache(96).get([save(tmp_path / "a.png", (10, 20))])
    assert (thumb.width, thumb.height) == (10, 20)


def test_thumbnails_have_no_metadata(tmp_path):
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    (thumb,) = ThumbnailCache().get([save(tmp_path / "a.jpg", exif=exif.tobytes(), comment=b"secret")])
    assert not opened(thumb).getexif()
    assert b"home" not in thumb.data
    assert b"secret" not in thumb.data


def test_every_form_of_an_image(tmp_path):
    path = save(tmp_path / "a.png")
    content = path.read_bytes()
    with Image.open(path) as picture:
        given = [path, str(path), content, bytearray(content), picture, np.zeros((30, 40, 3), np.uint8)]
        assert {(t.width, t.height, t.reason) for t in ThumbnailCache().get(given)} == {(40, 30, None)}


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("nowhere.png", "no such file"),
        ("s3://bucket/a.png", "not fetched"),
        (b"no picture", ""),
        (3, "type int"),
        ("a\0b.png", "character"),
        ("http://127.0.0.1:9/a.png", "refuses"),
    ],
)
def test_failures_give_a_reason(value, why):
    (thumb,) = ThumbnailCache().get([value])
    assert (thumb.data, thumb.uri, thumb.width) == (b"", "", 0)
    assert thumb.reason
    assert why in thumb.reason


def test_an_unexpected_error_affects_only_its_own_value(tmp_path, monkeypatch):
    real = thumbnails.shrink

    def shrink(content, size):
        if content == b"odd":
            raise RuntimeError("boom")
        return real(content, size)

    monkeypatch.setattr(thumbnails, "shrink", shrink)
    odd, good = ThumbnailCache().get([b"odd", save(tmp_path / "a.png")])
    assert odd.reason == "it could not be read (RuntimeError)"
    assert good.reason is None


@pytest.fixture
def shrunk(monkeypatch):
    """Contents that were shrunk, in any order."""
    calls, real = [], thumbnails.shrink
    monkeypatch.setattr(thumbnails, "shrink", lambda content, size: (calls.append(content), real(content, size))[1])
    return calls


def test_equal_values_are_read_once_and_kept(tmp_path, shrunk):
    path = save(tmp_path / "a.png")
    made = ThumbnailCache()
    first = made.get([path, str(path), path])
    assert made.get([path]) == first[:1]
    assert len(shrunk) == 1


def test_only_the_most_recent_are_kept(tmp_path, shrunk):
    paths = [save(tmp_path / f"{i}.png", (10 + i, 10)) for i in range(3)]
    made = ThumbnailCache(keep=2)
    made.get(paths[:2])
    made.get(paths[:1])  # makes the second one the oldest
    made.get(paths[2:])
    made.get(paths[:1])
    assert len(shrunk) == 3
    made.get(paths[1:2])
    assert len(shrunk) == 4


def test_a_file_that_changed_is_read_again(tmp_path):
    made, path = ThumbnailCache(), save(tmp_path / "a.png", (10, 10))
    made.get([str(path)])
    save(path, (33, 22))
    (thumb,) = made.get([str(path)])
    assert (thumb.width, thumb.height) == (33, 22)


def test_threads_share_a_thumbnail_in_progress(tmp_path, monkeypatch):
    path, begun, go, calls, real = save(tmp_path / "a.png"), threading.Event(), threading.Event(), [], thumbnails.shrink

    def shrink(content, size):
        calls.append(content)
        begun.set()
        assert go.wait(10)
        return real(content, size)

    monkeypatch.setattr(thumbnails, "shrink", shrink)
    made, found = ThumbnailCache(), []
    threads = [threading.Thread(target=lambda: found.extend(made.get([path]))) for _ in range(2)]
    threads[0].start()
    assert begun.wait(10)
    threads[1].start()
    go.set()
    for thread in threads:
        thread.join()
    assert len(calls) == 1
    assert [t.reason for t in found] == [None, None]


def test_it_works_inside_a_running_event_loop(tmp_path):
    path = save(tmp_path / "a.png")

    async def cell():
        return ThumbnailCache().get([path])

    assert asyncio.run(cell())[0].reason is None
