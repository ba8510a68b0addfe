"""Append-only JSON Lines file of corrections, whose rows are identified by digests of their values.

A line contains digests and names of labels, never a text or a URL. The last line of a row is valid: undo appends
another line, and a line cut off by a crash affects no other one.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from jsdf.display.review.record_lines import VERSION, complete_lines, count_problems, header, parse_lines, to_lines
from jsdf.errors import InvalidInputError
from jsdf.store.location import store_path
from jsdf.utils.call_site import warn
from jsdf.utils.opened_images import source_path
from jsdf.utils.paths import expand_path, is_path, local_path

if TYPE_CHECKING:
    from jsdf.display.gallery.rows import RowColumn


class CorrectionsFile:
    """File of corrections in JSON Lines, readable by its owner only.

    Lines are appended and never changed, since another review may append to the file at the same time.

    Args:
        path: Path of the file, which is created by the first write.

    Attributes:
        left_out: Reason -> number of lines that the last read left out.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.left_out: Counter[str] = Counter()
        self._bytes_read = 0

    def read_new(self) -> list[dict[str, Any]]:
        """Return the records added since the last call, by any review; empty if there is no file.

        Raises:
            OSError: The file cannot be read.
        """
        self.left_out.clear()
        size = self.path.stat().st_size if self.path.exists() else 0
        if size == self._bytes_read:
            return []
        with self.path.open("rb") as file:
            file.seek(self._bytes_read if size > self._bytes_read else 0)  # a shorter file is a new one
            content = file.read()
        # The header is not checked: a crash may have cut it off, and the lines after it are valid all the same.
        complete = complete_lines(content)
        self._bytes_read = size - len(content) + len(complete)
        self.left_out = count_problems(parse_lines(content))
        return [line.record for line in parse_lines(complete) if line.record is not None]

    def append(self, records: Iterable[dict[str, Any]]) -> None:
        """Append lines and wait until they are on disk, so that they survive a crash of the kernel.

        Raises:
            OSError: The file cannot be written.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(self.path, flags, 0o600), "ab") as file:
            # The line break ends a line that a crash may have cut off.
            file.write(b"\n" if file.tell() else header())
            file.write(to_lines(records))
            file.flush()
            os.fsync(file.fileno())

    def drop(self, predicate: Callable[[dict[str, Any]], bool]) -> None:
        """Delete the records that fulfil `predicate`, and the file if no other lines remain."""
        self._bytes_read = 0
        content = self.path.read_bytes() if self.path.exists() else b""
        lines = [line for line in parse_lines(content) if line.version is None]
        # Lines that cannot be read stay: a person may repair them.
        remaining = [line.text for line in lines if line.record is None or not predicate(line.record)]
        if remaining:
            write(self.path, b"".join(line + b"\n" for line in remaining))
        else:
            self.path.unlink(missing_ok=True)


def read(path: str | os.PathLike[str]) -> tuple[list[dict[str, Any]], int]:
    """Return the records of a file, and the number of lines that cannot be read.

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
    return [line.record for line in lines if line.record is not None], count_problems(lines).total()


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


def write(path: Path, lines: bytes) -> None:
    """Write a complete file of these lines; an existing one stays as it is if that fails.

    Raises:
        OSError: The file cannot be written.
    """
    if not path.name:  # such as "." and "/"
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    draft = path.with_name(f".{os.getpid()}-{secrets.token_hex(4)}.part")  # shorter than a name that is too long
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(header() + lines)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise type(error)(error.errno, error.strerror, str(path)) from None  # name the target, not the draft


def corrections_path(column: RowColumn, question: Sequence[str]) -> Path | None:
    """Return the path, beside the store, of the corrections file for a question about a column.

    None, with a warning, if there is no place for the store.

    It does not depend on the rows or on their current labels, so that frames with other rows and later runs find
    the same file.

    Args:
        column: The column; its name, its kind and, for relative paths, the working directory determine the path.
        question: Result of `question_key`.
    """
    parts = [column.kind, repr(column.name), _base_folder(column), *question]
    name = blake2b(json.dumps(parts).encode("ascii"), digest_size=16).hexdigest()
    try:
        return store_path().parent / "reviews" / f"{name}.jsonl"
    except InvalidInputError as error:
        warn(f"{error}; until then corrections are lost with the kernel unless you use .save(path)", RuntimeWarning)
        return None


def _base_folder(column: RowColumn) -> str:
    """Return the working directory if the column has relative paths, else an empty string."""
    first = column.values[0] if column.kind == "image" and column.values else None
    is_file = isinstance(first, PurePath) or (isinstance(first, str) and is_path(first))
    path = first if is_file else source_path(first)
    return "" if path is None or PurePath(local_path(path)).is_absolute() else str(Path.cwd())
