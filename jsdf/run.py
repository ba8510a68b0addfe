"""What a user holds: `Plan` before a run, `Run` after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields
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
from jsdf.usage import Usage, counted, table

if TYPE_CHECKING:
    import pandas as pd

    from jsdf.column import Column
    from jsdf.labels import LabelSet


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
        file_requests: Uploads and removals besides, for images without a public address.
        unusable: With `check=True`, distinct images of `to_send` that would fail, and are not in it; else None.
        duplicates: With `check=True`, distinct images whose picture is an earlier one's; else None.
        findings: With `check=True`, a frame of the rows with either: `row` (index label), `value`, `trouble`
            (`"dead"`, `"page"`, `"oversize"`, `"unsupported"`, `"damaged"`, `"duplicate"`), `reason`.
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
    file_requests: int = 0
    unusable: int | None = None
    duplicates: int | None = None
    findings: pd.DataFrame | None = field(default=None, repr=False, compare=False)

    def __repr__(self) -> str:
        """One sentence."""
        parts = [f"{self.rows:,} rows"]
        parts += [f"{self.missing:,} missing"] if self.missing else []
        parts += [f"{self.distinct:,} distinct", f"{self.cached:,} already answered"]
        parts += [f"{self.refused:,} refused before"] if self.refused else []
        parts += [f"{self.unusable:,} unusable (see .findings)"] if self.unusable else []
        parts += [f"{self.duplicates:,} there twice (see .findings)"] if self.duplicates else []
        parts += [f"{self.to_send:,} to send in {counted(self.requests, 'request')} ({self.engine})"]
        parts += [f"{self.file_requests:,} to the file store"] if self.file_requests else []
        parts += [f"at least {self.seconds:,.1f} s"] if self.seconds else []
        parts += [f"about {self.tokens:,} tokens"] if self.tokens else []
        return f"Plan: {', '.join(parts)}"

    def _repr_html_(self) -> str:
        shown = {f.name.replace("_", " "): getattr(self, f.name) for f in fields(self) if f.repr}
        return table(
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
        lines += [f"  {counted(n, 'row')}: {reason}" for reason, n in self.why()]
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
        pairs += [(reason, counted(n, "row")) for reason, n in self.why()]
        pairs += [("stopped", self.stopped)] if self.stopped else []
        return table([("engine", self.engine), *pairs])
