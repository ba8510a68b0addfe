"""Result objects: `Plan`, the estimate before a run, and `Run`, its outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.errors import JSDFError
from jsdf.formatting.text import duration, pluralize
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
from jsdf.results.usage import Usage
from jsdf.utils.call_site import short_traceback

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    from matplotlib.axes import Axes

    from jsdf.column import Column
    from jsdf.labels import LabelSet
    from jsdf.results.summary import RunSummary


@dataclass(frozen=True)
class Plan:
    """Estimate of the requests, time and tokens of a run; nothing was sent.

    Attributes:
        engine: Name of the engine.
        rows: Rows of the column.
        missing: Rows with nothing to classify (null or blank).
        distinct: Distinct values.
        cached: Distinct values with an answer in the store.
        refused: Distinct values that the service refused individually in a recent run, and that would not be sent.
        to_send: Distinct values that would be sent.
        requests: Requests if none fails; an upper bound if there are more labels than the engine takes at once.
        seconds: Minimum duration at the engine's rate limit; None for an engine without one.
        tokens: Estimate from earlier requests in the store; None if there were none.
        file_requests: Additional uploads and removals of images without a public URL.
        unusable: With `check=True`, number of distinct images that would fail, not counted in `to_send`; else None.
        duplicates: With `check=True`, distinct images with the same content as an earlier one; else None.
        findings: With `check=True`, a frame of rows with unusable or duplicate images: `row` (index label), `value`,
            `code` (`"dead"`, `"page"`, `"oversize"`, `"unsupported"`, `"damaged"`, `"duplicate"`), `reason`; else None.
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
        """Return the numbers as one line."""
        parts = [pluralize(self.rows, "row")]
        parts += [f"{self.missing:,} missing"] if self.missing else []
        parts += [f"{self.distinct:,} distinct", f"{self.cached:,} already answered"]
        parts += [f"{self.refused:,} refused before"] if self.refused else []
        parts += [f"{self.unusable:,} unusable (see .findings)"] if self.unusable else []
        parts += [f"{pluralize(self.duplicates, 'duplicate')} (see .findings)"] if self.duplicates else []
        parts += [f"{self.to_send:,} to send in {pluralize(self.requests, 'request')} ({self.engine})"]
        parts += [f"{self.file_requests:,} to the file store"] if self.file_requests else []
        parts += [f"at least {self.seconds:,.1f} s"] if self.seconds else []
        parts += [f"about {pluralize(self.tokens, 'token')}"] if self.tokens else []
        return f"Plan: {', '.join(parts)}"

    def _repr_html_(self) -> str:
        """Return the numbers as an HTML table, with the first findings of an image check."""
        from jsdf.results.summary import html_of_plan

        hidden = ("engine", "findings")
        numbers = {f.name.replace("_", " "): getattr(self, f.name) for f in fields(self) if f.name not in hidden}
        numbers["seconds"] = None if self.seconds is None else f"at least {duration(self.seconds)}"
        numbers["tokens"] = None if self.tokens is None else f"about {self.tokens:,}"
        rows = [(k, f"{v:,}" if isinstance(v, int) else str(v)) for k, v in numbers.items() if v is not None]
        return html_of_plan(self.engine, rows, self.findings)


@dataclass(eq=False)
class Run:
    """Labels, statuses, failures, scores and usage of one call, by row of its column.

    Attributes:
        labels: The result of `classify`: a categorical Series, or a multi-hot frame.
        status: A categorical Series: `answered`, `missing`, `unknown`, `failed` or `pending`.
        failures: A frame of the failed and unknown rows: `row` (index label), `value`, `reason`.
        scores: A float32 frame with one column per label; None if the engine gives none.
        counts: Number of rows by status.
        label_counts: Number of rows by label.
        notes: Remarks of the engine, for example that texts were truncated, each with its number of rows; of rows that
            were asked about, not of those whose answer was in the store.
        usage: Requests, tokens and seconds spent.
        engine: Name of the engine.
        stopped: Reason for an early end; None for a complete run.
        task: The instruction that was passed; None if there was none.
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
        """Labels of the rows: a categorical Series, or a multi-hot frame for a multi-label call."""
        return to_labels(self._column, self._label_set, self._answers)

    @cached_property
    def status(self) -> pd.Series[Any]:
        """Status of each row, as a categorical Series."""
        return to_status(self._column, self._answers)

    @cached_property
    def failures(self) -> pd.DataFrame:
        """Frame of the failed and unknown rows: `row` (index label), `value`, `reason`."""
        return to_failures(self._column, self._answers)

    @cached_property
    def scores(self) -> pd.DataFrame | None:
        """Scores of the rows, a float32 frame with one column per label; None if the engine gives none."""
        return to_scores(self._column, self._label_set, self._answers)

    @cached_property
    def counts(self) -> dict[str, int]:
        """Number of rows by status."""
        counts = np.bincount(self._answers.status, weights=self._weights, minlength=len(STATUSES)).astype(int)
        counts[MISSING] += self._column.missing
        return dict(zip(STATUSES, counts.tolist(), strict=True))

    @cached_property
    def label_counts(self) -> dict[str, int]:
        """Number of rows by label, in the order of the labels; a row with several labels counts for each."""
        items = self._answers.with_status(ANSWERED)
        chosen, rows = self._answers.chosen, self._weights[items]
        if chosen.ndim == 1:
            counts = np.bincount(chosen[items], weights=rows, minlength=len(self._label_set)).astype(int)
        else:
            counts = np.array([rows[chosen[items, i]].sum() for i in range(len(self._label_set))])
        return dict(zip(self._label_set.names, counts.tolist(), strict=True))

    @cached_property
    def notes(self) -> dict[str, int]:
        """The engine's remarks on how rows were read, each with its number of rows."""
        return dict(self._count_rows(self._answers.notes).most_common())

    @cached_property
    def _weights(self) -> npt.NDArray[np.intp]:
        """Number of rows that hold each distinct value."""
        return np.bincount(self._column.codes[self._column.codes >= 0], minlength=len(self._answers.status))

    @short_traceback
    def retry(self) -> Run:
        """Ask again for the `failed`, `unknown` and `pending` rows only.

        Returns:
            A new `Run` of all rows; its usage is that of the retry alone.

        Raises:
            JSDFError: The run was unpickled and has no engine; else as for `jsdf.run`.
        """
        if self._retry is None:
            raise JSDFError("a run loaded from a pickle has no engine: call run() again")
        return self._retry(self)

    def __getstate__(self) -> dict[str, Any]:
        """Return the state to pickle: the answers, without the engine."""
        state = {name: value for name, value in self.__dict__.items() if name != "_weights"}
        return {**state, "_retry": None}

    def __len__(self) -> int:
        return len(self._column.codes)

    def __repr__(self) -> str:
        """Return a summary: rows by status, labels, cost, the reason for an early end, and next steps."""
        from jsdf.results.summary import text_of_run

        return text_of_run(self._summary())

    def _repr_html_(self) -> str:
        from jsdf.results.summary import html_of_run

        return html_of_run(self._summary())

    def top_reasons(self, n: int = 5) -> list[tuple[str, int]]:
        """Return the `n` most frequent reasons for failed or unknown rows, each with its number of rows."""
        items = self._answers.with_status(FAILED, UNKNOWN).tolist()
        reasons = {value: self._answers.reasons.get(value, "no reason was given") for value in items}
        return self._count_rows(reasons).most_common(n)

    def _count_rows(self, texts: Mapping[int, str]) -> Counter[str]:
        """Return the number of rows of each text, given by position of a distinct value."""
        counts: Counter[str] = Counter()
        for value, text in texts.items():
            counts[text] += int(self._weights[value])
        return counts

    @short_traceback
    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw a bar chart of the number of rows by label, and of rows without a label by status.

        Args:
            ax: Axes to draw on; None for a new figure, which a notebook shows.

        Returns:
            The matplotlib Axes: a bar per label (the 30 most frequent if there are more) and below them, in
            other colours, a bar for every status of rows without a label.

        Raises:
            MissingExtraError: matplotlib is not installed.
        """
        from jsdf.results.chart import plot_run

        return plot_run(self._summary(), ax)

    def _summary(self) -> RunSummary:
        from jsdf.results.summary import RunSummary

        counts = self.counts, self.label_counts
        remarks = self.top_reasons(), list(self.notes.items())
        return RunSummary(self.engine, len(self), *counts, self.usage, *remarks, self.stopped)
