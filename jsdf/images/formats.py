"""Detect image formats by the first bytes; file names and content types are ignored."""

from __future__ import annotations

import re

from jsdf.errors import ImageError
from jsdf.utils.image_signatures import PROLOGUE, image_type

#: Types of files, as `jsdf.utils.image_signatures` names them -> Pillow's names; no other decoder of Pillow ever runs.
_PILLOW_NAMES = {
    "jpeg": "JPEG",
    "png": "PNG",
    "gif": "GIF",
    "webp": "WEBP",
    "bmp": "BMP",
    "tiff": "TIFF",
    "avif": "AVIF",
    "heic": "HEIF",
}
#: Binary PPM, PGM, PBM and PFM. Their plain-text variants are refused: 19 MB of comments took Pillow two minutes.
_BINARY_PNM = re.compile(rb"P[4-6Ff]\s")
_OTHER_TYPES = {
    "vnd.adobe.photoshop": "a Photoshop file; save it as PNG",
    "x-icon": "an icon (ICO); convert it to PNG",
    "jp2": "a JPEG 2000 image; convert it to JPEG",
    "jxl": "a JPEG XL image; convert it to JPEG",
    "svg+xml": "a drawing (SVG), not pixels; convert it to PNG",
}
#: First bytes of other files; those of a bare JPEG XL are too few to tell it from a text.
_OTHERS = {
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
    b"\x1aE\xdf\xa3": "a video (WebM or Matroska)",
    b"%!PS": "a PostScript file; convert it to PNG",
    b"\xff\x0a": "a JPEG XL image; convert it to JPEG",
}
_ROOTS = rb"<(?:!doctype\s+html|html|head|body|title|meta|script|div)\b"
_HTML = re.compile(PROLOGUE + _ROOTS, re.IGNORECASE | re.DOTALL)
_HEAD_BYTES = 2048  # bytes that are examined


def detect_format(content: bytes, lead: str = "this is") -> str:
    """Return the Pillow format of a file.

    Args:
        content: Bytes of the whole file.
        lead: Beginning of the error message, as in "the URL returned".

    Returns:
        `"JPEG"`, `"PNG"`, `"GIF"`, `"WEBP"`, `"BMP"`, `"TIFF"`, `"AVIF"`, `"HEIF"` or `"PPM"`.

    Raises:
        ImageError: The format is another one; the message names what the bytes look like.
    """
    head = bytes(content[:_HEAD_BYTES])
    if not head:
        raise ImageError(f"{lead} an empty file (0 bytes)", "damaged")
    found = image_type(head)
    if found in _PILLOW_NAMES:
        return _PILLOW_NAMES[found]
    if _BINARY_PNM.match(head) and found is not None:
        return "PPM"
    description, code = _describe_unknown(head, found)
    raise ImageError(f"{lead} {description}", code)


def _describe_unknown(head: bytes, found: str | None) -> tuple[str, str]:
    """Return a description of bytes that are not a supported image, and the error code; `found` is their type."""
    if found in _OTHER_TYPES:
        return _OTHER_TYPES[found], "unsupported"
    if head[4:8] == b"ftyp":
        return "a video (MP4 or QuickTime), not an image", "unsupported"
    for prefix, name in _OTHERS.items():
        if head.startswith(prefix):
            return (name if ";" in name else f"{name}, not an image"), "unsupported"
    text = _text(head)
    if text is None:
        return "an unknown format; supported are JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF and PPM", "unsupported"
    if text.startswith("version https://git-lfs"):
        return "a Git LFS pointer instead of the image; run git lfs pull", "dead"
    # Once more, since the text may have been in UTF-16.
    if _HTML.match(text.encode()):
        return "a web page (HTML), not an image", "page"
    if image_type(text.encode()) == "svg+xml":
        return _OTHER_TYPES["svg+xml"], "unsupported"
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
