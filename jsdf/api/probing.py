"""Run the three arrangements of `probe`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.api.runs_in_turn import run_in_turn
from jsdf.api.validation import check_call
from jsdf.column import encode, to_series
from jsdf.engines.cascade import Cascade
from jsdf.errors import InvalidInputError
from jsdf.evaluation.batch_effect import ARRANGEMENTS, BatchEffect, OneSampleEngine, sample_positions
from jsdf.formatting.text import pluralize
from jsdf.results.usage import Usage
from jsdf.utils.whole_numbers import to_whole_number

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd

    from jsdf.api.arguments import Arguments
    from jsdf.engines.base import Engine
    from jsdf.runner import Job


def run_probe(series: Any, labels: Any, n: int, seed: int, arguments: Arguments) -> BatchEffect:
    """Label a sample of the rows alone, together and in another order; see `jsdf.probe`."""
    n, seed = _check_number("n", n, 1), _check_number("seed", seed, 0)
    arguments["cache"] = False
    call = check_call(series, labels, **arguments)
    _refuse_cascade(call.job.engine)
    series = to_series(series)
    rows = sample_positions(call.job.column, n, seed)
    _check_sample(call.job, len(rows))
    other = np.random.default_rng((seed, 1)).permutation(len(rows))
    jobs = _jobs(call.job, series.iloc[rows], other)
    needed = sum(job.request_count(len(rows)) for job in jobs.values())
    limit = call.job.max_requests
    if limit is not None and limit < needed:
        raise InvalidInputError(
            f"max_requests={limit:,}: {pluralize(len(rows), 'row')} alone and twice together take {needed:,} requests; "
            f"pass max_requests={needed}, or a smaller n"
        )
    calls = {name: replace(call, job=job) for name, job in jobs.items()}
    runs = run_in_turn("probe", calls, call.job.new_budget())
    results = {name: run.labels for name, run in runs.items()}
    usage = sum((run.usage for run in runs.values()), Usage())
    results["reordered"] = results["reordered"].iloc[np.argsort(other)]
    return BatchEffect(results, usage, series.iloc[rows])


def _jobs(job: Job, sample: pd.Series[Any], other: npt.NDArray[np.intp]) -> dict[str, Job]:
    """Return the job of each arrangement."""
    together = replace(job, column=encode(sample, job.column.kind))
    reordered = replace(job, column=encode(sample.iloc[other], job.column.kind))
    alone = replace(together, engine=OneSampleEngine(job.engine))
    return dict(zip(ARRANGEMENTS, (alone, together, reordered), strict=True))


def _refuse_cascade(engine: Engine) -> None:
    if isinstance(engine, Cascade):
        raise InvalidInputError(
            "a cascade labels a whole column, and cannot answer single requests: probe one of its engines, the paid "
            f"{engine.strong.name!r} or the cheap {engine.cheap.name!r}, as engine="
        )


def _check_sample(job: Job, rows: int) -> None:
    if not rows:
        raise InvalidInputError("the column has no row with a value: there is nothing to ask about")
    if job.engine.batch_size < 2:
        raise InvalidInputError(f"engine={job.engine.name!r} takes one sample a request, which has no neighbours")


def _check_number(name: str, value: Any, least: int) -> int:
    number = to_whole_number(value)
    if number is None or number < least:
        raise InvalidInputError(f"{name}={value!r}: pass a whole number, {least} or more")
    return number
