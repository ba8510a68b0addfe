"""State of a review: a gallery in which a person corrects labels; every step is saved and can be undone."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jsdf.display.gallery.locking import synchronized
from jsdf.display.gallery.messages import is_index
from jsdf.display.gallery.rows import positions
from jsdf.display.review import tables
from jsdf.display.review.corrections import CorrectionHistory, LoadResult
from jsdf.display.review.corrections_file import corrections_path
from jsdf.display.review.matching import question_key
from jsdf.display.review.review_rows import ReviewRows
from jsdf.errors import InvalidInputError, InvalidLabelsError

if TYPE_CHECKING:
    import os

    import pandas as pd

    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.row_table import RowTable
    from jsdf.display.gallery.rows import RowSelection
    from jsdf.display.gallery.tile import Tile
    from jsdf.results.answers import LabelResult

_NOTHING_TO_LABEL = "there is nothing to label"
_UTC_NOW = partial(datetime.now, timezone.utc)
_STATES = ("to review", "reviewed", "changed", "marked", "disagreeing")


class ReviewModel(ReviewRows):
    """State of a review, in which a person corrects labels; made by `jsdf.review`.

    Rows are positions, from 0, or a mask of all rows; others raise `InvalidInputError`. Missing values get no label.

    Attributes:
        _history: Corrections of all rows.
        is_auto_advancing: True if a label key moves on to the next row; see `auto_advance`.
    """

    title = "Review"
    is_editable = True
    row_labels: RowLabels

    def __init__(
        self,
        table: RowTable,
        *,
        columns: int = 6,
        size: int = 96,
        name: str | None = None,
        resume: bool = True,
        order: str = "review",
        n: int | None = None,
        seed: int = 0,
        clock: Callable[[], datetime] = _UTC_NOW,
    ) -> None:
        if table.row_labels is None:
            raise InvalidInputError("label=None: a review corrects labels; pass the labels, or a column to fill")
        if not table.row_labels.names:
            raise InvalidLabelsError("label has no values to choose from; pass labels=['one', 'another']")
        super().__init__(table, columns=columns, size=size)
        key = question_key(table.label, table.row_labels, table.column.name, name)
        path = corrections_path(table.column, key) if resume else None
        self._history = CorrectionHistory(table, table.row_labels, path=path, clock=clock)
        self.row_labels = self._history.current
        self._disagrees = table.disagrees.copy()
        self._disagrees[tables.conflicting_rows(self._history)] = True
        self._select_rows(order, n, seed)
        self.status_message = "" if self._history.resumed is None else f"resumed: {self._history.resumed}"

    @property
    @synchronized
    def labels(self) -> LabelResult:
        """The labels with all corrections applied; index, name and dtype as given."""
        return self.row_labels.corrected(self._history.changed())

    @property
    @synchronized
    def changes(self) -> pd.DataFrame:
        """Frame with one row for each changed label, indexed by position.

        Columns: `row` (index label), `value`, `before`, `after` (tuples for several labels a row), `when` (UTC).
        """
        return tables.changes_table(self.table, self._history)

    @property
    @synchronized
    def is_reviewed(self) -> npt.NDArray[np.bool_]:
        """Mask of shape (rows,), True where a person chose, accepted or removed the label; of the sample, if any.

        A row that is only marked for later is undecided, and not among them.
        """
        reviewed = tables.has_state(self.table, self._history, "reviewed")
        return reviewed if self.sample is None else reviewed & self.sample

    @property
    @synchronized
    def marked(self) -> pd.DataFrame:
        """Frame with one row for each row marked for later, indexed by position. Columns: `row`, `value`, `label`."""
        return tables.marked_table(self.table, self._history)

    @synchronized
    def choose(self, rows: RowSelection, label: Any) -> None:
        """Give these rows a label; with several labels a row, remove it if all these rows have it.

        Args:
            rows: Positions or a mask; all of them are one step of `undo`.
            label: A label or its name.
        """
        code = self._label_code(label)
        if code is None or code < 0:
            raise InvalidInputError(f"label={label!r}: pass one of {', '.join(map(repr, self.names))}")
        targets = self._rows_to_label(rows)
        codes = tables.toggle_label(self.row_labels, targets, code)
        self._history.apply({row: self._history.new_correction(row, new) for row, new in codes.items()})
        now = self._tile(targets[0], None).caption or "without a label" if targets else ""
        self._notify(f"{self._describe_rows(targets)} now {now}" if targets else _NOTHING_TO_LABEL)

    @synchronized
    def clear(self, rows: RowSelection) -> None:
        """Remove the labels of these rows: they are missing, or with several labels a row, False for each.

        Raises:
            InvalidInputError: The dtype of the labels has no missing value.
        """
        if not self.row_labels.can_clear:
            dtype = getattr(self.row_labels.given, "dtype", None)
            raise InvalidInputError(f"label is {dtype}, which holds no missing values; choose another label")
        targets = self._rows_to_label(rows)
        self._history.apply({row: self._history.new_correction(row, ()) for row in targets})
        self._notify(f"{self._describe_rows(targets)} now without a label" if targets else _NOTHING_TO_LABEL)

    @synchronized
    def accept(self, rows: RowSelection) -> None:
        """Confirm the labels of these rows; rows without a label are skipped."""
        current = {row: self.row_labels.get(row) for row in self._rows_to_label(rows)}
        step = {row: self._history.new_correction(row, code) for row, code in current.items() if code is not None}
        self._history.apply(step)
        self._notify(f"{self._describe_rows(list(step))} accepted" if step else "there is no label to accept")

    @synchronized
    def mark(self, rows: RowSelection) -> None:
        """Mark these rows for later; if all of them are marked, remove the marks."""
        targets = self._reload_and_select(rows)
        on = not all(self._history.of(row).is_marked for row in targets)
        self._history.apply({row: self._history.of(row).with_mark(on) for row in targets})
        self._notify(f"{self._describe_rows(targets)} {'marked for later' if on else 'no longer marked'}")

    @synchronized
    def auto_advance(self, on: bool = True) -> None:
        """Turn auto-advance on or off: a label key then moves on to the next row, unless rows have several labels."""
        self.is_auto_advancing = on
        self._notify("auto-advance on" if on else "auto-advance off")

    @synchronized
    def undo(self) -> bool:
        """Revert the last step, with all of its rows; return False if there is none."""
        self._history.reload()
        rows = self._history.undo()
        self._notify(f"undone: {self._describe_rows(rows)}" if rows else "there is nothing to undo")
        return bool(rows)

    @synchronized
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all corrections to a JSON Lines file of digests and label names; otherwise `InvalidInputError`."""
        self._history.save(path)

    @synchronized
    def load(self, path: str | os.PathLike[str]) -> LoadResult:
        """Apply the corrections of a file written by `save`, as one step; rows are found by their values.

        Returns:
            The number of rows that were corrected, and of those skipped, which a warning reports too.

        Raises:
            InvalidInputError: The file cannot be read, or was not written by `save`.
        """
        result = self._history.load(path)
        self._notify(str(result))
        if any(result[1:]):
            warnings.warn(str(result), UserWarning, stacklevel=2)
        return result

    @synchronized
    def forget(self) -> None:
        """Delete these rows' corrections from the file beside the store; this review still shows them."""
        self._history.forget()

    @property
    def can_clear(self) -> bool:  # type: ignore[override]
        """True if labels can be removed, which a column without missing values does not allow."""
        return self.row_labels.can_clear

    def apply_action(self, action: str, rows: list[int], label: Any) -> None:
        """Run `choose`, `clear`, `accept`, `mark`, `undo` or `auto_advance`; see `GalleryModel.apply_action`."""
        if action == "undo":
            self.undo()
        elif action == "auto_advance":
            self.auto_advance(label is True)
        elif not rows:
            return
        elif action == "choose" and is_index(label) and 0 <= label < len(self.names):
            self.choose(rows, self.names[label])
        elif action == "clear" and self.can_clear:
            self.clear(rows)
        elif action == "accept":
            self.accept(rows)
        elif action == "mark":
            self.mark(rows)

    @property
    def statuses(self) -> dict[str, int]:
        """Statuses, those of the review included -> number of rows."""
        return super().statuses | {name: int(self._status_mask(name).sum()) for name in _STATES}

    def summary(self) -> str:
        """Return the progress of the review, as in "2 of 60 reviewed, 1 changed"."""
        return tables.summary(self.table, self._history, len(self.order), self.sample)

    def _status_mask(self, status: str) -> npt.NDArray[np.bool_]:
        if status == "disagreeing":
            return np.asarray(self._disagrees)
        if status not in _STATES:
            return super()._status_mask(status)
        return tables.has_state(self.table, self._history, status)

    def _tile(self, row: int, thumb: Any) -> Tile:
        return tables.corrected_tile(super()._tile(row, thumb), self.table, self._history, row)

    def _reload_and_select(self, rows: RowSelection) -> list[int]:
        """Apply the latest corrections of other reviews, and return the positions of the selected rows."""
        selected = positions(rows, len(self.table))
        self._history.reload()
        return selected

    def _rows_to_label(self, rows: RowSelection) -> list[int]:
        return [row for row in self._reload_and_select(rows) if self.table.value(row) is not None]

    def _describe_rows(self, rows: list[int]) -> str:
        return f"row {self.table.index_text(rows[0])}" if len(rows) == 1 else f"{len(rows):,} rows"
