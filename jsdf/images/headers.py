"""What must be known of a file before Pillow touches it, since opening or decoding may cost that much."""

from __future__ import annotations

from jsdf.errors import ImageError

#: A progressive JPEG has about ten scans; each goes over the whole picture, so that a million of tiny ones
#: would take hours. Libraries that fuzz JPEG decoders stop at some hundreds.
MOST_SCANS = 200
#: Before the first scan. Cameras write tens; Pillow takes a second for a million.
_MOST_SEGMENTS = 10_000
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
    if not in_one and content.count(b"\xff\xda") > MOST_SCANS:
        raise ImageError(f"it is a JPEG in more than {MOST_SCANS} scans")
    return in_one


def _in_one_scan(content: bytes) -> bool:
    at, components = 2, 0
    for _ in range(_MOST_SEGMENTS):
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
    raise ImageError(f"it is a JPEG with more than {_MOST_SEGMENTS} segments before its picture")
