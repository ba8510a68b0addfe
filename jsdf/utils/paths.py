"""Paths of files: is a text one, is the file there, which version of it."""

from __future__ import annotations

import os
from pathlib import Path, PurePath


def is_path(value: str) -> bool:
    """Whether an image given as a text is a file of this machine, rather than an address or a `data:` URI."""
    return not value[:8].lower().startswith(("http://", "https://", "data:"))


def file_exists(name: str, folder: Path) -> bool:
    """Whether a path, which starts at this folder where it is relative, is that of a file."""
    try:
        return (folder / Path(name).expanduser()).is_file()
    except (OSError, ValueError, RuntimeError):  # no path at all, or the `~` of nobody
        return False


def file_version(path: str | PurePath) -> str:
    """Tells a file from others and from what it held before: full path, size and time of the last change.

    The path alone where there is no file.
    """
    full = os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111 - a Path would drop "./" and more
    try:
        state = os.stat(full)  # noqa: PTH116
    except (OSError, ValueError):
        return full
    return f"{full}\0{state.st_size} {state.st_mtime_ns}"
