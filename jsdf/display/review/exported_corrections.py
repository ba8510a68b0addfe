"""Files of corrections that a user writes with `Review.save` and reads with `Review.load`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jsdf.display.review.corrections_file import write
from jsdf.display.review.record_lines import VERSION, FileContent, content_of, count_problems, parse_lines, to_lines
from jsdf.errors import InvalidInputError
from jsdf.utils.paths import expand_path


def read(path: str | os.PathLike[str]) -> tuple[FileContent, int]:
    """Return the content of a file, and the number of lines that cannot be read.

    Raises:
        InvalidInputError: The file cannot be read, or was not written by `Review.save` of this release of jsdf.
    """
    path = _checked_path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InvalidInputError(_explain_read(error, path)) from None
    lines = parse_lines(content)
    versions = [line.version for line in lines if line.version is not None]
    if not versions:
        raise InvalidInputError(f"{str(path)!r} contains no review; pass a file written by Review.save")
    if versions[0] != VERSION:
        raise InvalidInputError(
            f"{str(path)!r} was written by another release of jsdf; pass a file written by this one"
        )
    return content_of(lines), count_problems(lines).total()


def save(path: str | os.PathLike[str], records: Iterable[dict[str, Any]]) -> None:
    """Write a complete file for a user; see `write`.

    Raises:
        InvalidInputError: The file cannot be written.
    """
    path = _checked_path(path)
    try:
        write(path, to_lines(records))
    except OSError as error:
        raise InvalidInputError(_explain_write(error, path)) from None


def _checked_path(path: str | os.PathLike[str]) -> Path:
    try:
        return expand_path(path)
    except LookupError:
        reason = "there is no such home directory; pass the full path of a file"
    except (TypeError, ValueError):
        reason = "pass the path of a file"
    raise InvalidInputError(f"path={path!r}: {reason}")


def _explain_read(error: OSError, path: Path) -> str:
    advice = "pass a file written by Review.save"
    if os.path.isdir(path):  # noqa: PTH112 - a Path would raise an error for a name that is too long
        return f"{str(path)!r} is a directory; {advice}"
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return f"{str(path)!r} does not exist; {advice}"
    return f"{str(path)!r} cannot be read ({error.strerror}); {advice}"


def _explain_write(error: OSError, path: Path) -> str:
    if os.path.isdir(path):  # noqa: PTH112 - a Path would raise an error for a name that is too long
        return f"{str(path)!r} is a directory; pass the path of a file"
    if not os.path.isdir(path.parent):  # noqa: PTH112
        return f"{str(path)!r}: there is no directory {str(path.parent)!r}; create it, or pass another path"
    return f"{str(path)!r} cannot be written ({error.strerror}); pass another path"
