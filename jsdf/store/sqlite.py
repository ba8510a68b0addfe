"""SQLite file that is answer cache, checkpoint of runs and record of usage at once.

Keys are digests, so neither texts nor URLs are stored. A store that is locked, read-only or full never raises: it then
behaves like an empty store that ignores writes, and `error` holds the reason. A damaged file is set aside as soon as
something is looked up or stored, and a new one begun; a damaged record is as if it were not there.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from jsdf.errors import InvalidInputError
from jsdf.store import contents, database_file, record, request_cost
from jsdf.store.base import REFUSAL_AGE, RUN_CONTINUES, damaged_records
from jsdf.store.contents import StoreInfo
from jsdf.store.database_file import DatabaseFile, is_damage
from jsdf.store.ledger.sqlite_ledger import SQLiteLedger
from jsdf.store.location import store_path
from jsdf.store.record import StoredAnswer
from jsdf.store.request_cost import RequestCost

T = TypeVar("T")

_MAX_KEYS = 900  # per statement; every version of SQLite allows 999 parameters
_MAX_SET_ASIDE = 3  # files in the life of one store
_LOCKED_SECONDS = 1.0  # for later writes, once another process has held the lock for long


class Store(SQLiteLedger):
    """Connection to a store. Use it from one thread at a time, and open a new one after a fork.

    Args:
        path: Path of the file; None for the default (see `jsdf.options.cache_dir`).
        clock: Unix time in seconds, for the age of refusals.

    Attributes:
        path: Path of the file, also as text in `location`; None if none could be found.
        error: Reason the store cannot be used, or None.
    """

    def __init__(self, path: Path | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self.path: Path | None = None
        self.error: str | None = None
        self._clock = clock
        self._file: DatabaseFile | None = None
        self._is_damaged = False  # the file that failed, which is closed
        self._is_ours = False  # it was open, and at its path
        self._set_aside: list[Path] = []
        self._has_damaged_rows = False
        self._pending_writes: list[Callable[[sqlite3.Connection], object]] = []
        with self._guard():
            self.path = store_path() if path is None else Path(path)
        self.location = str(self.path)
        if self.path is not None:
            self._open()

    def _open(self) -> None:
        """Open the file at the path; `error` holds the reason if that fails."""
        self.error, self._is_damaged = None, False
        with self._guard():
            self._file = None if self.path is None else DatabaseFile(self.path)

    @property
    def problem(self) -> str | None:
        """Message for the user: `error`, or else the damage that was found; None if there is nothing to say."""
        if self.error is not None:
            return f"{self.error}: {RUN_CONTINUES}{self.hint}"
        if self._set_aside:
            return (
                f"the store {self.path} was damaged: it was set aside as {self._set_aside[-1]}, and a new one begun"
                " with the answers that are whole; the others are billed again"
            )
        return damaged_records(self.location) if self._has_damaged_rows else None

    @property
    def hint(self) -> str:
        """Advice about `error`, as the end of a sentence; empty if there is none."""
        return "; `jsdf cache clear` deletes it" if self._is_damaged else ""

    @property
    def _db(self) -> sqlite3.Connection | None:
        return None if self._file is None else self._file.db

    def close(self) -> None:
        """Write what is pending and close the file; closing twice is harmless."""
        if self._pending_writes:
            self._write(lambda _: None)
        with self._guard():
            if self._file is not None:
                self._file.db.close()
        self._file = None

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Turn an error inside the block into `error` and close the store, so that the run continues without it."""
        try:
            yield
        except (sqlite3.Error, OSError, OverflowError, UnicodeError, MemoryError, InvalidInputError) as error:
            self.error = _explain(error, self.path)
            self._is_damaged, self._is_ours = is_damage(error), False
            file, self._file = self._file, None
            if file is not None:
                with suppress(sqlite3.Error, OSError):
                    self._is_ours = file.is_in_place()
                    file.db.close()

    def load(self, keys: Sequence[bytes]) -> Iterator[list[StoredAnswer]]:
        """Yield lists of the stored answers to these keys, in no particular order; other keys are left out."""
        wanted = frozenset(keys)
        for rows in self._select("answers", "key, answer, scores", keys):
            answers = [answer for row in rows if (answer := record.from_row(row, wanted)) is not None]
            self._has_damaged_rows |= len(answers) < len(rows)
            yield answers

    def load_refusals(self, keys: Sequence[bytes]) -> dict[bytes, int | None]:
        """Return those of the keys that have a refusal younger than `REFUSAL_AGE`, each with its HTTP status."""
        now, wanted = self._clock(), frozenset(keys)
        chunks = self._select("refusals", "key, status, at", keys)
        rows = (row for chunk in chunks for row in chunk if record.is_refusal(row, wanted, now - REFUSAL_AGE, now))
        return {key: status for key, status, _ in rows}

    def _select(self, table: str, columns: str, keys: Sequence[bytes]) -> Iterator[list[tuple[Any, ...]]]:
        ordered = sorted(keys)  # keys that are neighbours in the file are read together
        for start in range(0, len(ordered), _MAX_KEYS):
            chunk = ordered[start : start + _MAX_KEYS]
            placeholders = ",".join("?" * len(chunk))
            query = f"SELECT {columns} FROM {table} WHERE key IN ({placeholders})"  # noqa: S608 - constants and placeholders only
            rows = self._fetch(query, chunk)
            if rows is None and self._begin_anew():
                rows = self._fetch(query, chunk)
            if rows is None:
                return
            yield rows

    def _fetch(self, query: str, values: Sequence[bytes]) -> list[tuple[Any, ...]] | None:
        with self._guard():
            return None if self._db is None else self._db.execute(query, values).fetchall()
        return None

    def add_answers(self, answers: Iterable[StoredAnswer], spent: RequestCost | None = None) -> None:
        """Store answers and the usage of their request in one durable commit."""
        rows = list(map(record.to_row, answers))

        def work(db: sqlite3.Connection) -> None:
            db.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", rows)
            if spent is not None:
                request_cost.add(db, self._clock(), spent)

        self._write(work)

    def add_refusal(self, key: bytes, status: int | None) -> None:
        """Store that the service refused a sample sent alone, so that later runs need not search for it."""
        row = (key, status, self._clock())
        self._write(lambda db: db.execute("INSERT OR REPLACE INTO refusals VALUES (?, ?, ?)", row))

    def clear_refusals(self, keys: Sequence[bytes]) -> None:
        """Delete the refusals of these keys."""
        rows = [(key,) for key in keys]
        self._write(lambda db: db.executemany("DELETE FROM refusals WHERE key = ?", rows))

    def info(self) -> StoreInfo:
        """Count what the store holds."""
        return self._read(contents.count, StoreInfo())

    def _read(self, query: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Return the result of a query; `otherwise` if the file cannot be read."""
        with self._guard():
            return otherwise if self._db is None else query(self._db)
        return otherwise

    def _write(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Run `work`, after writes that are still pending, in one transaction that locks out other processes."""
        if self._file is None and not self._begin_anew():
            return
        self._pending_writes.append(work)
        self._write_pending()
        if self._is_damaged and self._begin_anew():
            self._write_pending()

    def _write_pending(self) -> None:
        with self._guard():
            self._reopen_if_moved()
            if self._db is None:
                return
            try:
                self._commit(self._db)
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                # Another process holds the lock for long. Paid answers stay pending until the next write or `close`.
                self.error = _explain(error, self.path)
                self._db.execute(f"PRAGMA busy_timeout = {1000 * min(_LOCKED_SECONDS, database_file.BUSY_TIMEOUT):.0f}")
            else:
                self.error = None

    def _commit(self, db: sqlite3.Connection) -> None:
        db.execute("BEGIN IMMEDIATE")  # a deferred one fails under contention with any timeout
        try:
            for work in self._pending_writes:
                work(db)
            db.execute("COMMIT")
            self._pending_writes.clear()
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")

    def _reopen_if_moved(self) -> None:
        """Continue in the file that is at the path now, if another process has cleared, moved or replaced ours."""
        if self._file is not None and self.path is not None and not self._file.is_in_place():
            file, self._file = self._file, None
            file.leave()
            self._file = DatabaseFile(self.path)

    def _begin_anew(self) -> bool:
        """Set a damaged file aside and begin a new one; False if the file is not damaged, or that fails."""
        if not self._is_damaged or self.path is None or len(self._set_aside) >= _MAX_SET_ASIDE:
            return False
        if not self._is_ours:  # another process may have begun a new one already
            self._open()
        if self._is_damaged:
            with self._guard():
                new = database_file.set_aside(self.path)
                self._set_aside.append(new)
                self._file = DatabaseFile(self.path)
                database_file.rescue(new, self._file.db)
                self.error, self._is_damaged = None, False
        return self._file is not None


def clear(path: Path | None = None) -> int:
    """Delete the store with its usage records, and return the number of bytes freed."""
    return database_file.clear(store_path() if path is None else path)


def _explain(error: Exception, path: Path | None) -> str:
    return f"{'the store' if path is None else f'the store {path}'} cannot be used ({error})"
