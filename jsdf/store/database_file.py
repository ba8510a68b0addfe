"""File of the store on disk: opening, its identity, setting a damaged one aside, deleting."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from jsdf.store import record
from jsdf.store.schema import set_up

BUSY_TIMEOUT = 30.0  # seconds to wait for other processes
_SUFFIXES = ("-wal", "-shm", "")  # the log first: SQLite would replay it into a new file of the same name
_SMALLEST_ROW = 20  # bytes
#: Errors that say nothing about the content of the file.
_OTHER_CAUSES = ("locked", "readonly", "full", "disk I/O", "unable to open", "interrupted")


class DatabaseFile:
    """Open file of a store.

    Args:
        path: Path of the file, which is created if there is none.

    Attributes:
        db: The connection.

    Raises:
        sqlite3.Error: The file is damaged, locked or cannot be written.
        OSError: There can be no file at this path.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.db = _connect(path)
        self._identity = _identity(path)
        self._log_identity = _identity(_beside(path, "-wal"))

    def is_in_place(self) -> bool:
        """True if the path still leads to this file, and the file still has content."""
        return self._identity is not None and _identity(self._path) == self._identity

    def leave(self) -> None:
        """Close a file that is no longer in place, so that another can be opened at its path."""
        if _is_empty(self._path):
            for file in _files(self._path):  # first, since closing writes the log into the empty file
                file.unlink(missing_ok=True)
        else:
            with suppress(sqlite3.Error):  # a file that was moved keeps what its log holds
                self.db.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self.db.close()
        if self._log_identity is not None and _identity(_beside(self._path, "-wal")) == self._log_identity:
            # The log belongs to the file that is gone, and would be replayed into the one that is there now.
            for suffix in ("-wal", "-shm"):
                _beside(self._path, suffix).unlink(missing_ok=True)


def is_damage(error: Exception) -> bool:
    """True if the error means that the content of the file is damaged, not that it cannot be reached or written."""
    if isinstance(error, sqlite3.OperationalError):
        return not any(cause in str(error) for cause in _OTHER_CAUSES)
    return isinstance(error, (sqlite3.DatabaseError, UnicodeError, MemoryError))


def set_aside(path: Path) -> Path:
    """Rename a damaged file with its log, and return its new path."""
    new = next(name for name in (_beside(path, f".damaged-{n}") for n in count(1)) if not name.exists())
    for suffix in _SUFFIXES:
        with suppress(FileNotFoundError):
            _beside(path, suffix).rename(_beside(new, suffix))
    return new


def rescue(damaged: Path, db: sqlite3.Connection) -> None:
    """Copy the answers of a damaged file whose checksums are right."""
    limit = 1 + size(damaged) // _SMALLEST_ROW
    source = sqlite3.connect(damaged, isolation_level=None)
    source.text_factory = bytes
    try:
        db.execute("BEGIN IMMEDIATE")
        for first in range(256):
            for order in ("ASC", "DESC"):  # towards a damaged page from both sides
                rows, is_whole = _read_range(source, first, order, limit)
                db.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?, ?)", rows)
                if is_whole:
                    break
        db.execute("COMMIT")
    finally:
        source.close()


def _read_range(source: sqlite3.Connection, first: int, order: str, limit: int) -> tuple[list[tuple[Any, ...]], bool]:
    """Return the whole rows whose keys start with this byte; False if damage ended the reading."""
    query = f"SELECT key, answer, scores FROM answers WHERE key >= ? AND key < ? ORDER BY key {order} LIMIT {limit}"  # noqa: S608 - constants
    end = bytes([first + 1]) if first < 255 else b"\xff" * 64
    rows: list[tuple[Any, ...]] = []
    try:
        rows.extend(source.execute(query, (bytes([first]), end)))
    except (sqlite3.Error, UnicodeError, MemoryError):
        is_whole = False
    else:
        is_whole = True
    return [row for row in rows if record.has_checksum(row) and record.from_row(row) is not None], is_whole


def clear(path: Path) -> int:
    """Delete the store with its usage records and what was set aside, and return the number of bytes freed."""
    files = [*_files(path), *path.parent.glob(f"{path.name}.damaged-*")]
    freed = sum(f.stat().st_size for f in files)
    for file in files:
        file.unlink(missing_ok=True)
    return freed


def size(path: Path) -> int:
    """Return the size in bytes of the file and its log."""
    return sum(f.stat().st_size for f in _files(path))


def _files(path: Path) -> list[Path]:
    return [file for file in (_beside(path, suffix) for suffix in _SUFFIXES) if file.exists()]


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return device and inode of the file, or None if there is none or it is empty."""
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    is_log = path.name.endswith("-wal")  # a log without a commit is empty
    return (found.st_dev, found.st_ino) if found.st_size or is_log else None


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return False


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Created before SQLite opens it, so that it is private from the start; -wal and -shm get the same mode. A file that
    # is there is not opened: closing it would release the locks that other threads' connections hold on it (POSIX).
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path)) from None
    db = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    try:
        db.text_factory = bytes  # damaged text need not be UTF-8
        set_up(db, path, BUSY_TIMEOUT)
    except BaseException:
        db.close()
        raise
    return db
