"""Digest of a single value: a text, bytes, an array, a picture or a file."""

from __future__ import annotations

from hashlib import blake2b
from pathlib import PurePath
from typing import Any

import numpy as np

from jsdf.utils.paths import file_version


def fingerprint(value: Any) -> bytes:
    """Return a 16-byte digest of a value; equal texts, pixels or unchanged files give equal digests."""
    if isinstance(value, str):
        kind, content = "text", value.encode("utf-8", "surrogatepass")
    elif isinstance(value, (bytes, bytearray)):
        kind, content = "bytes", bytes(value)
    elif isinstance(value, np.ndarray):
        kind, content = f"array {value.dtype.str} {value.shape}", np.ascontiguousarray(value).tobytes()
    elif hasattr(value, "tobytes") and hasattr(value, "mode"):
        palette = b"" if getattr(value, "palette", None) is None else bytes(value.palette.palette)
        kind, content = f"picture {value.mode} {value.size}", value.tobytes() + palette
    elif isinstance(value, PurePath):  # with the version: the file may have been overwritten since
        kind, content = "file", file_version(value).encode("utf-8", "surrogatepass")
    else:
        kind, content = type(value).__name__, str(value).encode("utf-8", "surrogatepass")
    return blake2b(kind.encode() + b"\0" + content, digest_size=16).digest()
