"""Reading of files, data: URIs and values in memory, and refusal of files for untrusted callers."""

import asyncio
import base64
import os
import socket
import sys
from pathlib import Path, PureWindowsPath
from urllib.parse import quote_from_bytes

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from image_files import noise, saved
from PIL import Image

from jsdf.errors import ImageError
from jsdf.images import Fetcher, Limits, source_kind
from jsdf.images.files import read_data

PNG = saved(noise())
DEFAULT = Limits()


def read(value, **options):
    async def main():
        async with Fetcher(**options) as fetcher:
            return await fetcher.read(value)

    return asyncio.run(asyncio.wait_for(main(), 10))


def refused(value, **options):
    with pytest.raises(ImageError) as caught:
        read(value, **options)
    return caught.value.code, str(caught.value)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("https://example.org/a.png", "address"),
        (" HTTP://EXAMPLE.ORG/a.png\n", "address"),
        ("data:image/png;base64,AAAA", "data"),
        ("Data:,", "data"),
        ("a.png", "path"),
        ("C:/a.png", "path"),
        ("C:\\a.png", "path"),
        ("", "path"),
        ("file:///a.png", "path"),
        ("File://LocalHost/a.png", "path"),
        ("file:/a.png", "path"),
        ("file:a.png", "path"),
        (Path("a.png"), "path"),
        (PureWindowsPath("a.png"), "path"),
        (b"", "bytes"),
        (bytearray(b"a"), "bytes"),
        (np.zeros((2, 2)), "array"),
        (Image.new("L", (1, 1)), "picture"),
    ],
)
def test_source_kinds(value, kind):
    assert source_kind(value) == kind


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("file://server/share/a.png", r"of another machine, here 'server', .* three slashes, as in file:///"),
        ("FILE://photos/a.png", "of another machine, here 'photos'"),
        ("s3://bucket/a.png", "presigned https"),
        ("ftp://example.org/a.png", "ftp:// URLs are not fetched"),
        (7, "the type int is not"),
        (None, "the type NoneType is not"),
        (open, "is not a URL"),
    ],
)
def test_other_sources_are_refused_with_advice(value, words):
    with pytest.raises(ImageError, match=words) as caught:
        source_kind(value)
    assert caught.value.code == "unsupported"


def test_open_files_are_refused_with_advice(tmp_path):
    with (tmp_path / "a").open("wb") as file, pytest.raises(ImageError, match=r"\.read\(\)"):
        source_kind(file)


@pytest.mark.parametrize("encode", [base64.b64encode, base64.encodebytes, base64.urlsafe_b64encode])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_bare_base64_is_refused_with_advice(form, encode):
    text = encode(saved(noise(), form)).decode()
    head = f"data:image/{form.lower()};base64,"
    assert refused(text)[1].endswith(f"; if it is base64, put {head} before it")
    assert refused(text[:80])[1].endswith(f"; if it is base64, put {head} before it")
    assert read(head + text) == saved(noise(), form)


def test_white_space_around_a_path_is_named():
    assert refused("a.png\n") == ("dead", "there is no such file; the path begins or ends with white space")


def test_values_in_memory_are_returned():
    picture, array = Image.new("L", (1, 1)), np.zeros((2, 2))
    for guest in (True, False):
        assert read(b"abc", untrusted=guest) == b"abc"
        assert read(bytearray(b"abc"), untrusted=guest) == b"abc"
        assert read(picture, untrusted=guest) is picture
        assert read(array, untrusted=guest) is array


class TestPaths:
    @pytest.fixture(autouse=True)
    def _home(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        Path("a.png").write_bytes(PNG)

    def test_are_read(self, tmp_path):
        Path("link").symlink_to("a.png")
        for value in ("a.png", Path("a.png"), tmp_path / "a.png", str(tmp_path / "a.png"), "~/a.png", "link"):
            assert read(value) == PNG

    @pytest.mark.parametrize(
        ("value", "words"),
        [
            ("b.png", "there is no such file"),
            ("a.png/b.png", "there is no such file"),
            (".", "directory"),
            ("x" * 5000, "too long for a file"),
            ("a\0.png", "paths cannot have"),
            ("~no-such-user/a.png", "does not name a home directory"),
        ],
    )
    def test_that_cannot_be_read(self, value, words):
        code, message = refused(value)
        assert code == "dead"
        assert words in message
        assert value == "." or value not in message

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs")
    def test_that_would_block(self, tmp_path):
        os.mkfifo("fifo")
        with socket.socket(socket.AF_UNIX) as listening:
            listening.bind("socket")
            for value in ("fifo", "socket", "/dev/null", "/dev/zero", "/dev/tty"):
                assert refused(value) == ("dead", "it is not a regular file but a pipe, a socket or a device")

    def test_of_loops(self):
        Path("loop").symlink_to("loop")
        assert refused("loop") == ("dead", "the path is a loop of links")

    @pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
    def test_without_permission(self):
        Path("a.png").chmod(0)
        assert refused("a.png") == ("dead", "the file cannot be read: permission denied")

    def test_of_files_too_large(self):
        assert read("a.png", limits=Limits(max_bytes=len(PNG))) == PNG
        assert refused("a.png", limits=Limits(max_bytes=len(PNG) - 1))[0] == "oversize"

    @pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
    def test_of_files_without_a_size(self):
        assert refused("/proc/self/environ", limits=Limits(max_bytes=5))[0] == "oversize"


@pytest.mark.parametrize("value", ["/etc/passwd", "a.png", Path("a.png"), "file:///etc/passwd", "ftp://a.test/b", ""])
def test_untrusted_callers_read_no_files(value):
    assert refused(value, untrusted=True) == (
        "forbidden",
        "only http:// and https:// URLs and data: URIs are allowed here",
    )


@given(st.binary(max_size=200), st.sampled_from(["", "image/png", "image/png;charset=x"]))
def test_data_uris_are_decoded(content, media):
    encoded = base64.b64encode(content).decode()
    for payload in (
        encoded,
        encoded.rstrip("="),
        base64.urlsafe_b64encode(content).decode(),
        "\n ".join(encoded),
        encoded.replace("+", "%2B").replace("/", "%2f").replace("=", "%3D"),
    ):
        assert read_data(f"data:{media};base64,{payload}", DEFAULT) == content
    assert read_data(f"data:{media},{quote_from_bytes(content)}", DEFAULT) == content


@given(st.text(max_size=80), st.booleans())
def test_any_data_uri_gives_bytes_or_a_reason(payload, encoded):
    try:
        found = read_data(f"data:{';base64,' * encoded}{payload}", DEFAULT)
    except ImageError as error:
        found = str(error).encode()
    assert isinstance(found, bytes)


@pytest.mark.parametrize(
    ("uri", "trouble", "words"),
    [
        ("data:image/png;base64", "damaged", "no comma"),
        ("data:image/png;base64,A", "damaged", "not valid base64"),
        ("data:image/png;base64,ABC$", "damaged", "not valid base64"),
        ("data:image/png;base64,äöüß", "damaged", "not valid base64"),
        ("data:image/png;base64," + "A" * 18, "oversize", "larger than the limit of 10 bytes"),
        ("data:image/png;base64," + "A" * 99, "oversize", "larger than the limit of 10 bytes"),
        ("data:," + "%41" * 11, "oversize", "larger than the limit of 10 bytes"),
        ("data:," + "a" * 11, "oversize", "larger than the limit of 10 bytes"),
    ],
)
def test_data_uris_that_are_refused(uri, trouble, words):
    for guest in (True, False):
        found = refused(uri, untrusted=guest, limits=Limits(max_bytes=10))
        assert found[0] == trouble
        assert words in found[1]


def test_the_limit_itself_is_allowed():
    for uri in ("data:;base64," + base64.b64encode(bytes(10)).decode(), "data:," + "%00" * 10):
        assert read(uri, limits=Limits(max_bytes=10)) == bytes(10)


def test_importing_the_package_opens_no_image_library():
    import subprocess

    code = "import jsdf, sys; assert not {'PIL', 'httpx', 'httpcore', 'jsdf.images'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    code = "import jsdf.images, sys; assert not {'httpx', 'httpcore'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
