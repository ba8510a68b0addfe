"""Records of the store as values of a Redis server, with a checksum; values that fail a check are left out."""

from __future__ import annotations

import json
from typing import Any

from jsdf.store import record, request_cost
from jsdf.store.record import StoredAnswer
from jsdf.store.request_cost import RequestCost, RequestShape

#: Names of the server's keys; the number is the version of their format.
PREFIX = "jsdf:1:"
ANSWERS, REFUSALS, TOTALS = (PREFIX + name for name in ("answers", "refusals", "totals"))
_KNOWN_FIGURES = 9
_MAX_REQUESTS = 1_000  # whose prices are kept, of each question and of each engine


def from_answer(answer: StoredAnswer) -> bytes:
    """Return a record as bytes: the length of the answer, the answer, and its scores with the checksum."""
    _, content, scores = record.to_row(answer)
    return len(content).to_bytes(2, "little") + content + scores


def to_answer(key: bytes, value: bytes) -> StoredAnswer | None:
    """Return the answer to a key, or None if the value is damaged."""
    end = 2 + int.from_bytes(value[:2], "little")
    row = (key, value[2:end], value[end:])
    return record.from_row(row, (key,)) if record.has_checksum(row) else None


def to_refusal(value: bytes) -> tuple[Any, Any]:
    """Return HTTP status and Unix time of a refusal, both None if the value is damaged."""
    try:
        status, at = json.loads(value)
    except (ValueError, TypeError):
        return None, None
    return status, at


def from_cost(cost: RequestCost) -> str:
    """Return the usage of a request as JSON, with the figures that all versions know."""
    return json.dumps([*cost._replace(job=cost.job.hex())][:_KNOWN_FIGURES])  # type: ignore[arg-type]


def to_cost(line: bytes) -> RequestCost | None:
    """Return the usage of a request, or None if the value is damaged."""
    try:
        engine, job, *figures = json.loads(line)
        cost = RequestCost(engine, bytes.fromhex(job), *figures)
    except (ValueError, TypeError):
        return None
    return cost if request_cost.is_sane(cost) else None


def prices_key(job: bytes | None, engine: str | None) -> str:
    """Return the name of the list with the latest requests of a question, or of an engine if `job` is None."""
    return f"{PREFIX}prices:job:{job.hex()}" if job is not None else f"{PREFIX}prices:engine:{engine}"


def shapes_key(kind: str, engine: str) -> str:
    """Return the name of the list with the latest requests to an engine with samples of this kind."""
    return f"{PREFIX}shapes:{kind}:{engine}"


def labels_key(context: bytes) -> str:
    """Return the name of the hash with the label sets of a context."""
    return f"{PREFIX}labels:{context.hex()}"


def to_shape(line: bytes) -> RequestShape | None:
    """Return what a request held and cost, or None if the value is damaged."""
    try:
        job, *figures = json.loads(line)
        shape = RequestShape(bytes.fromhex(job), *figures)
    except (ValueError, TypeError):
        return None
    return shape if request_cost.is_sane_shape(shape) else None


def add_cost(pipeline: Any, spent: RequestCost) -> None:
    """Record the usage of a request."""
    line = from_cost(spent)
    for name in (prices_key(spent.job, None), prices_key(None, spent.engine)):
        pipeline.rpush(name, line)
        pipeline.ltrim(name, -_MAX_REQUESTS, -1)
    shape = request_cost.to_shape(spent)
    if shape is not None:
        name = shapes_key(str(spent.kind), spent.engine)
        pipeline.rpush(name, json.dumps([shape.job.hex(), *shape[1:]]))
        pipeline.ltrim(name, -_MAX_REQUESTS, -1)
    for total, amount in (("requests", 1), ("samples", spent.samples), ("total_tokens", spent.total_tokens or 0)):
        pipeline.hincrby(TOTALS, total, amount)
