"""Recognise image files by their first bytes, and texts that hold these bytes in some encoding."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

#: White space, declarations and comments before the root element of HTML or SVG. The alternatives exclude each
#: other, so no text causes slow backtracking; the same holds for the space of PNM.
PROLOGUE = rb"(?:\s|<\?(?:(?!\?>).)*\?>|<!--(?:(?!-->).)*-->)*"
_PNM_SPACE = rb"\s(?:\s|#[^\n]*\n)*"
#: Patterns of the first bytes, specific enough for bytes that were decoded from a text which may be no image's.
_SIGNATURES = {
    name: re.compile(pattern, re.DOTALL)
    for name, pattern in {
        "jpeg": rb"\xff\xd8\xff",
        "png": rb"\x89PNG\r\n\x1a\n",
        "gif": rb"GIF8[79]a",
        "webp": rb"RIFF.{4}WEBP",
        "tiff": rb"II[*+]\0|MM\0[*+]",
        "bmp": rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0{3}",  # the sizes of its second header
        "x-icon": rb"\x00\x00\x01\x00",
        "jp2": rb"\x00{3}\x0cjP  ",
        "jxl": rb"\x00{3}\x0cJXL ",
        "svg+xml": rb"(?i:(?:\xef\xbb\xbf)?" + PROLOGUE + rb"(?:<!doctype\s+svg|<(?:\w+:)?svg\b))",
        # Netpbm's formats of texts and of bytes, PBM to PPM, and PFM.
        "x-portable-anymap": rb"P[1-6Ff]" + _PNM_SPACE + rb"\d+" + _PNM_SPACE + rb"\d+\s",
        "vnd.adobe.photoshop": rb"8BPS\0",
    }.items()
}
#: Brands of the container that AVIF, HEIC and MP4 share. A picture in AVIF may come under another one first.
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_MAX_HEAD = 600  # characters of a text that are decoded
_MIN_BASE64 = 64  # characters; no image file is smaller, but names and words are
_MIN_HEX = 24  # digits
_DATA_URI = re.compile(r"data:[^,]{0,200},", re.IGNORECASE)
_HEX_NOTATION = re.compile(r"\A(?:0x|\\x)|[\s:]", re.IGNORECASE)
_HEX = re.compile(r"[0-9a-f]+\Z", re.IGNORECASE)
#: The beginning of `b'...'`, or of the same without its quotes: an escaped byte among the first characters.
_BYTES_REPR = re.compile(r"""b['"]|(?=[^\s\\]{0,16}\\[x0])""")
_URL_SAFE = str.maketrans("-_", "+/")


def image_type(head: bytes) -> str | None:
    """Return the subtype of an image file's media type, as in `"jpeg"`, or None if these bytes begin no image."""
    if head[4:8] == b"ftyp":
        return _type_by_brand(head)
    return next((name for name, pattern in _SIGNATURES.items() if pattern.match(head)), None)


def _type_by_brand(head: bytes) -> str | None:
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[i : i + 4] for i in range(16, size, 4))}
    return "avif" if brands & _AVIF_BRANDS else "heic" if head[8:12] in _HEIC_BRANDS else None


def type_in_base64(text: str) -> str | None:
    """Return the type of the image whose bytes a text holds in base64, or None."""
    head = "".join(text[:_MAX_HEAD].split()).rstrip("=")
    if len(head) <= _MIN_BASE64:
        return None
    try:
        return image_type(base64.b64decode(head[: len(head) // 4 * 4].translate(_URL_SAFE), validate=True))
    except (binascii.Error, ValueError):
        return None


def type_in_hexadecimal(text: str) -> str | None:
    r"""Return the type of the image whose bytes a text holds in hexadecimal, after `0x`, `\x` or nothing, or None."""
    digits = _HEX_NOTATION.sub("", text.strip()[:_MAX_HEAD])
    if len(digits) < _MIN_HEX or not _HEX.match(digits):
        return None
    return image_type(bytes.fromhex(digits[: len(digits) // 2 * 2]))


def type_in_bytes_repr(text: str) -> str | None:
    r"""Return the type of the image whose bytes a text shows as Python does, as in `b'\xff\xd8'`, or None."""
    match = _BYTES_REPR.match(text)
    if match is None:
        return None
    escaped = text[match.end() : _MAX_HEAD].encode("latin-1", "ignore")
    return image_type(escaped.decode("unicode_escape", "ignore").encode("latin-1", "ignore"))


def type_in_data_uri(text: str) -> str | None:
    """Return the type of the image whose bytes a `data:` URI holds, whatever its media type says, or None."""
    match = _DATA_URI.match(text)
    if match is None:
        return None
    content = unquote_to_bytes(text[match.end() : _MAX_HEAD])
    return type_in_base64(content.decode("latin-1")) if "base64" in match.group().lower() else image_type(content)
