"""Image files are told by their first bytes, by one table for files and for texts."""

import base64
import io
import time

import pytest
from PIL import Image

from jsdf.errors import ImageError
from jsdf.images.formats import detect_format
from jsdf.utils.image_signatures import image_type, type_in_base64, type_in_hexadecimal

FORMATS = {"JPEG": "jpeg", "PNG": "png", "GIF": "gif", "WEBP": "webp", "TIFF": "tiff", "BMP": "bmp", "AVIF": "avif"}


def saved(form, mode="RGB", **options):
    file = io.BytesIO()
    Image.effect_noise((40, 40), 50).convert(mode).save(file, form, **options)
    return file.getvalue()


FILES = {
    **{form: (saved(form), kind, form) for form, kind in FORMATS.items()},
    "PPM": (saved("PPM"), "x-portable-anymap", "PPM"),
    "PGM": (saved("PPM", "L"), "x-portable-anymap", "PPM"),
    "PFM": (saved("PPM", "F"), "x-portable-anymap", "PPM"),
    "PPM with comments": (b"P6 # a\n# b\n2 #c\n 1\n255\n" + bytes(6), "x-portable-anymap", "PPM"),
    "BMP with its reserved bytes used": (b"BM" + saved("BMP")[2:6] + b"PAD!" + saved("BMP")[10:], "bmp", "BMP"),
    "AVIF by its second brand": (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif" + bytes(64), "avif", "AVIF"),
    "HEIC": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(64), "heic", "HEIF"),
    "big TIFF": (b"II+\0" + bytes(64), "tiff", "TIFF"),
}


@pytest.mark.parametrize(("content", "kind", "form"), FILES.values(), ids=FILES)
def test_files_and_texts_are_told_alike(content, kind, form):
    assert image_type(content) == kind
    assert detect_format(content) == form
    assert type_in_base64(base64.b64encode(content + bytes(64)).decode()) == kind
    assert type_in_hexadecimal(content.hex()) == kind


NO_PIXELS = {
    "SVG": (b"<?xml version='1.0'?><!-- x -->\n<SVG:svg>", "svg+xml", "a drawing"),
    "ICO": (b"\0\0\1\0\1\0" + bytes(64), "x-icon", "an icon"),
    "PSD": (b"8BPS\0\1" + bytes(64), "vnd.adobe.photoshop", "a Photoshop file"),
    "JPEG 2000": (b"\0\0\0\x0cjP  \r\n", "jp2", "a JPEG 2000 image"),
    "JPEG XL": (b"\0\0\0\x0cJXL \r\n", "jxl", "a JPEG XL image"),
    "PPM of texts": (b"P3\n1 1\n255\n1 2 3\n", "x-portable-anymap", "plain text"),
    "a video": (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", None, "a video"),
    "a text": (b"P5 is my favourite", None, "plain text"),
    "BMW": (b"BMW makes cars, and this is a text about them", None, "plain text"),
}


@pytest.mark.parametrize(("content", "kind", "message"), NO_PIXELS.values(), ids=NO_PIXELS)
def test_other_files_are_named(content, kind, message):
    assert image_type(content) == kind
    with pytest.raises(ImageError, match=f"^this is {message}"):
        detect_format(content)


@pytest.mark.parametrize("content", [b"P6 " + b"#\n" * 50_000, b"<!--" * 25_000, b"<!---->" * 14_000, b" " * 100_000])
def test_no_content_takes_long(content):
    start = time.process_time()
    assert image_type(content) is None
    assert time.process_time() - start < 1
