"""What a person said about rows, kept in a file line by line: found again by what the rows hold.

A line holds digests and label names, never a text or an address. The last line of a row counts, so that undoing is
one more line, and a line that was cut off by a crash loses itself alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from jsdf.errors import InvalidInputError
from jsdf.store.location import store_path
from jsdf.utils.paths import is_path

if TYPE_CHECKING:
    from jsdf.display.gallery.rows import RowColumn

_VERSION = 1
_HEADER_KEY = "jsdf-review"


class CorrectionsFile:
    """One file of JSON lines, which only its owner may read.

    Lines are added and never changed, since another review may be adding some too.

    Args:
        path: Where it is; made when something is first written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known = 0  # bytes that were read

    def read_new(self) -> list[dict[str, Any]]:
        """What was added since this was asked last, by whomever; nothing where there is no file.

        Raises:
            OSError: It cannot be read.
        """
        size = self.path.stat().st_size if self.path.exists() else 0
        if size == self._known:
            return []
        with self.path.open("rb") as file:
            file.seek(self._known if size > self._known else 0)  # a shorter one is another one
            found = file.read()
        # Without a look at the first line: a crash may have cut it off, and what follows counts all the same.
        whole = found[: found.rfind(b"\n") + 1]  # the last line may still be being written
        self._known = size - len(found) + len(whole)
        return _about_rows(_parse(whole))

    def append(self, records: Iterable[dict[str, Any]]) -> None:
        """Add lines, and wait until the disk has them: what is in memory dies with the kernel.

        Raises:
            OSError: It cannot be written.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(self.path, flags, 0o600), "ab") as file:
            # A line break first ends whatever a crash left unended.
            file.write(b"\n" if file.tell() else _lines([_head()]))
            file.write(_lines(records))
            file.flush()
            os.fsync(file.fileno())

    def drop(self, about: Callable[[dict[str, Any]], bool]) -> None:
        """Delete the lines about these rows, and the file where no others are left."""
        self._known = 0
        left = [record for record in self.read_new() if not about(record)]
        if left:
            write(self.path, left)
        else:
            self.path.unlink(missing_ok=True)


def read(path: Path) -> tuple[list[dict[str, Any]], int]:
    """The records of a file, and how many of its lines cannot be read.

    Raises:
        InvalidInputError: It is none of ours, or one of a later release.
    """
    content = path.read_bytes()
    records = _parse(content)
    versions = [record[_HEADER_KEY] for record in records if _HEADER_KEY in record]
    if not versions:
        raise InvalidInputError(f"{str(path)!r} holds no review; pass a file that Review.save wrote")
    if versions[0] != _VERSION:
        raise InvalidInputError(f"{str(path)!r} was written by another release of jsdf; pass one that this one wrote")
    lines = sum(1 for line in content.splitlines() if line)
    return _about_rows(records), lines - len(records)


def write(path: Path, records: Iterable[dict[str, Any]]) -> None:
    """Write a whole file, or leave what is there as it is.

    Raises:
        OSError: It cannot be written.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(_lines([_head(), *records]))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise type(error)(error.errno, error.strerror, str(path)) from None  # the draft's name would puzzle


def corrections_path(column: RowColumn, question: Sequence[str]) -> Path:
    """Where the journal of a column's question is: beside the store.

    Which rows there are does not count, nor what they are labelled by now: rows come and go, and a later run may
    label them otherwise. A line is about a row by what the row holds.

    Args:
        column: The column; its name and kind count.
        question: What is asked of its rows, such as the name of the column of labels.
    """
    parts = [column.kind, repr(column.name), _folder(column), *question]
    name = blake2b(json.dumps(parts).encode("ascii"), digest_size=16).hexdigest()
    return store_path().parent / "reviews" / f"{name}.jsonl"


def _folder(column: RowColumn) -> str:
    """Where relative paths are looked for: the same one elsewhere is another picture."""
    first = column.values[0] if column.kind == "image" and column.values else None
    if not isinstance(first, PurePath) and not (isinstance(first, str) and is_path(first)):
        return ""
    return "" if PurePath(first).is_absolute() else str(Path.cwd())


def _head() -> dict[str, Any]:
    return {_HEADER_KEY: _VERSION}


def _lines(records: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records).encode("ascii")


def _parse(content: bytes) -> list[dict[str, Any]]:
    return [record for record in map(_parsed, content.splitlines()) if record is not None]


def _about_rows(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record for record in records if isinstance(record.get("value"), str)]


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
