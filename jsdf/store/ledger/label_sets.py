"""Label sets that were asked about, as digests, so that answers are found again after labels were edited."""

from __future__ import annotations

import sqlite3
import time
from contextlib import suppress
from typing import Any, NamedTuple

_CLASS_BYTES, _NAME_BYTES = 16, 8
#: Label sets of one context that are looked up, the latest first.
MAX_LABEL_SETS = 50


class StoredLabels(NamedTuple):
    """A label set that was asked about; it holds no text.

    Attributes:
        job: Digest of the question, under which its answers are stored.
        context: Digest of everything else in the question: engine, kind, task and multiple flag.
        labels: Digest of the descriptions (16 bytes) and of the name (8 bytes) of each label, by digest of the
            descriptions, the order in which stored answers number them.
    """

    job: bytes
    context: bytes
    labels: bytes

    @property
    def classes(self) -> dict[bytes, bytes]:
        """Digest of the descriptions -> digest of the name, in order."""
        size = _CLASS_BYTES + _NAME_BYTES
        parts = [self.labels[i : i + size] for i in range(0, len(self.labels), size)]
        return {part[:_CLASS_BYTES]: part[_CLASS_BYTES:] for part in parts}


def add(db: sqlite3.Connection, label_set: StoredLabels) -> None:
    """Record a label set, now."""
    db.execute("INSERT OR REPLACE INTO label_sets VALUES (?, ?, ?, ?)", (*label_set, time.time()))


def add_at_once(db: sqlite3.Connection, label_set: StoredLabels) -> None:
    """Record a label set, unless the file cannot be written at once, as while another process holds the lock."""
    timeout = db.execute("PRAGMA busy_timeout").fetchone()[0]
    db.execute("PRAGMA busy_timeout = 0")
    try:
        with suppress(sqlite3.OperationalError):
            add(db, label_set)
    finally:
        db.execute(f"PRAGMA busy_timeout = {timeout}")


def read(db: sqlite3.Connection, context: bytes) -> list[StoredLabels]:
    """Return the label sets of a context, the latest first."""
    query = "SELECT job, context, labels FROM label_sets WHERE context = ? ORDER BY at DESC LIMIT ?"
    rows = db.execute(query, (context, MAX_LABEL_SETS))
    return [StoredLabels(*row) for row in rows if all(isinstance(value, bytes) for value in row)]


def to_value(label_set: StoredLabels) -> bytes:
    """Return a label set as bytes, with the time, for a Redis server."""
    return int(time.time() * 1e6).to_bytes(8, "big") + label_set.labels


def from_values(context: bytes, values: dict[Any, Any]) -> list[StoredLabels]:
    """Return label sets from their jobs and bytes, the latest first."""
    whole = [(value[:8], job, value[8:]) for job, value in values.items() if len(value) > 8]
    latest = sorted(whole, reverse=True)[:MAX_LABEL_SETS]
    return [StoredLabels(job, context, labels) for _, job, labels in latest]
