"""Files and `data:` URIs -> their bytes, never more than is allowed."""

from __future__ import annotations

import base64
import binascii
import errno
import os
import stat
from contextlib import suppress
from pathlib import Path, PurePath
from urllib.parse import unquote_to_bytes

from jsdf.errors import ImageError
from jsdf.images.formats import detect_format
from jsdf.images.sources import Limits

# A FIFO without a writer or a terminal would otherwise be waited for on opening; Windows has neither.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
_WHY = {
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "there is no such file",
    errno.EACCES: "the file may not be read: permission denied",
    errno.EPERM: "the file may not be read: permission denied",
    errno.EISDIR: "it is a directory, not a file",
    errno.ENAMETOOLONG: "the path is too long for a file; is it an image at all?",
    errno.ELOOP: "the path is a loop of links",
    errno.ENXIO: "it is no plain file: a socket or a device",
}
#: Characters of base64 that tell what it holds: 48 bytes.
_BASE64_HEAD = 64


def read_file(path: str | PurePath, limits: Limits) -> bytes:
    """Read a plain file whole.

    Args:
        path: A path; a leading `~` is the home directory, and a relative one starts where the process is.
        limits: How many bytes are read.

    Raises:
        ImageError: There is none, it may not be read (code `"dead"`), or it is too large.
    """
    try:
        return _read(Path(path).expanduser(), limits.max_bytes)
    except ImageError:  # a ValueError itself
        raise
    except OSError as error:
        why = _WHY.get(error.errno or 0, f"the file cannot be read: {error.strerror or type(error).__name__}")
        if isinstance(path, str) and error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
            why += _other_meaning(path)
    except RuntimeError:  # no such user
        why = "the ~ of the path names no home directory"
    except ValueError:
        why = "the path holds a character that no path can"
    raise ImageError(why, "dead")


def read_data(uri: str, limits: Limits) -> bytes:
    """Decode a `data:` URI: base64, in either alphabet and with or without its padding, or percent-encoded.

    Args:
        uri: The URI; its media type is not believed.
        limits: How many bytes it may stand for; checked before anything is decoded.

    Raises:
        ImageError: It is too large, or cannot be decoded.
    """
    head, comma, payload = uri.partition(",")
    if not comma:
        raise ImageError("the data: URI has no comma before its data")
    encoded = head.lower().replace(" ", "").endswith(";base64")
    # Every byte takes 4/3 characters in base64 and up to 3 percent-encoded; lines may be broken.
    if len(payload) > limits.max_bytes * 3 + 3:
        raise _too_large(limits.max_bytes)
    content = _from_base64(payload, limits.max_bytes) if encoded else unquote_to_bytes(payload)
    if len(content) > limits.max_bytes:
        raise _too_large(limits.max_bytes)
    return content


def _from_base64(payload: str, most: int) -> bytes:
    text = unquote_to_bytes(payload) if "%" in payload else payload.encode("ascii", "replace")
    text = b"".join(text.split()).translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    if len(text) > (most * 4 + 2) // 3:
        raise _too_large(most)
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ImageError("the data: URI is no valid base64") from None


def _other_meaning(text: str) -> str:
    """What to add where a text names no file: it is base64, or there is white space around it."""
    head = text.strip()[:_BASE64_HEAD]
    with suppress(ImageError):
        if len(head) == _BASE64_HEAD:
            form = detect_format(_from_base64(head, _BASE64_HEAD)).lower()
            return f"; if it is base64, put data:image/{form};base64, before it"
    return "" if text == text.strip() else "; the path begins or ends with white space"


def _read(path: Path, most: int) -> bytes:
    _check(path.stat(), most)  # before opening, which devices may take for an order
    with os.fdopen(os.open(path, _FLAGS), "rb") as file:
        _check(os.fstat(file.fileno()), most)
        content = file.read(most + 1)  # a file of /proc has no size, and one may grow
    if len(content) > most:
        raise _too_large(most)
    return content


def _check(state: os.stat_result, most: int) -> None:
    if stat.S_ISDIR(state.st_mode):
        raise ImageError("it is a directory, not a file", "dead")
    if not stat.S_ISREG(state.st_mode):
        raise ImageError("it is no plain file: a pipe, a socket or a device", "dead")
    if state.st_size > most:
        raise ImageError(f"it has {state.st_size} bytes, more than the {most} that are read", "oversize")


def _too_large(most: int) -> ImageError:
    return ImageError(f"it has more than the {most} bytes that are read", "oversize")
