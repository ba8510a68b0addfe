"""Another column of the frame: its values as numbers or codes, which filters and summaries use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.formatting.text import sanitize

#: Characters of a value in a summary, and of one in the view of a single row.
MAX_VALUE_CHARS, MAX_FIELD_CHARS = 200, 2_000
#: The largest finite number, which stands for infinity.
LARGEST = float(np.finfo(np.float64).max)
#: Values that a summary lists.
_MAX_LISTED = 12


def value_text(value: Any) -> str:
    """Return a value as text, as `Field.values` holds it."""
    return sanitize(str(value), MAX_VALUE_CHARS)


def field_name(name: Any) -> str:
    """Return the name of a column as text; the levels of a MultiIndex are joined by commas."""
    return value_text(", ".join(map(str, name)) if isinstance(name, tuple) else name)


@dataclass(frozen=True)
class FieldFilter:
    """Filter of one column; exactly one of the two is set.

    Attributes:
        values: Values to keep as texts, None for missing ones.
        range: Lowest and highest number to keep, both included; dates in milliseconds since 1970 (UTC).
    """

    values: tuple[str | None, ...] | None = None
    range: tuple[float, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the filter as JSON values."""
        return {"range": list(self.range)} if self.range is not None else {"values": list(self.values or ())}


@dataclass(eq=False)
class Field:
    """Another column of the frame, read once.

    Attributes:
        name: Name of the column as text.
        kind: `"number"`, `"date"`, `"bool"`, `"category"`, or `"text"` for texts with more than 50 distinct values.
        series: The column.
        codes: intp of shape (rows,): positions in `values`, or bins between `edges`; -1 for missing values, and 0 for
            all others of `"text"`.
        values: Distinct values as texts, the most frequent first; empty for numbers, dates and `"text"`.
        distinct: Number of distinct values; 0 for numbers and dates.
        numbers: float64 of shape (rows,), nan where missing, the largest one for infinity; dates in milliseconds since
            1970 (UTC). None for others.
        edges: float64, one more than there are bins; empty without numbers, two equal ones for one distinct number.
        bounds: Smallest and largest finite number; None without one.
        show_number: Writes one of `numbers` for people.
    """

    name: str
    kind: str
    series: pd.Series[Any]
    codes: npt.NDArray[np.intp]
    values: list[str]
    distinct: int = 0
    numbers: npt.NDArray[np.float64] | None = None
    edges: npt.NDArray[np.float64] | None = None
    bounds: tuple[float, float] | None = None
    show_number: Callable[[float], str] = str

    def text(self, row: int) -> str:
        """Return a row's value as text, up to 2,000 characters; empty if it is missing."""
        return "" if self.codes[row] < 0 else sanitize(str(self.series.iloc[row]), MAX_FIELD_CHARS)

    def to_text(self, value: Any) -> str:
        """Return a value as filters of this column name it."""
        return str(value) if self.kind == "text" else value_text(value)

    def has_value(self, text: str | None) -> bool:
        """Return True if a row has this value, or None: a missing one may be asked for in any column."""
        if text is None or self.kind != "text":
            return text is None or text in self.values
        return bool((self.series.map(str, na_action="ignore") == text).any())

    def mask(self, wanted: FieldFilter) -> npt.NDArray[np.bool_]:
        """Return a mask, bool of shape (rows,), of the rows that match a filter of this column."""
        if wanted.range is not None and self.numbers is not None:
            low, high = wanted.range
            return np.asarray((self.numbers >= low) & (self.numbers <= high))
        if self.kind == "text":
            has_text = self.series.map(str, na_action="ignore").isin([v for v in wanted.values or () if v is not None])
            return has_text.to_numpy(dtype=bool) | ((self.codes < 0) & (None in (wanted.values or ())))
        positions = {value: i for i, value in enumerate(self.values)}
        codes = [-1 if value is None else positions[value] for value in wanted.values or ()]
        is_wanted = np.zeros(len(self.values) + 1, bool)
        is_wanted[codes] = True  # the last one, at -1, is for missing values
        return is_wanted[self.codes]

    def counts(self, mask: npt.NDArray[np.bool_] | None) -> list[int]:
        """Return the rows of each bin, or of each of `values`, among the rows in `mask`; None for all rows."""
        codes = self.codes if mask is None else self.codes[mask]
        n = len(self.values) if self.edges is None else max(len(self.edges) - 1, 0)
        # Shifted by 1, so that the missing values are counted first, and left out.
        counts: list[int] = np.bincount(codes + 1, minlength=n + 1)[1:].tolist()
        return counts

    def summary(self, all_rows: npt.NDArray[np.bool_] | None, shown: npt.NDArray[np.bool_] | None) -> dict[str, Any]:
        """Return counts of the values, as JSON values; `others` is the number of values that are not listed.

        Args:
            all_rows: Mask of the rows to count; None for all.
            shown: Mask of those that match all other filters; None for all.
        """
        codes = self.codes if all_rows is None else self.codes[all_rows]
        head: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "missing": int(np.count_nonzero(codes < 0)),
        }
        if self.kind == "text":
            return head | {"distinct": self.distinct}
        counts, shown_counts = self.counts(all_rows), self.counts(shown)
        if self.edges is None:
            return head | {
                "values": self.values[:_MAX_LISTED],
                "counts": counts[:_MAX_LISTED],
                "shown": shown_counts[:_MAX_LISTED],
                "others": len(counts[_MAX_LISTED:]),
            }
        low, high = ("", "") if self.bounds is None else map(self.show_number, self.bounds)
        return head | {"edges": self.edges.tolist(), "counts": counts, "shown": shown_counts, "low": low, "high": high}
