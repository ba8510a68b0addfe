"""Distinguish texts that refer to an image (URL, path) from other texts."""

from __future__ import annotations

import re

#: Extensions that identify an image in any column; the longer list is only trusted for a whole column.
_COMMON_EXTENSIONS = ("jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic")
_ALL_EXTENSIONS = (
    *_COMMON_EXTENSIONS,
    "jpe",
    "jfif",
    "heif",
    "apng",
    "dib",
    "ppm",
    "pgm",
    "pbm",
    "pnm",
    "svg",
    "ico",
    "jp2",
    "jxl",
    "psd",
)
_ENDINGS = tuple(f".{extension}" for extension in _COMMON_EXTENSIONS)


def _url_pattern(extensions: tuple[str, ...]) -> re.Pattern[str]:
    endings = "|".join(extensions)
    return re.compile(rf"(?:https?://\S+\.(?:{endings})(?:[?#]\S*)?|data:image/\S.*)\Z", re.IGNORECASE | re.DOTALL)


_COMMON_URL, _ANY_URL = _url_pattern(_COMMON_EXTENSIONS), _url_pattern(_ALL_EXTENSIONS)
_ANY_NAME = re.compile(rf"[^\s/\\]\.(?:{'|'.join(_ALL_EXTENSIONS)})\Z", re.IGNORECASE)
#: A URL with a path that does not end in the extension of a page or document.
_OTHER_URL = re.compile(r"https?://[^\s/]+/(?!\S*\.(?:x?html?|pdf|txt|md|json|xml)(?:[?#]|\Z))\S+\Z", re.IGNORECASE)
_WHITESPACE = re.compile(r"\s")


def is_image_name(text: str) -> bool:
    """Return True if a text is certainly an image's URL, path or `data:` URI, regardless of the other values."""
    start = text[:4].lower()
    if start in ("http", "data"):
        return (start == "data" or not _WHITESPACE.search(text)) and _COMMON_URL.match(text) is not None
    if not text[-5:].lower().endswith(_ENDINGS) or "\n" in text:
        return False
    # "see photo.jpg" and "see https://example.org/photo.jpg" are texts, "my photos/cat 1.jpg" is a path.
    return not _WHITESPACE.search(text) or (("/" in text or "\\" in text) and "://" not in text)


def looks_like_image_name(text: str) -> bool:
    """Return True if a text ends like the name of an image; a single text may, a whole column of them does not."""
    text = text.strip()
    if _is_url_of_image(text) or (text[:4].lower() == "data" and _ANY_URL.match(text)):
        return True
    if "." not in text[-5:] or "\n" in text or not _ANY_NAME.search(text[-6:]):
        return False
    before, scheme, _ = text.partition("://")
    return not (scheme and _WHITESPACE.search(before))


def looks_like_url(text: str) -> bool:
    """Return True if a text is a single URL that does not look like the URL of a page or document."""
    text = text.strip()
    return text[:4].lower() == "http" and not _WHITESPACE.search(text) and _OTHER_URL.match(text) is not None


def looks_like_url_with_blanks(text: str) -> bool:
    """Return True if a text is an image's URL but for blanks in its query, as in `"https://a.org/b.jpg?t=my cat"`."""
    address, _, query = text.partition("?")
    first, *others = query.split(" ")
    is_query = "=" in first and bool(others) and "?" not in query and "\n" not in query
    return is_query and _is_url_of_image(address)


def _is_url_of_image(text: str) -> bool:
    # Without white space the pattern finds a match or none in linear time.
    return text[:4].lower() == "http" and not _WHITESPACE.search(text) and _ANY_URL.match(text) is not None
