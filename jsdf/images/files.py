"""Read files and `data:` URIs as bytes, up to a size limit."""

from __future__ import annotations

import base64
import binascii
import errno
import os
import re
import stat
from contextlib import suppress
from pathlib import Path, PurePath
from urllib.parse import unquote_to_bytes

from jsdf.errors import ImageError
from jsdf.images.formats import detect_format
from jsdf.images.sources import Limits
from jsdf.utils.paths import local_path

# Opening a FIFO without a writer, or a terminal, would block otherwise; Windows has neither.
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_REASONS = {
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "there is no such file",
    errno.EACCES: "the file cannot be read: permission denied",
    errno.EPERM: "the file cannot be read: permission denied",
    errno.EISDIR: "it is a directory, not a file",
    errno.ENAMETOOLONG: "the path is too long for a file; is it the path of an image?",
    errno.ELOOP: "the path is a loop of links",
    errno.ENXIO: "it is not a regular file but a socket or a device",
}
_DRIVE = re.compile(r"([A-Za-z]):/")
#: Characters of base64 that are decoded to detect a format: 48 bytes.
_BASE64_HEAD = 64
#: Characters of base64 that are decoded at once, a multiple of four.
_BASE64_PART = 262_144


def read_file(path: str | PurePath, limits: Limits) -> bytes:
    """Read a regular file completely.

    Args:
        path: Path of the file, or a `file://` URL; a leading `~` is the home directory, and a relative path starts
            from the current directory.
        limits: Maximum size.

    Raises:
        ImageError: The file does not exist or cannot be read (code `"dead"`), or it is too large.
    """
    try:
        return _read(Path(local_path(path)).expanduser(), limits.max_bytes)
    except ImageError:  # a subclass of ValueError
        raise
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, f"the file cannot be read: {error.strerror or type(error).__name__}")
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            reason += _path_hint(local_path(path))
    except RuntimeError:  # no such user
        reason = "the ~ in the path does not name a home directory"
    except ValueError:
        reason = "the path contains a character that paths cannot have"
    raise ImageError(reason, "dead")


def read_data(uri: str, limits: Limits) -> bytes:
    """Decode a `data:` URI: base64, in either alphabet and with or without its padding, or percent-encoded.

    Args:
        uri: The URI; its media type is ignored.
        limits: Maximum size of the decoded bytes; checked before decoding.

    Raises:
        ImageError: The data is too large or cannot be decoded.
    """
    head, comma, payload = uri.partition(",")
    if not comma:
        raise ImageError("the data: URI has no comma before its data")
    is_base64 = head.lower().replace(" ", "").endswith(";base64")
    # A byte takes 4/3 characters in base64, plus line breaks, and up to 3 characters percent-encoded.
    if len(payload) > limits.max_bytes * 3 + 3:
        raise _too_large(limits.max_bytes)
    content = _from_base64(payload, limits.max_bytes) if is_base64 else unquote_to_bytes(payload)
    if len(content) > limits.max_bytes:
        raise _too_large(limits.max_bytes)
    return content


def _from_base64(payload: str, max_bytes: int) -> bytes:
    text = unquote_to_bytes(payload) if "%" in payload else payload.encode("ascii", "replace")
    text = text.translate(bytes.maketrans(b"-_", b"+/"), delete=b" \t\n\r\v\f").rstrip(b"=")
    if len(text) > (max_bytes * 4 + 2) // 3:
        raise _too_large(max_bytes)
    if b"=" in text:
        raise _invalid_base64()
    text += b"=" * (-len(text) % 4)
    try:
        # In parts, between which other threads have their turn: of megabytes `b64decode` takes tens of milliseconds.
        parts = (text[start : start + _BASE64_PART] for start in range(0, len(text), _BASE64_PART))
        return b"".join([base64.b64decode(part, validate=True) for part in parts])
    except (binascii.Error, ValueError):
        raise _invalid_base64() from None


def _invalid_base64() -> ImageError:
    return ImageError("the data: URI is not valid base64")


def _path_hint(text: str) -> str:
    """Return a hint for a text that is no existing path: base64, surrounded by white space, or spelled for Windows."""
    head = text.strip()[:_BASE64_HEAD]
    with suppress(ImageError):
        if len(head) == _BASE64_HEAD:
            form = detect_format(_from_base64(head, _BASE64_HEAD)).lower()
            return f"; if it is base64, put data:image/{form};base64, before it"
    if text != text.strip():
        return "; the path begins or ends with white space"
    return _windows_hint(text) if os.name != "nt" and ("\\" in text or _DRIVE.match(text)) else ""


def _windows_hint(text: str) -> str:
    """Return a hint for a path with backslashes, which separate folders on Windows only."""
    slashes = text.replace("\\", "/")
    drive = _DRIVE.match(slashes)
    # Windows Subsystem for Linux shows the drives of Windows there.
    here = f"/mnt/{drive[1].lower()}/{slashes[3:]}" if drive else slashes
    with suppress(OSError, RuntimeError, ValueError):
        if Path(here).expanduser().is_file():
            return f"; the path is spelled for Windows: on this machine it is {here!r}"
    return "; the path is spelled for Windows: pass the path that the file has on this machine, with slashes"


def _read(path: Path, max_bytes: int) -> bytes:
    _check(path.stat(), max_bytes)  # before opening, since opening a device can have side effects
    with os.fdopen(os.open(path, _OPEN_FLAGS), "rb") as file:
        _check(os.fstat(file.fileno()), max_bytes)
        content = file.read(max_bytes + 1)  # files of /proc report size 0, and a file may grow
    if len(content) > max_bytes:
        raise _too_large(max_bytes)
    return content


def _check(state: os.stat_result, max_bytes: int) -> None:
    if stat.S_ISDIR(state.st_mode):
        raise ImageError("it is a directory, not a file", "dead")
    if not stat.S_ISREG(state.st_mode):
        raise ImageError("it is not a regular file but a pipe, a socket or a device", "dead")
    if state.st_size > max_bytes:
        raise ImageError(f"it has {state.st_size} bytes, more than the limit of {max_bytes} bytes", "oversize")


def _too_large(max_bytes: int) -> ImageError:
    return ImageError(f"it is larger than the limit of {max_bytes} bytes", "oversize")
