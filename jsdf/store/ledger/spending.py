"""Requests and tokens in the store, summed by time, engine and question."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from typing import Any, NamedTuple

from jsdf.store.request_cost import MAX_FIGURE, RequestCost

#: Seconds of one period; borders of days lie on borders of periods in every time zone.
PERIOD = 15 * 60


class Spending(NamedTuple):
    """Sums over the recorded requests of one period, engine and question.

    Attributes:
        start: Start of the period, Unix time in seconds.
        engine: Identity of the engine, after its name if it does not begin with that.
        job: Digest of the question.
        requests: Number of requests that were answered.
        samples: Number of samples in them.
        input_tokens: Input tokens, as far as the service reported them; so also the others.
        output_tokens: Output tokens.
        inference_time_tokens: Inference-time tokens.
        total_tokens: Total tokens.
        unreported: Number of requests whose tokens were not reported; 0 for those on a Redis server that earlier
            versions sent.
    """

    start: int
    engine: str
    job: bytes
    requests: int
    samples: int
    input_tokens: int
    output_tokens: int
    inference_time_tokens: int
    total_tokens: int
    unreported: int = 0


#: Columns of the ledger that are summed.
FIGURES = ("samples", "input_tokens", "output_tokens", "inference_time_tokens", "total_tokens")


def read(db: sqlite3.Connection) -> list[Spending]:
    """Return the sums of the ledger in an SQLite file, in order of time; figures of damaged records count as 0."""
    sums = ", ".join(
        f"ifnull(sum(CASE WHEN typeof({name}) = 'integer' AND {name} BETWEEN 0 AND {MAX_FIGURE} THEN {name} END), 0)"
        for name in FIGURES
    )
    rows = db.execute(
        f"SELECT CAST(at / {PERIOD} AS INTEGER) * {PERIOD} AS start, engine, job, count(*), {sums},"  # noqa: S608 - constants
        " sum(total_tokens IS NULL) FROM usage"
        " WHERE typeof(at) = 'real' AND at BETWEEN 0 AND 1e11 AND typeof(job) = 'blob' AND typeof(engine) = 'text'"
        " GROUP BY start, engine, job ORDER BY start, engine, job"
    )
    return [Spending(start, engine.decode("utf-8", "replace"), *rest) for start, engine, *rest in rows]


def to_fields(at: float, spent: RequestCost) -> dict[str, int]:
    """Return the amounts that a request adds to the sums on a Redis server, by the names of their fields."""
    start = int(at // PERIOD) * PERIOD
    figures = {
        "requests": 1,
        "unreported": int(spent.total_tokens is None),
        **{name: getattr(spent, name) or 0 for name in FIGURES},
    }
    return {json.dumps([start, spent.engine, spent.job.hex(), name]): n for name, n in figures.items() if n}


def from_fields(fields: Mapping[Any, Any]) -> list[Spending]:
    """Return the sums on a Redis server, in order of time; damaged fields are left out."""
    sums: dict[tuple[int, str, bytes], dict[str, int]] = {}
    for field, value in fields.items():
        try:
            start, engine, job, name = json.loads(field)
            sums.setdefault((int(start), str(engine), bytes.fromhex(job)), {})[name] = max(0, int(value))
        except (ValueError, TypeError):
            continue
    names = ("requests", *FIGURES, "unreported")
    return [Spending(*key, *(found.get(name, 0) for name in names)) for key, found in sorted(sums.items())]
