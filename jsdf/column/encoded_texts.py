"""Recognise texts that were left as bytes, and guess their encoding."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

from jsdf.utils.image_signatures import image_type

_MAX_CHECKED = 1_000  # values
_HEAD_BYTES = 1_024
#: Control characters that texts do not hold.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
#: Bytes above 127 that occur in texts of one byte a character: letters, and the punctuation of Windows.
_WESTERN = re.compile(rb"[\x09-\x0d\x20-\x7e\x80\x85\x91-\x97\xa0-\xff]+")
_WINDOWS = re.compile(rb"[\x80-\x9f]")


def common_encoding(contents: Sequence[bytes]) -> str | None:
    """Return the encoding of bytes that are texts, or None if one of them is none or may be an image."""
    found = None
    for content in contents[:_MAX_CHECKED]:
        encoding = _encoding(content)
        if encoding is None:
            return None
        # Bytes that are ASCII are the same in any of these encodings.
        found = encoding if found is None or not content.isascii() else found
    return found


def _encoding(content: bytes) -> str | None:
    head = content[:_HEAD_BYTES]
    if image_type(head) is not None:
        return None
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16" if len(head) > 2 and _decodes(head, "utf-16", is_whole=len(content) == len(head)) else None
    if _decodes(head, "utf-8", is_whole=len(content) == len(head)):
        return "utf-8-sig" if head.startswith(codecs.BOM_UTF8) else "utf-8"
    ascii_bytes = sum(byte < 128 for byte in head)
    if _WESTERN.fullmatch(head) and head[:1].isalnum() and 10 * ascii_bytes >= 6 * len(head):
        return "cp1252" if _WINDOWS.search(head) else "latin-1"
    return None


def _decodes(head: bytes, encoding: str, *, is_whole: bool) -> bool:
    """Return True if bytes decode to a text without control characters; their last character may be cut."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(head, final=is_whole)
    except UnicodeDecodeError:
        return False
    return _CONTROLS.search(text) is None
