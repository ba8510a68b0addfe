"""Teach an engine: embed and score labelled values with it, and fit a head on what it found."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.column import conversion_code, encode, to_series
from jsdf.engines.base import Question, Reply
from jsdf.engines.local.learned.engine import LearnedLocal
from jsdf.engines.local.learned.head import fit_head, require_judge
from jsdf.engines.local.learned.targets import Targets, read_targets
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import pluralize, quote
from jsdf.labels import parse
from jsdf.utils.call_site import warn
from jsdf.utils.process.coroutine_thread import run_in_thread
from jsdf.utils.whole_numbers import to_whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from jsdf.column import Column
    from jsdf.engines.local.learned.base_engine import BaseEngine
    from jsdf.engines.local.session import LocalSession


def teach(base: BaseEngine, values: Any, labels: Any, descriptions: Any, kind: str, seed: Any) -> LearnedLocal:
    """Return an engine that was taught these labels of these values; the arguments are those of `Local.fit`."""
    number = to_whole_number(seed)
    if number is None or number < 0:
        raise InvalidInputError(f"seed={seed!r}: pass a whole number, 0 or more")
    require_judge()
    series = to_series(values, "values")
    has_index = isinstance(values, (pd.Series, dict))
    targets = read_targets(labels, series.index if has_index else None, len(series))
    column = encode(series, kind, conversion=conversion_code(values))
    is_usable = _usable_rows(column, targets)
    label_set = parse(targets.names if descriptions is None else descriptions)
    targets = targets.in_order_of(label_set)
    question = Question(label_set, column.kind, targets.multiple)
    codes = column.codes[is_usable]
    used, rows = np.unique(codes, return_inverse=True)
    reply = run_in_thread(_ask(base, question, [column.values[i] for i in used]), "jsdf-teach")
    _warn_of_failures({**reply.failures, **reply.unknown}, rows)
    assert reply.scores is not None  # noqa: S101 - for mypy: the local engine has scores
    vectors = None if reply.vectors is None else reply.vectors[rows]
    head = fit_head(vectors, reply.scores[rows], targets.values[is_usable], multiple=targets.multiple, seed=number)
    return LearnedLocal(base, head, label_set, column.kind)


def _usable_rows(column: Column, targets: Targets) -> npt.NDArray[np.bool_]:
    """Return the mask of the rows with a value and a label, and warn of the others.

    Raises:
        InvalidInputError: Fewer than two labels occur among them.
    """
    has_value = column.codes >= 0
    is_usable = has_value & targets.is_known
    left_out = len(is_usable) - int(is_usable.sum())
    if not is_usable.any():
        raise InvalidInputError(f"none of {pluralize(len(is_usable), 'row')} has both a value and a label")
    counts = targets.counts(is_usable)
    if not targets.multiple and (counts > 0).sum() < 2:
        only = targets.names[int(counts.argmax())]
        raise InvalidInputError(f"labels: every value has the label {quote(only)}; pass values of two labels or more")
    if left_out:
        without = int((~has_value).sum()), int((has_value & ~targets.is_known).sum())
        parts = [f"{n:,} without a {what}" for n, what in zip(without, ("value", "label"), strict=True) if n]
        warn(f"{left_out:,} of {pluralize(len(is_usable), 'row')} left out: {' and '.join(parts)}")
    return is_usable


async def _ask(base: BaseEngine, question: Question, values: Sequence[Any]) -> Reply:
    """Return one reply about all values, in requests of the engine's size."""
    starts = range(0, len(values), base.batch_size)
    limit = asyncio.Semaphore(base.concurrency)

    async def ask(session: LocalSession, start: int) -> Reply:
        async with limit:
            return await session.classify(question, values[start : start + base.batch_size])

    async with base.session() as session:
        replies = await asyncio.gather(*[ask(session, start) for start in starts])
    return _join(replies, starts, len(question.labels))


def _join(replies: Sequence[Reply], starts: Sequence[int], classes: int) -> Reply:
    """Join replies; one about unreadable images alone has neither scores nor vectors."""
    width = next((reply.vectors.shape[1] for reply in replies if reply.vectors is not None), None)
    scores = [_or_nan(reply.scores, len(reply.predictions), classes) for reply in replies]
    vectors = None
    if width is not None:
        vectors = np.concatenate([_or_nan(reply.vectors, len(reply.predictions), width) for reply in replies])
    failures = {start + i: why for r, start in zip(replies, starts, strict=True) for i, why in r.failures.items()}
    unknown = {start + i: why for r, start in zip(replies, starts, strict=True) for i, why in r.unknown.items()}
    predictions = [prediction for reply in replies for prediction in reply.predictions]
    return Reply(predictions, np.concatenate(scores), failures=failures, unknown=unknown, vectors=vectors)


def _or_nan(array: npt.NDArray[np.float32] | None, rows: int, width: int) -> npt.NDArray[np.float32]:
    return np.full((rows, width), np.nan, dtype=np.float32) if array is None else array


def _warn_of_failures(failures: Mapping[int, str], rows: npt.NDArray[np.intp]) -> None:
    if not failures:
        return
    count = int(np.isin(rows, list(failures)).sum())
    reason = failures[min(failures)]
    warn(f"{count:,} of {pluralize(len(rows), 'row')} left out: {reason}")
