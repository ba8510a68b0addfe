"""What bytes are by how they begin; a file's name and a host's content type are not asked."""

from __future__ import annotations

import re

from jsdf.errors import ImageError

#: The formats that are read, by Pillow's names; no other decoder of Pillow ever runs.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "PPM")

_MAGIC_BYTES = {
    "JPEG": (b"\xff\xd8\xff",),
    "PNG": (b"\x89PNG\r\n\x1a\n",),
    "GIF": (b"GIF87a", b"GIF89a"),
    "BMP": (b"BM",),
    "TIFF": (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
}
#: PPM and its kin in bytes. Those in plain text are refused: 19 MB of comments took Pillow two minutes.
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
#: What may stand before the root of a page or drawing. Each way to read it is the only one, so that no
#: text makes the expression slow.
_PROLOGUE = r"(?:\s|<\?(?:(?!\?>).)*\?>|<!--(?:(?!-->).)*-->)*"
_ROOTS = r"<(?:!doctype\s+html|html|head|body|title|meta|script|div)\b"
_HTML = re.compile(_PROLOGUE + _ROOTS, re.IGNORECASE | re.DOTALL)
_SVG = re.compile(rf"{_PROLOGUE}(?:<!doctype\s+svg|<(?:\w+:)?svg\b)", re.IGNORECASE | re.DOTALL)
_HEAD = 2048  # bytes that are looked at


def detect_format(content: bytes, lead: str = "this is") -> str:
    """Name the Pillow format to open these bytes with.

    Args:
        content: A whole file.
        lead: How a reason begins, as in "the address gave".

    Returns:
        One of `FORMATS`, or `"HEIF"`.

    Raises:
        ImageError: They are none of these; says what they look like.
    """
    head = bytes(content[:_HEAD])
    if not head:
        raise ImageError(f"{lead} nothing: 0 bytes", "damaged")
    for name, beginnings in _MAGIC_BYTES.items():
        if head.startswith(beginnings):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if _PPM.match(head):
        return "PPM"
    if head[4:8] == b"ftyp":
        return _detect_container(head, lead)
    what, code = _describe_unknown(head)
    raise ImageError(f"{lead} {what}", code)


def _detect_container(head: bytes, lead: str) -> str:
    """AVIF, HEIC and MP4 share a container; its brands tell them apart."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[i : i + 4] for i in range(16, size, 4))}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if head[8:12] in _HEIC_BRANDS:
        return "HEIF"
    raise ImageError(f"{lead} a video (MP4 or QuickTime), not an image", "unsupported")


def _describe_unknown(head: bytes) -> tuple[str, str]:
    """Words for bytes that are no image here, and the error code."""
    for beginning, what in _OTHERS.items():
        if head.startswith(beginning):
            return (what if ";" in what else f"{what}, not an image"), "unsupported"
    text = _text(head)
    if text is None:
        return "no image, or none of a format that is read: JPEG, PNG, WebP, GIF, BMP, TIFF, AVIF, PPM", "unsupported"
    if text.startswith("version https://git-lfs"):
        return "a Git LFS pointer, not the image it stands for; run git lfs pull", "dead"
    if _HTML.match(text):
        return "a web page (HTML), not an image", "page"
    if _SVG.match(text):
        return "a drawing (SVG), not pixels; convert it to PNG", "unsupported"
    kind = "JSON" if text.lstrip()[:1] in ("{", "[") else "XML" if text.lstrip()[:5] == "<?xml" else "plain text"
    return f"{kind}, not an image", "unsupported"


def _text(head: bytes) -> str | None:
    """The beginning as text, without a byte order mark; None where it is none."""
    encoding = "utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    text = head.decode(encoding, "replace")
    # A character may be cut at the end of the head, and old pages are not in UTF-8.
    strange = sum(c == "\ufffd" or (c < " " and not c.isspace()) for c in text)
    return None if strange > len(text) // 5 or "\0" in text else text


#: A progressive JPEG has about ten scans; each goes over the whole picture, so that a million of tiny ones
#: would take hours. Libraries that fuzz JPEG decoders stop at some hundreds.
MAX_SCANS = 200
#: Before the first scan. Cameras write tens; Pillow takes a second for a million.
_MAX_SEGMENTS = 10_000
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)
_BARE = (0x01, *range(0xD0, 0xD9))  # markers without a length


def webp_size(content: bytes) -> tuple[int, int]:
    """Width and height by the first chunk, or (0, 0) where there is none: Pillow makes the canvas on opening."""
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
    """Whether a JPEG is decoded line by line: any other keeps all of the picture's coefficients in memory.

    Raises:
        ImageError: It has so many segments or scans that it was made to take long.
    """
    in_one = _in_one_scan(content)
    # Bytes after the picture, such as a film, may look like scans; photographs that have them are in one.
    if not in_one and content.count(b"\xff\xda") > MAX_SCANS:
        raise ImageError(f"it is a JPEG in more than {MAX_SCANS} scans")
    return in_one


def _in_one_scan(content: bytes) -> bool:
    at, components = 2, 0
    for _ in range(_MAX_SEGMENTS):
        at = content.find(b"\xff", at)
        if at < 0 or at + 10 > len(content):
            return False
        marker = content[at + 1]
        if marker in (0x00, 0xFF):
            at += 1
        elif marker in _BARE:
            at += 2
        elif marker in _PROGRESSIVE:
            return False
        elif marker == 0xDA:
            return content[at + 4] == components
        else:
            components = content[at + 9] if marker in _FRAMES else components
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    raise ImageError(f"it is a JPEG with more than {_MAX_SEGMENTS} segments before its picture")
