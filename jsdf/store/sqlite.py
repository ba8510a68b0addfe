"""One SQLite file: cache, checkpoint and ledger of usage at once.

Keys are digests, so neither texts nor addresses are kept. Nothing here raises for a store that is
corrupt, locked, read-only or full: it becomes empty and silent, and `error` says why.

WAL, `synchronous=FULL` and `BEGIN IMMEDIATE` are what lost nothing over 30 kills and failed nothing among
8 processes; a deferred BEGIN fails under contention whatever its timeout.
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

from jsdf.store.location import is_network_disk, store_path

#: Seconds after which a sample that the service refused is asked about again: a dead link may come back.
REFUSAL_AGE = 7 * 24 * 3600.0

_BUSY_TIMEOUT = 30.0  # seconds
_LOOKUP = 900  # keys a statement; every SQLite takes 999 parameters
_SCHEMA = """
CREATE TABLE IF NOT EXISTS answers (key BLOB PRIMARY KEY, answer BLOB NOT NULL, scores BLOB) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refusals (key BLOB PRIMARY KEY, status INTEGER, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS usage (
  at REAL NOT NULL, engine TEXT NOT NULL, job BLOB NOT NULL, samples INTEGER NOT NULL,
  input_tokens INTEGER, output_tokens INTEGER, inference_time_tokens INTEGER, total_tokens INTEGER
);
CREATE INDEX IF NOT EXISTS usage_job ON usage (job);
"""


class StoredAnswer(NamedTuple):
    """One row of the store; what the bytes mean is the runner's affair."""

    key: bytes
    answer: bytes
    scores: bytes | None = None


class RequestCost(NamedTuple):
    """What one request cost, for the ledger; `total` is None where the service did not say."""

    engine: str
    job: bytes
    samples: int
    input_tokens: int | None = None
    output_tokens: int | None = None
    inference_time_tokens: int | None = None
    total_tokens: int | None = None


@dataclass(frozen=True)
class StoreInfo:
    """What the store holds: `answers` and `refusals` in rows, `size` in bytes, the ledger's sums."""

    path: Path
    size: int
    answers: int
    refusals: int
    requests: int
    samples: int
    total_tokens: int


class Store:
    """The store of one job. Use it from one thread at a time, and open it after a fork.

    Args:
        path: The file; None for the user's own (see `jsdf.options.cache_dir`).
        clock: Unix time in seconds, for ages.
    """

    def __init__(self, path: Path | None = None, *, clock: Callable[[], float] = time.time) -> None:
        self.path = store_path() if path is None else Path(path)
        self.error: str | None = None
        self._clock = clock
        self._db: sqlite3.Connection | None = None
        self._pending_writes: list[Callable[[sqlite3.Connection], object]] = []
        with self._guard():
            self._db = _connect(self.path)

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        if self._pending_writes:
            self._write(lambda _: None)
        db, self._db = self._db, None
        if db is not None:
            with self._guard():
                db.close()

    @contextmanager
    def _guard(self) -> Iterator[None]:
        """Whatever goes wrong inside ends the store, not the run."""
        try:
            yield
        except (sqlite3.Error, OSError, OverflowError) as error:
            self.error = _explain(error, self.path)
            db, self._db = self._db, None
            if db is not None:
                with suppress(sqlite3.Error):
                    db.close()

    def load(self, keys: Sequence[bytes]) -> Iterator[list[StoredAnswer]]:
        """The answers to these keys, in pieces, in no order; what is not there is left out."""
        for piece in self._select("answers", "key, answer, scores", keys):
            yield list(map(StoredAnswer._make, piece))

    def load_refusals(self, keys: Sequence[bytes]) -> dict[bytes, int | None]:
        """The keys among these whose sample was refused alone lately, with the HTTP status."""
        since = self._clock() - REFUSAL_AGE
        pieces = self._select("refusals", "key, status, at", keys)
        return {key: status for piece in pieces for key, status, at in piece if at > since}

    def _select(self, table: str, columns: str, keys: Sequence[bytes]) -> Iterator[list[tuple[Any, ...]]]:
        ordered = sorted(keys)  # neighbours in the file are read together
        for start in range(0, len(ordered), _LOOKUP):
            part = ordered[start : start + _LOOKUP]
            marks = ",".join("?" * len(part))
            query = f"SELECT {columns} FROM {table} WHERE key IN ({marks})"  # noqa: S608 - our own words alone
            found: list[tuple[Any, ...]] = []
            with self._guard():
                if self._db is None:
                    return
                found = self._db.execute(query, part).fetchall()
            yield found

    def add_answers(self, answers: Iterable[StoredAnswer], spent: RequestCost | None = None) -> None:
        """Keep these answers, and what they cost, in one durable commit."""
        rows, cost = list(answers), None if spent is None else (self._clock(), *spent)

        def work(db: sqlite3.Connection) -> None:
            db.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", rows)
            if cost is not None:
                db.execute("INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, ?)", cost)

        self._write(work)

    def add_refusal(self, key: bytes, status: int | None) -> None:
        """Remember that this sample was refused alone, so that a later run need not search for it."""
        row = (key, status, self._clock())
        self._write(lambda db: db.execute("INSERT OR REPLACE INTO refusals VALUES (?, ?, ?)", row))

    def clear_refusals(self, keys: Sequence[bytes]) -> None:
        """Forget the refusals of these keys."""
        rows = [(key,) for key in keys]
        self._write(lambda db: db.executemany("DELETE FROM refusals WHERE key = ?", rows))

    def mean_tokens_per_sample(self, job: bytes | None = None, *, engine: str | None = None) -> float | None:
        """Mean total tokens a sample of one question, or of all that an engine was asked; None for unknown."""
        where, value = ("engine", engine) if job is None else ("job", job)
        query = "SELECT 1.0 * sum(total_tokens) / sum(samples) FROM usage WHERE total_tokens IS NOT NULL AND "
        with self._guard():
            if self._db is not None:
                (mean,) = self._db.execute(f"{query} {where} = ?", (value,)).fetchone()
                return mean or None
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
        return StoreInfo(self.path, sum(f.stat().st_size for f in _files(self.path)), *counts)

    def _write(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Do this work in one transaction that no other process can get in the way of."""
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
                # Somebody holds it for long: what was paid for waits for the next write, or for the end.
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
        """Go on in a new file where `jsdf cache clear` took the old one away."""
        if self._db is not None and not self.path.exists():
            self._db.close()
            self._db = _connect(self.path)


def clear(path: Path | None = None) -> int:
    """Delete the store, the ledger with it, and return the bytes that were freed."""
    files = _files(store_path() if path is None else path)
    freed = sum(f.stat().st_size for f in files)
    for file in files:
        file.unlink()
    return freed


def _files(path: Path) -> list[Path]:
    return [f for f in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")) if f.exists()]


def _connect(path: Path) -> sqlite3.Connection:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # Made before SQLite opens it, so that it is private from its first byte; -wal and -shm take its mode.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    db = sqlite3.connect(path, timeout=_BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    try:
        # WAL needs memory shared among its users, which machines on a network disk have not.
        db.execute(f"PRAGMA journal_mode={'DELETE' if is_network_disk(path) else 'WAL'}")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA wal_autocheckpoint=16384")
        db.executescript(_SCHEMA)
    except sqlite3.Error:
        db.close()
        raise
    return db


def _explain(error: Exception, path: Path) -> str:
    cure = "the run goes on without it, and a re-run will pay again"
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        cure += "; `jsdf cache clear` removes it"
    return f"the store {path} cannot be used ({error}): {cure}"
