"""Counts of what the store holds."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from jsdf.store import request_cost


@dataclass(frozen=True)
class StoreInfo:
    """Contents of the store: rows of `answers` and `refusals`, and sums over the recorded requests."""

    answers: int = 0
    refusals: int = 0
    requests: int = 0
    samples: int = 0
    total_tokens: int = 0


def count(db: sqlite3.Connection) -> StoreInfo:
    """Count what a store holds."""
    query = "SELECT (SELECT count(*) FROM answers), (SELECT count(*) FROM refusals)"
    answers, refusals = db.execute(query).fetchone()
    requests, samples, total_tokens = request_cost.totals(db)
    return StoreInfo(answers, refusals, requests, samples, total_tokens)
