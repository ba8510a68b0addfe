"""SQLite file that is answer cache, checkpoint of runs and record of usage at once.

Keys are digests, so neither texts nor URLs are stored. A store that is corrupt, locked, read-only or full never
raises: it then behaves like an empty store that ignores writes, and `error` holds the reason.

WAL, `synchronous=FULL` and `BEGIN IMMEDIATE` lost no data in 30 killed processes and caused no failure with
8 processes at once; a deferred BEGIN fails under contention with any timeout.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from jsdf.errors import InvalidInputError
from jsdf.store import request_cost
from jsdf.store.location import store_path
from jsdf.store.request_cost import PriceFit, RequestCost
from jsdf.store.schema import set_up

#: Seconds after which a refused sample is sent again: an unreachable image may be available again.
REFUSAL_AGE = 7 * 24 * 3600.0

_BUSY_TIMEOUT = 30.0  # seconds
_MAX_KEYS = 900  # per statement; every version of SQLite allows 999 parameters


class StoredAnswer(NamedTuple):
    """Answer as stored; the runner encodes and decodes its bytes."""

    key: bytes
    answer: bytes
    scores: bytes | None = None


@dataclass(frozen=True)
class StoreInfo:
    """Contents of the store: rows of `answers` and `refusals`, `size` in bytes, sums over the recorded requests."""

    path: Path | None
    size: int
    answers: int
    refusals: int
    requests: int
    samples: int
    total_tokens: int


class Store:
    """Connection to a store. Use it from one thread at a time, and open a new one after a fork.

    Args:
        path: Path of the file; None for the default (see `jsdf.options.cache_dir`).
        clock: Unix time in seconds, for the age of refusals.

    Attributes:
        path: Path of the file; None if none could be found.
        error: Reason the store cannot be used, or None.
    """

    def __init__(self, path: Path | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self.path: Path | None = None
        self.error: str | None = None
        self._clock = clock
        self._db: sqlite3.Connection | None = None
        self._pending_writes: list[Callable[[sqlite3.Connection], object]] = []
        with self._guard():
            self.path = store_path() if path is None else Path(path)
            self._db = _connect(self.path)

    def close(self) -> None:
        """Write what is pending and close the file; closing twice is harmless."""
        if self._pending_writes:
            self._write(lambda _: None)
        db, self._db = self._db, None
        if db is not None:
            with self._guard():
                db.close()

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Turn an error inside the block into `error` and close the store, so that the run continues without it."""
        try:
            yield
        except (sqlite3.Error, OSError, OverflowError, InvalidInputError) as error:
            self.error = _explain(error, self.path)
            db, self._db = self._db, None
            if db is not None:
                with suppress(sqlite3.Error):
                    db.close()

    def load(self, keys: Sequence[bytes]) -> Iterator[list[StoredAnswer]]:
        """Yield lists of the stored answers to these keys, in no particular order; other keys are left out."""
        for rows in self._select("answers", "key, answer, scores", keys):
            yield list(map(StoredAnswer._make, rows))

    def load_refusals(self, keys: Sequence[bytes]) -> dict[bytes, int | None]:
        """Return those of the keys that have a refusal younger than `REFUSAL_AGE`, each with its HTTP status."""
        since = self._clock() - REFUSAL_AGE
        chunks = self._select("refusals", "key, status, at", keys)
        return {key: status for rows in chunks for key, status, at in rows if at > since}

    def _select(self, table: str, columns: str, keys: Sequence[bytes]) -> Iterator[list[tuple[Any, ...]]]:
        ordered = sorted(keys)  # keys that are neighbours in the file are read together
        for start in range(0, len(ordered), _MAX_KEYS):
            chunk = ordered[start : start + _MAX_KEYS]
            placeholders = ",".join("?" * len(chunk))
            query = f"SELECT {columns} FROM {table} WHERE key IN ({placeholders})"  # noqa: S608 - constants and placeholders only
            rows: list[tuple[Any, ...]] = []
            with self._guard():
                if self._db is None:
                    return
                rows = self._db.execute(query, chunk).fetchall()
            yield rows

    def add_answers(self, answers: Iterable[StoredAnswer], spent: RequestCost | None = None) -> None:
        """Store answers and the usage of their request in one durable commit."""
        rows = list(answers)

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

    def mean_tokens_per_sample(self, job: bytes | None = None, *, engine: str | None = None) -> float | None:
        """Return mean total tokens per sample of one question, or of an engine if `job` is None; None if unknown."""
        with self._guard():
            return None if self._db is None else request_cost.mean_tokens_per_sample(self._db, job, engine)
        return None

    def price_fit(self, kind: str, job: bytes | None = None, *, engine: str | None = None) -> PriceFit | None:
        """Return how prices depend on sizes, for one question, or for an engine if `job` is None; None if unknown."""
        with self._guard():
            return None if self._db is None else request_cost.price_fit(self._db, kind, job, engine)
        return None

    def info(self) -> StoreInfo:
        """Count what the store holds."""
        counts: tuple[int, ...] = (0, 0, 0, 0, 0)
        with self._guard():
            if self._db is not None:
                counts = self._db.execute(
                    "SELECT (SELECT count(*) FROM answers), (SELECT count(*) FROM refusals),"
                    " count(*), ifnull(sum(samples), 0), ifnull(sum(total_tokens), 0) FROM usage"
                ).fetchone()
        files = [] if self.path is None else _files(self.path)
        return StoreInfo(self.path, sum(f.stat().st_size for f in files), *counts)

    def _write(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Run `work`, after writes that are still pending, in one transaction that locks out other processes."""
        with self._guard():
            if self._db is None:
                return
            self._reopen_if_deleted()
            self._pending_writes.append(work)
            try:
                self._commit(self._db)
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    raise
                # Another process holds the lock for long. Paid answers stay pending until the next write or `close`.
                self.error = _explain(error, self.path)
                self._db.execute(f"PRAGMA busy_timeout = {1000 * min(1.0, _BUSY_TIMEOUT):.0f}")
            else:
                self.error = None

    def _commit(self, db: sqlite3.Connection) -> None:
        db.execute("BEGIN IMMEDIATE")
        try:
            for work in self._pending_writes:
                work(db)
            db.execute("COMMIT")
            self._pending_writes.clear()
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")

    def _reopen_if_deleted(self) -> None:
        """Continue in a new file if `jsdf cache clear` has deleted the old one."""
        if self._db is not None and self.path is not None and not self.path.exists():
            self._db.close()
            self._db = _connect(self.path)


def clear(path: Path | None = None) -> int:
    """Delete the store with its usage records, and return the number of bytes freed."""
    files = _files(store_path() if path is None else path)
    freed = sum(f.stat().st_size for f in files)
    for file in files:
        file.unlink()
    return freed


def _files(path: Path) -> list[Path]:
    return [f for f in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")) if f.exists()]


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Created before SQLite opens it, so that it is private from the start; -wal and -shm get the same mode.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    db = sqlite3.connect(path, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    try:
        set_up(db, path, _BUSY_TIMEOUT)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _explain(error: Exception, path: Path | None) -> str:
    advice = "the run continues without it, and running it again is billed again"
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        advice += "; `jsdf cache clear` deletes it"
    store = "the store" if path is None else f"the store {path}"
    return f"{store} cannot be used ({error}): {advice}"
