"""Whether the label of a sample depends on its neighbours in the request: `BatchEffect`."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.engines.wrapping import WrappedEngine
from jsdf.evaluation.agreement import one_column, to_codes
from jsdf.evaluation.shares import wilson
from jsdf.formatting.html import card, paragraph
from jsdf.formatting.text import pluralize

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.column import Column
    from jsdf.engines.base import Engine
    from jsdf.results.answers import LabelResult
    from jsdf.results.usage import Usage

#: Confidence of the interval of `BatchEffect`.
CONFIDENCE = 0.95
#: The ways in which the same samples are asked, which are the names of the columns of `BatchEffect.rows`.
ARRANGEMENTS = ("alone", "together", "reordered")


class OneSampleEngine(WrappedEngine):
    """An engine that is asked one sample a request.

    Args:
        engine: The engine that answers.
    """

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.batch_size, self.first_batch_size = 1, None


def sample_positions(column: Column, n: int, seed: int) -> npt.NDArray[np.intp]:
    """Return the positions of `n` rows with different values, drawn at random, in the order of the column."""
    rows = np.flatnonzero(column.codes >= 0)
    drawn = np.random.default_rng(seed).permutation(rows)
    _, first = np.unique(column.codes[drawn], return_index=True)
    return np.sort(drawn[np.sort(first)[:n]])


@dataclass(eq=False)
class BatchEffect:
    """Labels of the same samples, asked alone, together and in another order.

    Attributes:
        changed: Share of the compared rows whose label is not the same in all three; NaN without such rows.
        low: Lower end of the 95 % interval of this share in the whole column (Wilson 1927).
        high: Upper end of it.
        compared: Number of rows that were answered all three times.
        rows: A frame with one row per sample, on the column's index: `value`; its label `alone`, `together` and
            `reordered`, several joined with commas; `changed`, null for rows that were not answered three times.
        usage: Requests, tokens and seconds of all three together.
    """

    _labels: dict[str, LabelResult] = field(repr=False)
    usage: Usage
    _series: pd.Series[Any] = field(repr=False)

    @cached_property
    def _changed(self) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
        """For each row whether it was answered three times, and whether its label changed."""
        codes = np.array(to_codes(list(self._labels.values())))
        is_compared: npt.NDArray[np.bool_] = codes.min(axis=0) >= 0
        is_same: npt.NDArray[np.bool_] = np.ptp(codes, axis=0) == 0
        return is_compared, ~is_same

    @property
    def compared(self) -> int:
        """Number of rows that were answered all three times."""
        return int(self._changed[0].sum())

    @property
    def changed(self) -> float:
        """Share of the compared rows whose label changed."""
        is_compared, changed = self._changed
        return float(changed[is_compared].mean()) if self.compared else np.nan

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval of the share in the whole column."""
        return self._interval[0]

    @property
    def high(self) -> float:
        """Upper end of the 95 % interval of the share in the whole column."""
        return self._interval[1]

    @property
    def _interval(self) -> tuple[float, float]:
        if not self.compared:
            return np.nan, np.nan
        _, low, high = wilson(np.array([self._changes]), self.compared, CONFIDENCE)
        return float(low[0]), float(high[0])

    @property
    def _changes(self) -> int:
        is_compared, is_changed = self._changed
        return int((is_compared & is_changed).sum())

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The samples with their label in each arrangement."""
        columns = {name: one_column(labels).array for name, labels in self._labels.items()}
        is_compared, is_changed = self._changed
        flags = pd.arrays.BooleanArray(is_changed & is_compared, ~is_compared)
        return pd.DataFrame({"value": self._series.array, **columns, "changed": flags}, index=self._series.index)

    def _finding(self) -> str:
        rows = pluralize(self.compared, "row")
        if not self.compared:
            return "no row was answered all three times: nothing can be said"
        share = f"{self.changed:.1%} of {rows} changed their label with their neighbours"
        return f"{share}; in the whole column {self.low:.1%} to {self.high:.1%} (95 % interval)"

    def _advice(self) -> list[str]:
        if not self._changes:
            return []
        return [".rows lists them; with batch_size=1 each row is asked alone, at the price of more requests"]

    def __repr__(self) -> str:
        """Return the share of changed labels with its interval, and what the probe spent."""
        lines = [f"BatchEffect: {self._finding()}", *(f"  {line}" for line in self._advice()), f"  {self.usage}"]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return the same as an HTML card."""
        parts = [paragraph(self._finding()), *map(paragraph, self._advice()), paragraph(self.usage, "muted")]
        return card(["<p><b>Batch effect</b></p>", *parts])
