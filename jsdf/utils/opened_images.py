"""Images that Pillow has opened but not decoded yet: their identity, and a copy of them to decode.

Reading the pixels of such an image decodes it in place, where they stay as long as the image does: a column of
photographs that took no memory would take gigabytes. So the image is never read; its file is opened again.
"""

from __future__ import annotations

import io
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsdf.errors import ImageError
from jsdf.utils.paths import describe_version, file_version

if TYPE_CHECKING:
    from PIL import Image

#: Modes that PNG can store, and deeper ones that it cannot; images in other modes are converted to RGB.
_PNG_MODES, _TIFF_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"), ("I", "F", "I;16B", "I;16L")
#: Held while a file object of the user is read, since its position is shared by all threads.
_position_lock = threading.Lock()


def is_unread(value: Any) -> bool:
    """Return True for an image of Pillow that is open and whose current frame has not been decoded."""
    state = getattr(value, "__dict__", {})
    if "fp" not in state or not hasattr(value, "mode"):
        return False
    has_pixels = state.get("_im", state.get("im")) is not None
    return (bool(state.get("tile")) or not has_pixels) and _handle(value) is not None


def source_path(value: Any) -> str | None:
    """Return the path from which Pillow opened an image, as it was given; None for anything else."""
    state = getattr(value, "__dict__", {})
    name = state.get("filename")
    return os.fsdecode(name) if name and state.get("_exclusive_fp") and hasattr(value, "mode") else None


def identify(image: Image.Image) -> tuple[str, bytes]:
    """Return a kind and a content that tell an unread image from others, without decoding it.

    An image that was opened from a path is known as its file and version, one from a file object by its encoded
    bytes; a later frame, or a draft, adds its own mark.
    """
    mark = _mark(image)
    path = source_path(image)
    if path is not None:
        return f"file{mark}", _version(image, path).encode("utf-8", "surrogatepass")
    return f"bytes{mark}", encoded_bytes(image)


def name(image: Image.Image) -> str | None:
    """Return a name that stays the same while the file does not move; None for an image from a file object."""
    path = source_path(image)
    return None if path is None else path + _mark(image)


def encoded_bytes(image: Image.Image) -> bytes:
    """Return the bytes of the file of an unread image; the position of its file object does not change.

    Raises:
        ImageError: The image was opened from a path that now holds another file, or none.
    """
    path = source_path(image)
    if path is not None:
        _check_is_same_file(image, path)
        return Path(path).read_bytes()
    file = _handle(image)
    if isinstance(file, io.BytesIO):
        return file.getvalue()
    assert file is not None  # noqa: S101 - the image is unread
    with _position_lock:
        position = file.tell()
        try:
            file.seek(0)
            content: bytes = file.read()
        finally:
            file.seek(position)
    return content


def reopen(image: Image.Image) -> Image.Image:
    """Return an unread copy of an unread image: the same frame of the same file, with the same draft.

    Raises:
        ImageError: The image was opened from a path that now holds another file, or none.
        Exception: The file cannot be opened; Pillow raises almost any exception.
    """
    from PIL import Image

    path = source_path(image)
    if path is not None:
        _check_is_same_file(image, path)
    copy: Image.Image = Image.open(io.BytesIO(encoded_bytes(image)) if path is None else path)
    try:
        if image.tell():
            copy.seek(image.tell())
        if (copy.mode, copy.size) != (image.mode, image.size):
            copy.draft(image.mode, image.size)
    except BaseException:
        copy.close()
        raise
    return copy


def encode_lossless(image: Image.Image) -> bytes:
    """Return an image as the bytes of a PNG file, or of a TIFF file for modes that PNG cannot store exactly.

    Raises:
        Exception: The pixels cannot be read; Pillow raises almost any exception.
    """
    if is_unread(image):
        with reopen(image) as copy:
            copy.load()
            return encode_lossless(copy)
    file = io.BytesIO()
    if image.mode in _TIFF_MODES:
        image.save(file, "TIFF")
    else:
        (image if image.mode in _PNG_MODES else image.convert("RGB")).save(file, "PNG")
    return file.getvalue()


def _handle(image: Any) -> Any | None:
    """Return the open file of an image; None if it is closed. Images of several frames keep it in `_fp`."""
    for file in (image.fp, image.__dict__.get("_fp")):
        # Pillow puts an object in the place of a closed file that raises whatever is asked of it.
        with suppress(Exception):
            if hasattr(file, "read") and not getattr(file, "closed", False):
                return file
    return None


def _mark(image: Any) -> str:
    frame, draft = image.tell(), image.__dict__.get("decoderconfig")
    return f" frame {frame}" * bool(frame) + f" draft {image.mode} {image.size}" * bool(draft)


def _version(image: Any, path: str) -> str:
    """Return the version of the file that is open, which may differ from that at its path by now."""
    try:
        return describe_version(path, os.fstat(_handle(image).fileno()))  # type: ignore[union-attr]
    except (OSError, ValueError, AttributeError):
        return file_version(path)


def _check_is_same_file(image: Any, path: str) -> None:
    try:
        opened = os.fstat(_handle(image).fileno())  # type: ignore[union-attr]
    except (OSError, ValueError, AttributeError):
        return
    try:
        is_same = os.path.samestat(opened, os.stat(path))  # noqa: PTH116 - the path may be bytes that are no text
    except OSError:
        is_same = False
    if not is_same:
        raise ImageError("its file was moved, replaced or deleted after it was opened; open it again", "dead")
