"""What a person said about rows, kept in a file line by line: found again by what the rows hold.

A line holds digests and label names, never a text or an address. The last line of a row counts, so that undoing is
one more line, and a line that was cut off by a crash loses itself alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.errors import InvalidInputError
from jsdf.options import store_path

if TYPE_CHECKING:
    from jsdf.display.labelling import Labelling
    from jsdf.display.rows import Rows

_VERSION = 1
_HEAD = "jsdf-review"


class Journal:
    """One file of JSON lines, which only its owner may read.

    Args:
        path: Where it is; made when something is first written.
        afresh: Whether what it holds is set aside, under the ending `.old`, before that.
    """

    def __init__(self, path: Path, *, afresh: bool = False) -> None:
        self.path = path
        self._afresh = afresh

    def read(self) -> list[dict[str, Any]]:
        """What it holds; nothing where there is no file, or it is set aside."""
        # Without a look at the first line: a crash may have cut it off, and what follows counts all the same.
        return [] if self._afresh or not self.path.exists() else _about_rows(_parse(self.path))

    def append(self, records: Iterable[dict[str, Any]]) -> None:
        """Add lines, and wait until the disk has them: what is in memory dies with the kernel.

        Raises:
            OSError: It cannot be written.
        """
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._afresh:
            with suppress(FileNotFoundError):
                self.path.replace(self.path.with_suffix(".old"))
            self._afresh = False
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(self.path, flags, 0o600), "ab") as file:
            # A line break first ends whatever a crash left unended.
            file.write(b"\n" if file.tell() else _lines([_head()]))
            file.write(_lines(records))
            file.flush()
            os.fsync(file.fileno())

    def rewrite(self, records: Iterable[dict[str, Any]]) -> None:
        """Let it hold these records and nothing else.

        Raises:
            OSError: It cannot be written.
        """
        write(self.path, records)

    def forget(self) -> None:
        """Delete the file and what was set aside of it."""
        self.path.unlink(missing_ok=True)
        self.path.with_suffix(".old").unlink(missing_ok=True)


def read(path: Path) -> list[dict[str, Any]]:
    """The records of a file, without what cannot be read.

    Raises:
        InvalidInputError: It is none of ours.
    """
    records = _parse(path)
    if not any(_HEAD in record for record in records):
        raise InvalidInputError(f"{str(path)!r} holds no review; pass a file that Review.save wrote")
    return _about_rows(records)


def write(path: Path, records: Iterable[dict[str, Any]]) -> None:
    """Write a whole file, or leave what is there as it is.

    Raises:
        OSError: It cannot be written.
    """
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(_lines([_head(), *records]))
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def place(column: Rows, labelling: Labelling) -> Path:
    """Where the journal of a column and its labels is: beside the store.

    The order of the rows does not count. Labels that nobody named, but that were found in the column, do not either,
    since a later run may find others: there the name of their column does.
    """
    parts = [column.kind.encode(), np.sort(column.hashes).tobytes(), b"many" if labelling.multiple else b"one"]
    named = sorted(labelling.names) if labelling.declared else [repr(getattr(labelling.given, "name", None))]
    parts += [repr(named).encode("utf-8", "surrogatepass")]
    name = blake2b(b"\0".join(parts), digest_size=16).hexdigest()
    return store_path().parent / "reviews" / f"{name}.jsonl"


def _head() -> dict[str, Any]:
    return {_HEAD: _VERSION}


def _lines(records: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records).encode("ascii")


def _parse(path: Path) -> list[dict[str, Any]]:
    return [record for record in map(_parsed, path.read_bytes().splitlines()) if record is not None]


def _about_rows(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record for record in records if isinstance(record.get("value"), str)]


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
