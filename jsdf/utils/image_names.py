"""Tell texts that name an image (an address, a path, base64) from other texts."""

from __future__ import annotations

import re

#: Extensions that make a text an image wherever it stands, and those that texts may end in as well.
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
#: How JPEG, PNG, GIF, WebP and TIFF begin in base64.
_BASE64 = ("/9j/", "iVBORw0KGgo", "R0lGOD", "UklGR", "SUkqA", "TU0AK")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/=_\s-]")


def _address_ending_in(extensions: tuple[str, ...]) -> re.Pattern[str]:
    endings = "|".join(extensions)
    return re.compile(rf"(?:https?://\S+\.(?:{endings})(?:[?#]\S*)?|data:image/\S.*)\Z", re.IGNORECASE | re.DOTALL)


_COMMON_URL, _ANY_URL = _address_ending_in(_COMMON_EXTENSIONS), _address_ending_in(_ALL_EXTENSIONS)
_ANY_NAME = re.compile(rf"[^\s/\\]\.(?:{'|'.join(_ALL_EXTENSIONS)})\Z", re.IGNORECASE)
#: An address with a path, of anything but a page or document.
_OTHER_URL = re.compile(r"https?://[^\s/]+/(?!\S*\.(?:x?html?|pdf|txt|md|json|xml)(?:[?#]|\Z))\S+\Z", re.IGNORECASE)
_WHITE = re.compile(r"\s")


def is_image_name(text: str) -> bool:
    """Whether a text is the address or path of an image, or a `data:` URI, whatever stands beside it."""
    if text[:4].lower() in ("http", "data"):
        return _COMMON_URL.match(text) is not None
    if not text[-5:].lower().endswith(_ENDINGS) or "\n" in text:
        return False
    # "see photo.jpg" and "see https://example.org/photo.jpg" are remarks, "my photos/cat 1.jpg" is a path.
    return not _WHITE.search(text) or (("/" in text or "\\" in text) and "://" not in text)


def looks_like_image_name(text: str) -> bool:
    """Whether a text ends as names of images do: a remark can too, but a whole column of them is none."""
    text = text.strip()
    if text[:4].lower() in ("http", "data") and _ANY_URL.match(text):
        return True
    if "." not in text[-5:] or "\n" in text or not _ANY_NAME.search(text[-6:]):
        return False
    before, scheme, _ = text.partition("://")
    return not (scheme and _WHITE.search(before))


def looks_like_url(text: str) -> bool:
    """Whether a text is nothing but a web address, and one that does not look like a page's."""
    return text[:4].lower() == "http" and _OTHER_URL.match(text.strip()) is not None


def looks_like_base64(text: str) -> bool:
    """Whether a text seems to be an image's bytes in base64."""
    text = text.strip()
    # Names are shorter than the smallest file.
    return text.startswith(_BASE64) and len(text) > 64 and not _NOT_BASE64.search(text)
