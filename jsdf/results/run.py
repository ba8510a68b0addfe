"""What a user holds: `Plan` before a run, `Run` after it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.errors import JSDFError
from jsdf.formatting.html import card, paragraph, table, table_with_header
from jsdf.formatting.text import describe_value, duration, escape_html, pluralize
from jsdf.results.answers import (
    ANSWERED,
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
from jsdf.results.summary import RunSummary, html_of_run, text_of_run
from jsdf.results.usage import Usage
from jsdf.utils.call_site import short_traceback

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    from matplotlib.axes import Axes

    from jsdf.column import Column
    from jsdf.labels import LabelSet

_MAX_FINDINGS = 5  # shown in the HTML of a plan


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
        findings: With `check=True`, a frame of the rows with either: `row` (index label), `value`, `code`
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
        parts = [pluralize(self.rows, "row")]
        parts += [f"{self.missing:,} missing"] if self.missing else []
        parts += [f"{self.distinct:,} distinct", f"{self.cached:,} already answered"]
        parts += [f"{self.refused:,} refused before"] if self.refused else []
        parts += [f"{self.unusable:,} unusable (see .findings)"] if self.unusable else []
        parts += [f"{self.duplicates:,} there twice (see .findings)"] if self.duplicates else []
        parts += [f"{self.to_send:,} to send in {pluralize(self.requests, 'request')} ({self.engine})"]
        parts += [f"{self.file_requests:,} to the file store"] if self.file_requests else []
        parts += [f"at least {self.seconds:,.1f} s"] if self.seconds else []
        parts += [f"about {pluralize(self.tokens, 'token')}"] if self.tokens else []
        return f"Plan: {', '.join(parts)}"

    def _repr_html_(self) -> str:
        """The figures as a table, and the first findings of an image check."""
        figures = {
            f.name.replace("_", " "): getattr(self, f.name) for f in fields(self) if f.repr and f.name != "engine"
        }
        figures["seconds"] = None if self.seconds is None else f"at least {duration(self.seconds)}"
        figures["tokens"] = None if self.tokens is None else f"about {self.tokens:,}"
        shown = [(k, f"{v:,}" if isinstance(v, int) else str(v)) for k, v in figures.items() if v is not None]
        head = f"<p><b>Plan ({escape_html(self.engine)})</b> nothing was sent</p>"
        return card([head, table(shown), *self._findings_html()])

    def _findings_html(self) -> Iterator[str]:
        if self.findings is not None and len(self.findings):
            first = self.findings.head(_MAX_FINDINGS)
            rows = zip(first["row"], map(describe_value, first["value"]), first["code"], first["reason"], strict=True)
            yield table_with_header(["row", "value", "code", "reason"], rows)
            more = len(self.findings) - len(first)
            yield paragraph(f"{f'and {more:,} more ' if more else ''}in plan.findings", "muted")


@dataclass(eq=False)
class Run:
    """Everything that a call got, row by row.

    Attributes:
        labels: What `classify` returns: a categorical Series, or a multi-hot frame.
        status: A categorical Series: `answered`, `missing`, `unknown`, `failed` or `pending`.
        failures: A frame of the failed and unknown rows: `row` (index label), `value`, `reason`.
        scores: A float32 frame, one column a label; None where the engine has none.
        counts: Rows by status.
        label_counts: Rows by label.
        usage: What it cost.
        engine: Who answered.
        stopped: Why it ended early, None where it did not.
        task: The instruction that was given, None for none.
    """

    _column: Column = field(repr=False)
    _label_set: LabelSet = field(repr=False)
    _answers: Answers = field(repr=False)
    usage: Usage
    engine: str
    stopped: str | None = None
    _retry: Callable[[Run], Run] | None = field(default=None, repr=False)
    task: str | None = field(default=None, repr=False)

    @cached_property
    def labels(self) -> pd.Series[Any] | pd.DataFrame:
        """See the class."""
        return to_labels(self._column, self._label_set, self._answers)

    @cached_property
    def status(self) -> pd.Series[Any]:
        """See the class."""
        return to_status(self._column, self._answers)

    @cached_property
    def failures(self) -> pd.DataFrame:
        """See the class."""
        return to_failures(self._column, self._answers)

    @cached_property
    def scores(self) -> pd.DataFrame | None:
        """See the class."""
        return to_scores(self._column, self._label_set, self._answers)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Rows by status."""
        found = np.bincount(self._answers.status, weights=self._weights, minlength=len(STATUSES)).astype(int)
        found[MISSING] += self._column.missing
        return dict(zip(STATUSES, found.tolist(), strict=True))

    @cached_property
    def label_counts(self) -> dict[str, int]:
        """Rows by label, in the order of the labels; a row with several labels counts for each."""
        items = self._answers.with_status(ANSWERED)
        chosen, rows = self._answers.chosen, self._weights[items]
        if chosen.ndim == 1:
            found = np.bincount(chosen[items], weights=rows, minlength=len(self._label_set)).astype(int)
        else:
            found = np.array([rows[chosen[items, i]].sum() for i in range(len(self._label_set))])
        return dict(zip(self._label_set.names, found.tolist(), strict=True))

    @cached_property
    def _weights(self) -> npt.NDArray[np.intp]:
        """How many rows hold each distinct value."""
        return np.bincount(self._column.codes[self._column.codes >= 0], minlength=len(self._answers.status))

    @short_traceback
    def retry(self) -> Run:
        """Ask again for the `failed`, `unknown` and `pending` rows alone.

        Returns:
            A new `Run` of all rows; its usage is what this retry cost.
        """
        if self._retry is None:
            raise JSDFError("this run came out of a pickle, without its engine: call run() again")
        return self._retry(self)

    def __getstate__(self) -> dict[str, Any]:
        """A pickle keeps the answers, and nothing of the engine that gave them."""
        kept = {name: value for name, value in self.__dict__.items() if name != "_weights"}
        return {**kept, "_retry": None}

    def __len__(self) -> int:
        return len(self._column.codes)

    def __repr__(self) -> str:
        """A short summary: states, labels, cost, why it stopped and what to do next."""
        return text_of_run(self._summary())

    def _repr_html_(self) -> str:
        return html_of_run(self._summary())

    def top_reasons(self, n: int = 5) -> list[tuple[str, int]]:
        """The most frequent reasons for rows without an answer, each with its rows."""
        return self._reasons.most_common(n)

    @cached_property
    def _reasons(self) -> Counter[str]:
        items = self._answers.with_status(FAILED, UNKNOWN)
        counts: Counter[str] = Counter()
        for value, rows in zip(items.tolist(), self._weights[items].tolist(), strict=True):
            counts[self._answers.reasons.get(value, "no reason was given")] += rows
        return counts

    @short_traceback
    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how many rows got each label, and how many have none.

        Args:
            ax: Where to draw; None for a figure of its own, which a notebook shows.

        Returns:
            The matplotlib Axes: a bar a label, the 30 most frequent where there are more, and below them,
            in other colours, a bar for every state of rows without a label.

        Raises:
            MissingExtraError: matplotlib is not installed.
        """
        from jsdf.results.chart import plot_run

        return plot_run(self._summary(), ax)

    def _summary(self) -> RunSummary:
        return RunSummary(
            self.engine,
            len(self),
            self.counts,
            self.label_counts,
            self.usage,
            reasons=self.top_reasons(),
            stopped=self.stopped,
        )
