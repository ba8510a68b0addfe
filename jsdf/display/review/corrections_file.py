"""Append-only JSON Lines file of corrections, whose rows are identified by digests of their values.

A line contains digests, names of labels and a person's note, never a text or a URL. The last line of a row is valid:
undo appends another line, and a line cut off by a crash affects no other one.
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
from io import BytesIO
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from jsdf.display.review.record_lines import (
    FileContent,
    complete_lines,
    content_of,
    count_problems,
    header,
    parse_lines,
    to_lines,
)
from jsdf.errors import InvalidInputError
from jsdf.store.location import store_path
from jsdf.utils.call_site import warn
from jsdf.utils.opened_images import source_path
from jsdf.utils.paths import is_path, local_path

if TYPE_CHECKING:
    from jsdf.display.gallery.rows import RowColumn

#: Device, inode, size in bytes and time of the last change of a file.
FileState: TypeAlias = tuple[int, int, int, int]
_NO_FILE: FileState = (0, 0, 0, 0)
#: Bytes before the place reached that tell if it is still the same file: more than a line has.
_TAIL_BYTES = 2**16


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
        self._state = _NO_FILE
        self._bytes_read, self._tail = 0, b""

    def read_new(self) -> FileContent:
        """Return what any review but this one has added to the file since the last call; empty if there is no file.

        It costs one `stat` if nothing was added.

        Raises:
            OSError: The file cannot be read.
        """
        self.left_out.clear()
        state = self._stat()
        if state == self._state:
            return FileContent([], [])
        with BytesIO() if state == _NO_FILE else self.path.open("rb") as file:
            content = self._read_on(file)
        # The header is not checked: a crash may have cut it off, and the lines after it are valid all the same.
        lines, complete = parse_lines(content), complete_lines(content)
        self.left_out = count_problems(lines)
        self._keep_place(self._bytes_read + len(complete), complete, state)
        return content_of(lines)

    def append(self, records: Iterable[dict[str, Any]]) -> None:
        """Append lines and wait until they are on disk, so that they survive a crash of the kernel.

        Raises:
            OSError: The file cannot be written.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(self.path, flags, 0o600), "ab") as file:
            # The line break ends a line that a crash may have cut off.
            content = (b"\n" if file.tell() else header()) + to_lines(records)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            end, status = file.tell(), os.fstat(file.fileno())
        if end - len(content) == self._bytes_read:  # nobody else has written before, so these lines need not be read
            self._keep_place(end, content, _file_state(status, end))

    def drop(self, predicate: Callable[[dict[str, Any]], bool]) -> None:
        """Delete the records that fulfil `predicate`, and the file if no other records remain."""
        self._state, self._bytes_read, self._tail = _NO_FILE, 0, b""
        content = self.path.read_bytes() if self.path.exists() else b""
        lines = [line for line in parse_lines(content) if line.version is None or line.choices is not None]
        # Lines that cannot be read stay: a person may repair them.
        remaining = [line for line in lines if line.record is None or not predicate(line.record)]
        if any(line.choices is None for line in remaining):
            write(self.path, b"".join(line.text + b"\n" for line in remaining))
        else:
            self.path.unlink(missing_ok=True)

    def _read_on(self, file: BinaryIO) -> bytes:
        """Return what follows the bytes read so far; all of it if the file is another one, as after `drop`."""
        file.seek(self._bytes_read - len(self._tail))
        content = file.read()
        if content.startswith(self._tail):
            return content[len(self._tail) :]
        self._bytes_read, self._tail = 0, b""
        file.seek(0)
        return file.read()

    def _keep_place(self, end: int, content: bytes, state: FileState) -> None:
        self._bytes_read, self._state = end, state
        self._tail = (self._tail + content)[-_TAIL_BYTES:]

    def _stat(self) -> FileState:
        try:
            status = self.path.stat()
        except (FileNotFoundError, NotADirectoryError):
            return _NO_FILE
        return _file_state(status, status.st_size)


def _file_state(status: os.stat_result, size: int) -> FileState:
    return status.st_dev, status.st_ino, size, status.st_mtime_ns


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
