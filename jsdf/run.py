"""What a user holds: `Plan` before a run, `Progress` during it, `Run` and `Usage` after it."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.answers import (
    FAILED,
    MISSING,
    STATUSES,
    UNKNOWN,
    Answers,
    to_failures,
    to_labels,
    to_scores,
    to_status,
)
from jsdf.errors import JSDFError

if TYPE_CHECKING:
    import pandas as pd

    from jsdf.column import Column
    from jsdf.labels import LabelSet


@dataclass(frozen=True)
class Usage:
    """What a run cost.

    Attributes:
        requests: Requests sent, those that were refused or repeated with them.
        refused: Requests answered with 429, which cost a pause.
        rows_sent: Distinct samples that were answered by the engine.
        rows_cached: Rows answered from the store.
        input_tokens: As reported by the service, as are all tokens.
        output_tokens: See `input_tokens`.
        inference_time_tokens: See `input_tokens`.
        total_tokens: See `input_tokens`.
        maybe_billed_twice: Requests whose answer was lost or broken; sent again, they may be paid for twice.
        file_requests: Uploads and removals of images that have no public address; not among `requests`.
        seconds: From the first look-up to the last answer.
    """

    requests: int = 0
    refused: int = 0
    rows_sent: int = 0
    rows_cached: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    inference_time_tokens: int = 0
    total_tokens: int = 0
    maybe_billed_twice: int = 0
    file_requests: int = 0
    seconds: float = 0.0

    def add(self, **more: float) -> Usage:
        """The same with these added."""
        return replace(self, **{name: getattr(self, name) + value for name, value in more.items()})

    def __str__(self) -> str:
        """One line of what matters."""
        parts = [
            f"{_n(self.requests, 'request')}",
            f"{self.rows_sent:,} sent",
            f"{self.rows_cached:,} from the store",
        ]
        if self.total_tokens:
            parts.append(f"{self.total_tokens:,} tokens")
        if self.file_requests:
            parts.append(f"{self.file_requests:,} to the file store")
        if self.refused:
            parts.append(f"{self.refused:,} refused by the rate limit")
        if self.maybe_billed_twice:
            parts.append(f"{_n(self.maybe_billed_twice, 'request')} possibly billed twice")
        return ", ".join([*parts, f"{self.seconds:.1f} s"])

    def _repr_html_(self) -> str:
        return _table([(f.name.replace("_", " "), f"{getattr(self, f.name):,}") for f in fields(self)])


@dataclass(frozen=True)
class Progress:
    """Where a run stands; a `progress=` callable gets the latest one as requests land.

    Attributes:
        engine: Who answers.
        rows: Rows of the column.
        done: Rows that are settled: answered, missing, unknown or failed.
        failed: Rows that failed or were answered outside the labels.
        usage: What was spent so far.
        note: What is happening besides, such as a pause.
        finished: True in the last one.
    """

    engine: str
    rows: int
    done: int
    failed: int
    usage: Usage
    note: str = ""
    finished: bool = False


@dataclass(frozen=True)
class Plan:
    """What a run would do; nothing was sent.

    Attributes:
        engine: Who would answer.
        rows: Rows of the column.
        missing: Rows with nothing to classify.
        distinct: Distinct values.
        cached: Distinct values whose answer is in the store.
        refused: Distinct values that were refused alone lately and would not be sent.
        to_send: Distinct values that would be sent.
        requests: Requests that takes, if all goes well; with more labels than the engine takes, at most.
        seconds: How long at the rate limit; None for an engine without one.
        tokens: An estimate from what the store has seen; None before it has seen anything.
    """

    engine: str
    rows: int
    missing: int
    distinct: int
    cached: int
    refused: int
    to_send: int
    requests: int
    seconds: float | None
    tokens: int | None

    def __repr__(self) -> str:
        """One sentence."""
        parts = [f"{self.rows:,} rows"]
        parts += [f"{self.missing:,} missing"] if self.missing else []
        parts += [f"{self.distinct:,} distinct", f"{self.cached:,} already answered"]
        parts += [f"{self.refused:,} refused before"] if self.refused else []
        parts += [f"{self.to_send:,} to send in {_n(self.requests, 'request')} ({self.engine})"]
        parts += [f"at least {self.seconds:,.1f} s"] if self.seconds else []
        parts += [f"about {self.tokens:,} tokens"] if self.tokens else []
        return f"Plan: {', '.join(parts)}"

    def _repr_html_(self) -> str:
        shown = {f.name.replace("_", " "): getattr(self, f.name) for f in fields(self)}
        return _table(
            [(k, f"{v:,}" if isinstance(v, (int, float)) else str(v)) for k, v in shown.items() if v is not None]
        )


@dataclass(eq=False)
class Run:
    """Everything that a call got, row by row.

    Attributes:
        labels: What `classify` returns: a categorical Series, or a multi-hot frame.
        status: A categorical Series: `answered`, `missing`, `unknown`, `failed` or `pending`.
        failures: A frame of the failed and unknown rows: `row` (index label), `value`, `reason`.
        scores: A float32 frame, one column a label; None where the engine has none.
        usage: What it cost.
        engine: Who answered.
        stopped: Why it ended early, None where it did not.
    """

    column: Column = field(repr=False)
    label_set: LabelSet = field(repr=False)
    answers: Answers = field(repr=False)
    usage: Usage
    engine: str
    stopped: str | None = None
    again: Callable[[Run], Run] | None = field(default=None, repr=False)

    @cached_property
    def labels(self) -> pd.Series[Any] | pd.DataFrame:
        """See the class."""
        return to_labels(self.column, self.label_set, self.answers)

    @cached_property
    def status(self) -> pd.Series[Any]:
        """See the class."""
        return to_status(self.column, self.answers)

    @cached_property
    def failures(self) -> pd.DataFrame:
        """See the class."""
        return to_failures(self.column, self.answers)

    @cached_property
    def scores(self) -> pd.DataFrame | None:
        """See the class."""
        return to_scores(self.column, self.label_set, self.answers)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Rows by status."""
        codes = self.column.spread(self.answers.status, MISSING)
        return dict(zip(STATUSES, np.bincount(codes, minlength=len(STATUSES)).tolist(), strict=True))

    def retry(self) -> Run:
        """Ask again for the `failed`, `unknown` and `pending` rows alone.

        Returns:
            A new `Run` of all rows; its usage is what this retry cost.
        """
        if self.again is None:
            raise JSDFError("this run came out of a pickle, without its engine: call run() again")
        return self.again(self)

    def __getstate__(self) -> dict[str, Any]:
        """A pickle keeps the answers, and nothing of the engine that gave them."""
        return {**self.__dict__, "again": None}

    def __len__(self) -> int:
        return len(self.column.codes)

    def __repr__(self) -> str:
        """A short summary: states, cost and why it stopped."""
        states = ", ".join(f"{n:,} {name}" for name, n in self.counts.items() if n)
        lines = [f"Run ({self.engine}): {len(self):,} rows: {states or 'none'}", f"  {self.usage}"]
        lines += [f"  {_n(n, 'row')}: {reason}" for reason, n in self.why()]
        return "\n".join(lines + ([f"  stopped: {self.stopped}"] if self.stopped else []))

    def why(self, most: int = 5) -> list[tuple[str, int]]:
        """The most frequent reasons for rows without an answer, each with its rows."""
        weights = np.bincount(self.column.codes[self.column.codes >= 0], minlength=len(self.answers.status))
        counts: Counter[str] = Counter()
        for value in self.answers.where(FAILED, UNKNOWN):
            counts[self.answers.reasons.get(int(value), "no reason was given")] += int(weights[value])
        return counts.most_common(most)

    def _repr_html_(self) -> str:
        pairs = [(name, f"{n:,}") for name, n in self.counts.items() if n] + [("cost", str(self.usage))]
        pairs += [(reason, _n(n, "row")) for reason, n in self.why()]
        pairs += [("stopped", self.stopped)] if self.stopped else []
        return _table([("engine", self.engine), *pairs])


def _n(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _table(pairs: list[tuple[str, str]]) -> str:
    rows = "".join(f"<tr><th>{html.escape(k)}</th><td>{html.escape(v)}</td></tr>" for k, v in pairs)
    return f"<table>{rows}</table>"
