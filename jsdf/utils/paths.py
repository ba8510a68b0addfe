"""Recognise paths, test that files exist, identify versions of a file, and replace a file by a whole new one."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath, PureWindowsPath
from urllib.parse import unquote_to_bytes

from jsdf.errors import InvalidInputError

#: RFC 8089: `file:///path`, `file://localhost/path` or `file:/path`.
_FILE_URL = re.compile(r"\s*file:(?://([^/]*))?(/.*?)\s*\Z", re.IGNORECASE | re.DOTALL)
_ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_THIS_MACHINE = ("", "localhost")


def is_path(value: str) -> bool:
    """Return True if a text that refers to an image is a local path rather than a URL or a `data:` URI."""
    return not value[:8].lower().startswith(("http://", "https://", "data:"))


def local_path(path: str | PurePath) -> str:
    """Return a path as text; that of a `file://` URL of this machine is decoded, `%20` to a space, for example."""
    text = path.as_posix() if isinstance(path, PureWindowsPath) and os.name != "nt" else str(path)
    match = _FILE_URL.match(text) if text[:5].lower() == "file:" or text[:1].isspace() else None
    if match is None or (match[1] or "").lower() not in _THIS_MACHINE:
        return text
    if os.name == "nt":  # `/C:/photo.jpg` to `C:\\photo.jpg`
        from urllib.request import url2pathname

        return url2pathname(match[2])
    return _ENCODED.sub(lambda encoded: os.fsdecode(unquote_to_bytes(encoded[0])), match[2])


def foreign_host(text: str) -> str | None:
    """Return the host of a `file://` URL of another machine; None for any other text."""
    match = _FILE_URL.match(text)
    return None if match is None or (match[1] or "").lower() in _THIS_MACHINE else match[1]


def file_exists(name: str, folder: Path) -> bool:
    """Return True if this is the path of an existing file; relative paths start at `folder`."""
    try:
        return (folder / Path(local_path(name)).expanduser()).is_file()
    except (OSError, ValueError, RuntimeError):  # not a valid path, or `~user` of an unknown user
        return False


def expand_path(path: str | os.PathLike[str]) -> Path:
    """Return a path with the home directory in place of a leading `~`.

    Raises:
        LookupError: There is no such home directory.
        ValueError: It is empty, or holds a character that no path can.
        TypeError: It is no path.
    """
    text = os.fspath(path)
    expanded = os.path.expanduser(text)  # noqa: PTH111 - a Path would drop the "./" that keeps a "~" as it is
    if expanded == text and text[:1] == "~":
        raise LookupError(f"no home directory for {path!r}")
    if not text or b"\0" in os.fsencode(expanded):
        raise ValueError(f"{path!r} is no path")
    return Path(expanded)


def file_version(path: str | PurePath) -> str:
    """Return an identifier of a file and its version: full path, size and time of the last change.

    The path alone if there is no file.
    """
    full_path = _full_path(path)
    try:
        return describe_version(full_path, os.stat(full_path))  # noqa: PTH116
    except (OSError, ValueError):
        return full_path


def describe_version(path: str | PurePath, stat: os.stat_result) -> str:
    """Return the identifier of a file in this version, as `file_version` does."""
    return f"{_full_path(path)}\0{stat.st_size} {stat.st_mtime_ns}"


def _full_path(path: str | PurePath) -> str:
    return os.path.abspath(os.path.expanduser(local_path(path)))  # noqa: PTH100, PTH111 - a Path would drop "./" and more


def shorten_middle(name: str, max_chars: int) -> str:
    """Return a path or URL cut to about `max_chars` characters: its end is more telling than its start."""
    return name if len(name) <= max_chars else f"{name[: max_chars // 4]}…{name[-max_chars * 3 // 4 :]}"


@contextmanager
def part_file(path: Path) -> Iterator[tuple[Path, Path]]:
    """Yield the file that a path names, its links followed, and a new path beside it, which is removed at the end.

    Raises:
        InvalidInputError: An `OSError` was raised in the block; the message names the path as it was given.
    """
    target = Path(os.path.realpath(path))
    # Its name is shorter than any that is too long, so that a file can have the longest name.
    part = target.with_name(f".{os.getpid()}-{secrets.token_hex(4)}.part")
    try:
        yield target, part
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            part.unlink()
