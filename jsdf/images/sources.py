"""Kinds of image sources, detected without reading them, and limits on what is read."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal, TypeAlias

import numpy as np

from jsdf.errors import ImageError
from jsdf.utils.paths import foreign_host

SourceKind: TypeAlias = Literal["address", "data", "path", "bytes", "picture", "array"]

#: Two letters or more before the `://`, so that `C:/photo.jpg` is a path.
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
_ADVICE = {
    "s3": "pass a presigned https:// URL or a local copy",
    "gs": "pass a signed https:// URL or a local copy",
}


@dataclass(frozen=True)
class Limits:
    """Maximum sizes of images, and duration of downloads.

    Attributes:
        max_bytes: Bytes of one file or download. The default is enough for any photo of a phone or camera.
        max_pixels: Pixels that are decoded at once; 25 million take 75 MB as RGB.
        seconds: Duration of one download, including redirects and retries.
    """

    max_bytes: int = 20_000_000
    max_pixels: int = 25_000_000
    seconds: float = 30.0


DEFAULT_LIMITS = Limits()


def source_kind(value: Any) -> SourceKind:
    """Return the kind of an image source, without opening or requesting it.

    Args:
        value: An `http://` or `https://` URL, a `data:` URI, a path or the `file://` URL of one as text, a `Path`,
            `bytes` or `bytearray`, a PIL image, or an array.

    Returns:
        `"address"`, `"data"`, `"path"`, `"bytes"`, `"picture"` or `"array"`.

    Raises:
        ImageError: The value is of another type or scheme (code `"unsupported"`); the message says what to
            pass instead.
    """
    if isinstance(value, str):
        return _text_source_kind(value.strip())
    if isinstance(value, PurePath):
        return "path"
    if isinstance(value, (bytes, bytearray)):
        return "bytes"
    if isinstance(value, np.ndarray):
        return "array"
    pil = sys.modules.get("PIL.Image")  # a PIL image can only exist if PIL is imported
    if pil is not None and isinstance(value, pil.Image):
        return "picture"
    hint = "; pass what its .read() returns" if hasattr(value, "read") else ""
    kind = type(value).__name__
    raise ImageError(f"the type {kind} is not a URL, path, bytes, PIL image or array{hint}", "unsupported")


def _text_source_kind(text: str) -> SourceKind:
    if text[:5].lower() == "data:":
        return "data"
    match = _SCHEME.match(text)
    if match is None:
        return "path"
    scheme = match.group(1).lower()
    if scheme in ("http", "https"):
        return "address"
    if scheme == "file":
        _check_host(text)
        return "path"
    advice = _ADVICE.get(scheme, "use an https:// URL or a path")
    raise ImageError(f"{scheme}:// URLs are not fetched; {advice}", "unsupported")


def _check_host(text: str) -> None:
    host = foreign_host(text)
    if host is not None:
        raise ImageError(
            f"file:// URLs of another machine, here {host!r}, are not read; those of this machine have three slashes, "
            "as in file:///photos/a.jpg",
            "unsupported",
        )
