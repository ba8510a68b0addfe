"""Digest of a single value: a text, bytes, an array, a picture or a file."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import PurePath
from typing import Any

import numpy as np

from jsdf.utils.opened_images import identify, is_unread, name, source_path
from jsdf.utils.paths import file_version, is_path, local_path
from jsdf.utils.signed_urls import unsigned_url

#: Pixels of a picture are read in parts of about this many, so that a large one is not copied as a whole.
_PIXELS_AT_ONCE = 1 << 20


def fingerprint(value: Any) -> bytes:
    """Return a 16-byte digest of a value; equal texts, pixels or unchanged files give equal digests.

    No image is decoded for it. One that Pillow has opened but not decoded is known as its file and version (the same
    as that file's path), or by its encoded bytes if it comes from a file object; one whose pixels are in memory by
    these. An array that is mapped to a file for reading only is known by that file and its place in it. An image that
    cannot be read has a digest of its own, so that only its own row fails.
    """
    kind, parts = _identify(value)
    digest = blake2b(kind.encode("utf-8", "surrogatepass") + b"\0", digest_size=16)
    try:
        for part in parts:
            digest.update(part)
    except Exception:  # noqa: BLE001 - a closed or damaged image: Pillow raises almost any exception
        return blake2b(_unreadable(value), digest_size=16).digest()
    return digest.digest()


def value_content(value: Any, kind: str) -> bytes:
    """Return what tells a sample from others: a text or an address itself, else a digest of its content.

    Args:
        value: A text, or an image in any form.
        kind: `"text"` or `"image"`; the signature of a signed address does not count.
    """
    if not isinstance(value, str):
        return fingerprint(value)
    if kind == "image" and is_path(value):
        return fingerprint(PurePath(local_path(value)))
    name = unsigned_url(value) if kind == "image" else value
    return name.encode("utf-8", "surrogatepass")


def known_name(value: Any) -> str | None:
    """Return the name of an image: its path or address; None for an image in memory.

    A signed URL is named without its signature. An image that Pillow opened but did not decode has the name of its
    file, and a later frame of it another one.
    """
    if isinstance(value, str):
        return unsigned_url(value)
    if isinstance(value, PurePath):
        return str(value)
    return name(value) if is_unread(value) else None


def _identify(value: Any) -> tuple[str, Iterator[Any] | list[Any]]:
    """Return the kind of a value, and its content in parts that may be read one after the other."""
    if isinstance(value, str):
        return "text", [value.encode("utf-8", "surrogatepass")]
    if isinstance(value, (bytes, bytearray)):
        return "bytes", [value]
    if isinstance(value, np.ndarray):
        return _identify_array(value)
    if hasattr(value, "tobytes") and hasattr(value, "mode"):
        return _identify_picture(value)
    if isinstance(value, PurePath):  # with the version: the file may have been overwritten since
        return "file", [file_version(value).encode("utf-8", "surrogatepass")]
    return type(value).__name__, [str(value).encode("utf-8", "surrogatepass")]


def _identify_array(array: np.ndarray[Any, Any]) -> tuple[str, list[Any]]:
    kind = f"array {array.dtype.str} {array.shape}"
    place = _place_in_file(array)
    if place is not None:
        return f"mapped {kind}", [place]
    # The memory itself rather than a copy of it; an array of objects has none that tells anything.
    contiguous = np.ascontiguousarray(array)
    is_plain = not array.dtype.hasobject and array.dtype.itemsize > 0
    return kind, [contiguous.reshape(-1).view(np.uint8) if is_plain else contiguous.tobytes()]


def _place_in_file(array: np.ndarray[Any, Any]) -> bytes | None:
    """Return the file, its version and the place of a read-only mapped array; None for any other array."""
    filename, mapping = getattr(array, "filename", None), getattr(array, "_mmap", None)
    if filename is None or mapping is None or getattr(array, "mode", None) != "r":
        return None
    start = np.frombuffer(mapping, np.uint8).__array_interface__["data"][0]
    offset = array.__array_interface__["data"][0] - start
    place = f"{file_version(filename)}\0{getattr(array, 'offset', 0)} {offset} {array.strides}"
    return place.encode("utf-8", "surrogatepass")


def _identify_picture(picture: Any) -> tuple[str, Iterator[Any] | list[Any]]:
    if is_unread(picture):
        try:
            kind, content = identify(picture)
        except Exception:  # noqa: BLE001 - whatever a file object raises
            return "unreadable", [_unreadable(picture)]
        return kind, [content]
    return f"picture {picture.mode} {picture.size}", _pixels(picture)


def _pixels(picture: Any) -> Iterator[bytes]:
    width, height = picture.size
    rows = max(1, _PIXELS_AT_ONCE // max(1, width))
    if height <= rows:
        yield picture.tobytes()
    else:
        for top in range(0, height, rows):
            yield picture.crop((0, top, width, min(top + rows, height))).tobytes()
    if getattr(picture, "palette", None) is not None:
        yield bytes(picture.palette.palette)


def _unreadable(picture: Any) -> bytes:
    known = source_path(picture), getattr(picture, "format", None), picture.mode, picture.size
    return f"unreadable {known!r}".encode("utf-8", "surrogatepass")
