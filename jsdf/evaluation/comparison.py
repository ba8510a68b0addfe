"""Labels of the same rows by several engines, label sets or tasks, side by side: `Comparison`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.errors import InvalidInputError
from jsdf.evaluation.agreement import Agreement, agree, one_column, to_codes
from jsdf.formatting.html import bullet_list, card, paragraph, table_with_header
from jsdf.formatting.text import one_line, percent, pluralize
from jsdf.utils.call_site import short_traceback

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.display.review import Review
    from jsdf.results.run import Run

#: The column of `Comparison.differing` that holds the texts or images.
VALUE = "value"
_MAX_PAIRS, _MAX_NAME = 12, 40


@dataclass(eq=False)
class Comparison:
    """Labels of the same rows by several engines, label sets or tasks.

    Attributes:
        runs: The run of each, by its name.
        labels: A frame on the column's index: one categorical column per run, or for multi-label runs one boolean
            column for each run and label, with the names (run, label).
        rows: A frame, runs by runs: number of rows that both labelled. Only these are compared.
        agreement: A frame, runs by runs: share of the compared rows with the same label, or the same set of labels; NaN
            without such rows.
        kappa: A frame, runs by runs: Cohen's kappa, the agreement beyond chance: 1 at best, 0 for no better than two
            labellers who give the same labels as often to any rows; sets of labels count as one label each. NaN where
            both give one and the same label always.
        differing: The rows on which at least two runs differ, on the column's index: `value`, the text or image, then
            the label by each run; several labels as text, joined with commas.
        usage: A frame with one row per run: its engine, and what it spent.
    """

    runs: dict[str, Run]
    _series: pd.Series[Any] = field(repr=False)

    @cached_property
    def labels(self) -> pd.DataFrame:
        """The labels of each run, a column per run, or per run and label."""
        results = {name: run.labels for name, run in self.runs.items()}
        columns = {name: labels for name, labels in results.items() if isinstance(labels, pd.Series)}
        return _side_by_side(columns, self._series.index) if columns else pd.concat(results, axis=1)

    @cached_property
    def _codes(self) -> list[npt.NDArray[np.intp]]:
        return to_codes([run.labels for run in self.runs.values()])

    @cached_property
    def _pairs(self) -> dict[tuple[str, str], Agreement]:
        codes = dict(zip(self.runs, self._codes, strict=True))
        return {(a, b): agree(codes[a], codes[b]) for a in self.runs for b in self.runs}

    @property
    def rows(self) -> pd.DataFrame:
        """Number of rows that both runs labelled, runs by runs."""
        return self._square({pair: found.rows for pair, found in self._pairs.items()})

    @property
    def agreement(self) -> pd.DataFrame:
        """Share of the compared rows with the same label, runs by runs."""
        return self._square({pair: found.share for pair, found in self._pairs.items()})

    @property
    def kappa(self) -> pd.DataFrame:
        """Cohen's kappa, runs by runs."""
        return self._square({pair: found.kappa for pair, found in self._pairs.items()})

    def _square(self, figures: Mapping[tuple[str, str], float]) -> pd.DataFrame:
        names = list(self.runs)
        return pd.DataFrame([[figures[a, b] for b in names] for a in names], index=names, columns=names)

    @cached_property
    def _differs(self) -> npt.NDArray[np.bool_]:
        differs = np.zeros(len(self._series), bool)
        for one, two in combinations(self._codes, 2):
            differs |= _differ(one, two)
        return differs

    @cached_property
    def differing(self) -> pd.DataFrame:
        """The rows on which at least two runs differ, with their values and the label by each run."""
        rows = np.flatnonzero(self._differs)
        columns = {name: one_column(run.labels.iloc[rows]) for name, run in self.runs.items()}
        values = self._series.iloc[rows]
        return _side_by_side({VALUE: values, **columns}, values.index)

    @cached_property
    def usage(self) -> pd.DataFrame:
        """What each run spent, a row per run."""
        spent = {name: {"engine": run.engine, **asdict(run.usage)} for name, run in self.runs.items()}
        return pd.DataFrame.from_dict(spent, orient="index")

    @short_traceback
    def review(self, label: str | None = None, against: str | None = None, **arguments: Any) -> Review:
        """Check the differing rows, one by one.

        Args:
            label: The run whose labels are checked. Default None: the first.
            against: The run that it is compared with. Default None: the next one.
            **arguments: As for `jsdf.review`, which also says what it returns.

        Returns:
            A `Review` of the rows on which these two runs differ.

        Raises:
            InvalidInputError: There is no such run, or the two differ nowhere.
        """
        from jsdf.display.gallery.row_table import build_row_table
        from jsdf.display.review import Review

        names = list(self.runs)
        label = self._known(names[0] if label is None else label)
        others = [name for name in names if name != label]
        against = self._known(others[0] if against is None else against)
        codes = dict(zip(names, self._codes, strict=True))
        rows = np.flatnonzero(_differ(codes[label], codes[against]))
        if not len(rows):
            raise InvalidInputError(f"{label!r} and {against!r} differ on no row: there is nothing to review")
        mine, theirs = (self.runs[name].labels.iloc[rows] for name in (label, against))
        kind = self.runs[label]._column.kind
        table_arguments = {name: arguments.pop(name) for name in ("labels", "scores") if name in arguments}
        table = build_row_table(self._series.iloc[rows], mine, against=theirs, kind=kind, **table_arguments)
        return Review(table, **arguments)

    def _known(self, name: str) -> str:
        if name not in self.runs:
            raise InvalidInputError(f"there is no run {name!r}; they are {', '.join(map(repr, self.runs))}")
        return name

    def _lines(self) -> list[tuple[str, ...]]:
        """Return the name, rows, agreement and kappa of each pair, those that agree least first."""
        pairs = [(a, b, self._pairs[a, b]) for a, b in combinations(self.runs, 2)]
        pairs.sort(key=lambda pair: np.inf if np.isnan(pair[2].share) else pair[2].share)
        return [
            (f"{_short(a)} and {_short(b)}", f"{found.rows:,}", _figure(found.share), _figure(found.kappa))
            for a, b, found in pairs
        ]

    def _spent(self) -> list[str]:
        return [f"{_short(name)} ({run.engine}): {_counts(run)}; {run.usage}" for name, run in self.runs.items()]

    def _differing_line(self) -> str:
        differing, rows = int(self._differs.sum()), len(self._series)
        hint = "; .differing lists them, .review() opens them" if differing else ""
        return f"{differing:,} of {pluralize(rows, 'row')} ({percent(differing, rows)}) differ{hint}"

    def __repr__(self) -> str:
        """Return the agreement of each pair, the number of differing rows, and what each run spent."""
        lines = [f"Comparison of {len(self.runs)} runs on {pluralize(len(self._series), 'row')}"]
        pairs = self._lines()
        lines += [f"  {name}: agreement {a}, kappa {k}, {rows} rows" for name, rows, a, k in pairs[:_MAX_PAIRS]]
        lines += [f"  and {len(pairs) - _MAX_PAIRS:,} more pairs in .agreement"] if len(pairs) > _MAX_PAIRS else []
        return "\n".join([*lines, f"  {self._differing_line()}", *(f"  {line}" for line in self._spent())])

    def _repr_html_(self) -> str:
        """Return the same as an HTML card."""
        rows = pluralize(len(self._series), "row")
        return card(
            [
                f"<p><b>Comparison</b> {len(self.runs)} runs on {rows}</p>",
                table_with_header(["", "rows", "agreement", "kappa"], self._lines()[:_MAX_PAIRS]),
                paragraph(self._differing_line()),
                bullet_list(self._spent()),
            ]
        )


def _side_by_side(columns: Mapping[str, pd.Series[Any]], index: pd.Index[Any]) -> pd.DataFrame:
    frame = pd.DataFrame({i: column.array for i, column in enumerate(columns.values())}, index=index)
    frame.columns = pd.Index(list(columns))
    return frame


def _differ(one: npt.NDArray[np.intp], two: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Return in which rows two runs gave different labels; not where one of them gave none."""
    return (one != two) & (one >= 0) & (two >= 0)


def _short(name: str) -> str:
    return one_line(name, _MAX_NAME)


def _figure(value: float) -> str:
    return "unknown" if np.isnan(value) else f"{value:.3f}"


def _counts(run: Run) -> str:
    return ", ".join(f"{n:,} {status}" for status, n in run.counts.items() if n) or "no rows"
