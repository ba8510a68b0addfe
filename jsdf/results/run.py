"""Outcome of a run: `Run`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.errors import JSDFError
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
from jsdf.utils.failing_files import count_reasons

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.axes import Axes

    from jsdf.column import Column
    from jsdf.labels import LabelSet
    from jsdf.results.certificate import Certificate
    from jsdf.results.summary import RunSummary


@dataclass(eq=False)
class Run:
    """Labels, statuses, failures, scores and usage of one call, by row of its column.

    Attributes:
        labels: The result of `classify`: a categorical Series, or a multi-hot frame.
        status: A categorical Series: `answered`, `missing`, `unknown`, `failed` or `pending`.
        failures: A frame of the failed and unknown rows: `row` (index label), `value`, `reason`.
        scores: A float32 frame with one column per label; None if the engine gives none. Answers that are still valid
            after other labels were removed have scores that need not add up to 1.
        counts: Number of rows by status.
        label_counts: Number of rows by label.
        notes: Remarks of the engine, for example that texts were truncated, each with its number of rows; of rows that
            were asked about, not of those whose answer was in the store.
        usage: Requests, tokens and seconds spent.
        engine: Name of the engine.
        stopped: Reason for an early end; None for a complete run.
        task: The instruction that was passed; None if there was none.
        certificate: The promise of a `jsdf.Cascade`, and what it paid; None for other engines, and before it is known.
        fitted_cascade: The cascade with the classifier and the thresholds of this run, an engine for rows like these
            that pays for no sample, as on Dask and Spark; None for other engines.
    """

    _column: Column = field(repr=False)
    _label_set: LabelSet = field(repr=False)
    _answers: Answers = field(repr=False)
    usage: Usage
    engine: str
    stopped: str | None = None
    _retry: Callable[[Run], Run] | None = field(default=None, repr=False)
    task: str | None = field(default=None, repr=False)
    certificate: Certificate | None = None
    fitted_cascade: Any = field(default=None, repr=False)
    _sources: tuple[str, ...] = field(default=(), repr=False)

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

    @short_traceback
    def to_frame(self, prefix: str = "") -> pd.DataFrame:
        """Return everything about each row in one frame.

        Args:
            prefix: Text before the name of each label's column, of a multi-label run. Default "".

        Returns:
            A frame on the index of the column, with these columns: `label`, categorical, or one boolean column per
            label of a multi-label run; `status`, categorical; `score`, `Float32`, that of the row's label, the lowest
            of several, null without one; `source`, categorical: the name of the engine that answered, `store`, or
            `examples` for those of the call, null for rows without a label; `reason`, `string`, why a row has no label,
            or null.

        Raises:
            InvalidInputError: A label has the name of another column; pass a prefix.
        """
        from jsdf.results.frame import to_frame

        return to_frame(self._column, self.labels, self.status, self._answers, self._source_names, prefix)

    @cached_property
    def source(self) -> pd.Series[Any]:
        """Who answered each row: a categorical Series, names of engines, `learned` or `store`; null without a label."""
        from jsdf.results.frame import to_sources

        values = to_sources(self._column, self._answers, self._source_names)
        source: pd.Series[Any] = pd.Series(values, index=self._column.index, name="source")
        return source

    @property
    def _source_names(self) -> tuple[str, ...]:
        return self._sources or (self.engine,)

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
        return self._column.weights

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
        return {**state, "_retry": None, "fitted_cascade": None}

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
        values, reasons, weights = self._column.values, self._answers.reasons, self._weights
        items = self._answers.with_status(FAILED, UNKNOWN).tolist()
        failed = ((values[i], reasons.get(i, "no reason was given"), int(weights[i])) for i in items)
        return count_reasons(failed).most_common(n)

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
        promise = [] if self.certificate is None else self.certificate.lines
        return RunSummary(self.engine, len(self), *counts, self.usage, *remarks, self.stopped, promise)
