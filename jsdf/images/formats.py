"""Detect image formats by the first bytes; file names and content types are ignored."""

from __future__ import annotations

import re

from jsdf.errors import ImageError

#: Supported formats by Pillow's names; none of Pillow's other decoders ever runs.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "PPM")

_MAGIC_BYTES = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "BMP": (b"BM",),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
}
#: Binary PPM, PGM, PBM and PFM. Their plain-text variants are refused: 19 MB of comments took Pillow two minutes.
_PPM = re.compile(rb"P[4-6Ff]\s")
_OTHERS = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"\x1aE\xdf\xa3": "a video (WebM or Matroska)",
    b"8BPS": "a Photoshop file; save it as PNG",
    b"%!PS": "a PostScript file; convert it to PNG",
    b"\0\0\1\0": "an icon (ICO); convert it to PNG",
    b"\0\0\0\x0cjP  ": "a JPEG 2000 image; convert it to JPEG",
    b"\0\0\0\x0cJXL ": "a JPEG XL image; convert it to JPEG",
    b"\xff\x0a": "a JPEG XL image; convert it to JPEG",
}
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
#: White space, declarations and comments before the root element of HTML or SVG. The alternatives exclude each
#: other, so no text causes slow backtracking.
_PROLOGUE = r"(?:\s|<\?(?:(?!\?>).)*\?>|<!--(?:(?!-->).)*-->)*"
_ROOTS = r"<(?:!doctype\s+html|html|head|body|title|meta|script|div)\b"
_HTML = re.compile(_PROLOGUE + _ROOTS, re.IGNORECASE | re.DOTALL)
_SVG = re.compile(rf"{_PROLOGUE}(?:<!doctype\s+svg|<(?:\w+:)?svg\b)", re.IGNORECASE | re.DOTALL)
_HEAD_BYTES = 2048  # bytes that are examined


def detect_format(content: bytes, lead: str = "this is") -> str:
    """Return the Pillow format of a file.

    Args:
        content: Bytes of the whole file.
        lead: Beginning of the error message, as in "the URL returned".

    Returns:
        One of `FORMATS`, or `"HEIF"`.

    Raises:
        ImageError: The format is another one; the message names what the bytes look like.
    """
    head = bytes(content[:_HEAD_BYTES])
    if not head:
        raise ImageError(f"{lead} an empty file (0 bytes)", "damaged")
    for name, prefixes in _MAGIC_BYTES.items():
        if head.startswith(prefixes):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if _PPM.match(head):
        return "PPM"
    if head[4:8] == b"ftyp":
        return _detect_container(head, lead)
    description, code = _describe_unknown(head)
    raise ImageError(f"{lead} {description}", code)


def _detect_container(head: bytes, lead: str) -> str:
    """Tell AVIF, HEIC and MP4, which share a container format, apart by its brands."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[i : i + 4] for i in range(16, size, 4))}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if head[8:12] in _HEIC_BRANDS:
        return "HEIF"
    raise ImageError(f"{lead} a video (MP4 or QuickTime), not an image", "unsupported")


def _describe_unknown(head: bytes) -> tuple[str, str]:
    """Return a description of bytes that are not a supported image, and the error code."""
    for prefix, name in _OTHERS.items():
        if head.startswith(prefix):
            return (name if ";" in name else f"{name}, not an image"), "unsupported"
    text = _text(head)
    if text is None:
        return "an unknown format; supported are JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and PPM", "unsupported"
    if text.startswith("version https://git-lfs"):
        return "a Git LFS pointer instead of the image; run git lfs pull", "dead"
    if _HTML.match(text):
        return "a web page (HTML), not an image", "page"
    if _SVG.match(text):
        return "a drawing (SVG), not pixels; convert it to PNG", "unsupported"
    kind = "JSON" if text.lstrip()[:1] in ("{", "[") else "XML" if text.lstrip()[:5] == "<?xml" else "plain text"
    return f"{kind}, not an image", "unsupported"


def _text(head: bytes) -> str | None:
    """Return the first bytes as text, without a byte order mark, or None if they are not text."""
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    text = head.decode(encoding, "replace")
    # The last character may be incomplete, and old pages are not in UTF-8, so a few odd characters are allowed.
    odd = sum(c == "\ufffd" or (c < " " and not c.isspace()) for c in text)
    return None if odd > len(text) // 5 or "\0" in text else text


#: A progressive JPEG has about ten scans. Each covers the whole image, so that a million tiny scans would take hours
#: to decode. Fuzzers of JPEG libraries stop at a few hundred.
MAX_SCANS = 200
#: Segments before the first scan. Cameras write tens of them; Pillow takes a second for a million.
_MAX_SEGMENTS = 10_000
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE_MARKERS = (0xC2, 0xC6, 0xCA, 0xCE)
_STANDALONE_MARKERS = (0x01, *range(0xD0, 0xD9))  # without a length


def webp_size(content: bytes) -> tuple[int, int]:
    """Return width and height from the first chunk, or (0, 0); needed before Pillow, which allocates on opening."""
    kind, body = content[12:16], content[20:30]
    if kind == b"VP8X" and len(body) == 10:
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L" and len(body) >= 5:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and len(body) == 10:
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    return 0, 0


def check_jpeg(content: bytes) -> bool:
    """Return True if a JPEG is in one scan, so that it is decoded line by line.

    With several scans the decoder keeps the coefficients of the whole image in memory.

    Raises:
        ImageError: The JPEG has so many segments or scans that decoding would take very long.
    """
    is_one_scan = _is_one_scan(content)
    # Data after the image, such as a video, may contain bytes like a scan's; photos with such data are in one scan.
    if not is_one_scan and content.count(b"\xff\xda") > MAX_SCANS:
        raise ImageError(f"it is a JPEG in more than {MAX_SCANS} scans")
    return is_one_scan


def _is_one_scan(content: bytes) -> bool:
    offset, components = 2, 0
    for _ in range(_MAX_SEGMENTS):
        offset = content.find(b"\xff", offset)
        if offset < 0 or offset + 10 > len(content):
            return False
        marker = content[offset + 1]
        if marker in (0x00, 0xFF):
            offset += 1
        elif marker in _STANDALONE_MARKERS:
            offset += 2
        elif marker in _PROGRESSIVE_MARKERS:
            return False
        elif marker == 0xDA:
            return content[offset + 4] == components
        else:
            components = content[offset + 9] if marker in _FRAME_MARKERS else components
            offset += 2 + int.from_bytes(content[offset + 2 : offset + 4], "big")
    raise ImageError(f"it is a JPEG with more than {_MAX_SEGMENTS} segments before its image data")
