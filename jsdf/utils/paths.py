"""Recognise paths, test that files exist, and identify versions of a file."""

from __future__ import annotations

import os
from pathlib import Path, PurePath


def is_path(value: str) -> bool:
    """Return True if a text that refers to an image is a local path rather than a URL or a `data:` URI."""
    return not value[:8].lower().startswith(("http://", "https://", "data:"))


def file_exists(name: str, folder: Path) -> bool:
    """Return True if this is the path of an existing file; relative paths start at `folder`."""
    try:
        return (folder / Path(name).expanduser()).is_file()
    except (OSError, ValueError, RuntimeError):  # not a valid path, or `~user` of an unknown user
        return False


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
    return os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111 - a Path would drop "./" and more
