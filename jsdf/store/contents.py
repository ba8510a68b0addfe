"""Counts of what the store holds."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from jsdf.store import request_cost


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


def count(db: sqlite3.Connection) -> tuple[int, ...]:
    """Return the numbers of answers, refusals, requests, samples and tokens."""
    rows = db.execute("SELECT (SELECT count(*) FROM answers), (SELECT count(*) FROM refusals)").fetchone()
    return (*rows, *request_cost.totals(db))
