"""What a value is by its looks alone, and how much of it is read."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal, TypeAlias

import numpy as np

from jsdf.errors import ImageError

SourceKind: TypeAlias = Literal["address", "data", "path", "bytes", "picture", "array"]

#: Two letters or more before the `://`, so that `C:/photo.jpg` stays a path.
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)://", re.IGNORECASE)
_ADVICE = {
    "file": "pass the path itself, without file://",
    "s3": "pass a presigned https:// address, or a copy on this machine",
    "gs": "pass a signed https:// address, or a copy on this machine",
}


@dataclass(frozen=True)
class Limits:
    """How much is read at most.

    Attributes:
        max_bytes: Of one file or download. The default holds any photograph of a phone or camera.
        max_pixels: That are decoded at once; 25 million take 75 MB as RGB.
        seconds: For one download as a whole, with its redirects and second tries.
    """

    max_bytes: int = 20_000_000
    max_pixels: int = 25_000_000
    seconds: float = 30.0


DEFAULT_LIMITS = Limits()


def source_kind(value: Any) -> SourceKind:
    """Say how an image is given; nothing is opened or asked.

    Args:
        value: An `http://` or `https://` address, a `data:` URI or a path as text, a path, `bytes` or
            `bytearray`, a PIL image, or an array.

    Returns:
        `"address"`, `"data"`, `"path"`, `"bytes"`, `"picture"` or `"array"`.

    Raises:
        ImageError: It is of another type or scheme (code `"unsupported"`); says what to pass instead.
    """
    if isinstance(value, str):
        return _text_source_kind(value.strip())
    if isinstance(value, PurePath):
        return "path"
    if isinstance(value, (bytes, bytearray)):
        return "bytes"
    if isinstance(value, np.ndarray):
        return "array"
    pil = sys.modules.get("PIL.Image")  # nobody holds a PIL image without having imported it
    if pil is not None and isinstance(value, pil.Image):
        return "picture"
    hint = "; pass what its .read() returns" if hasattr(value, "read") else ""
    kind = type(value).__name__
    raise ImageError(f"the type {kind} is no address, path, bytes, PIL image or array{hint}", "unsupported")


def _text_source_kind(text: str) -> SourceKind:
    if text[:5].lower() == "data:":
        return "data"
    found = _SCHEME.match(text)
    if found is None:
        return "path"
    scheme = found.group(1).lower()
    if scheme in ("http", "https"):
        return "address"
    advice = _ADVICE.get(scheme, "use an https:// address, or a path")
    raise ImageError(f"{scheme}:// addresses are not fetched; {advice}", "unsupported")
