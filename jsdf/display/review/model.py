"""A gallery in which a person puts labels right: every step can be undone, and none is lost."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jsdf.display.gallery import filtering
from jsdf.display.gallery.locking import synchronized
from jsdf.display.gallery.messages import is_index
from jsdf.display.gallery.model import GalleryModel
from jsdf.display.gallery.rows import positions
from jsdf.display.review import tables
from jsdf.display.review.corrections import CorrectionHistory, LoadResult
from jsdf.display.review.corrections_file import corrections_path
from jsdf.display.review.matching import question_key
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


class ReviewModel(GalleryModel):
    """Labels that a person puts right; made by `jsdf.review`.

    Rows are given by position, from 0, or by a mask of all rows. A row with nothing in it gets no label.

    Attributes:
        _history: What was said of which row.
        is_auto_advancing: Whether a label key goes on to the next row by itself; see `auto_advance`.
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
        clock: Callable[[], datetime] = _UTC_NOW,
    ) -> None:
        if table.row_labels is None:
            raise InvalidInputError("label=None: review puts labels right; pass the labels, or a column to fill")
        if not table.row_labels.names:
            raise InvalidLabelsError("label holds no label to choose from yet; pass labels=['one', 'another']")
        super().__init__(table, columns=columns, size=size)
        key = question_key(table.label, table.row_labels, table.column.name, name)
        path = corrections_path(table.column, key) if resume else None
        self._history = CorrectionHistory(table, table.row_labels, path=path, clock=clock)
        self.row_labels = self._history.current
        self._disagrees = table.disagrees.copy()
        self._disagrees[tables.conflicting_rows(self._history)] = True
        self.order_by = "review"
        self._arrange()
        self.status_message = "" if self._history.resumed is None else f"resumed: {self._history.resumed}"

    @property
    @synchronized
    def labels(self) -> LabelResult:
        """The labels as they are now: index, name and dtype as given."""
        return self.row_labels.corrected(self._history.changed())

    @property
    @synchronized
    def changes(self) -> pd.DataFrame:
        """One line a row whose label is another than given; its index is the position.

        Columns: `row` (index label), `value`, `before`, `after` (a tuple for several labels), `when` (UTC).
        """
        return tables.changes_table(self.table, self._history)

    @property
    @synchronized
    def marked(self) -> pd.DataFrame:
        """One line a row that is marked for later; its index is the position. Columns: `row`, `value`, `label`."""
        return tables.marked_table(self.table, self._history)

    @synchronized
    def choose(self, rows: RowSelection, label: Any) -> None:
        """Give these rows a label; with several labels a row, take it away where all of them have it.

        Args:
            rows: One step, whatever their number.
            label: A label or its name.
        """
        place = self._label(label)
        if place is None or place < 0:
            raise InvalidInputError(f"label={label!r}: there is {', '.join(map(repr, self.names))}")
        known = self._labelable(rows)
        said = tables.toggle_label(self.row_labels, known, place)
        self._history.apply({row: self._history.new_correction(row, chosen) for row, chosen in said.items()})
        now = self._tile(known[0], None).caption or "without a label" if known else ""
        self._notify(f"{self._describe_rows(known)} now {now}" if known else _NOTHING_TO_LABEL)

    @synchronized
    def clear(self, rows: RowSelection) -> None:
        """Take these rows' labels away: missing where a row has one, False for each where it has several.

        Raises:
            InvalidInputError: The column cannot hold a missing label, as numbers cannot.
        """
        if not self.row_labels.can_clear:
            dtype = getattr(self.row_labels.given, "dtype", None)
            raise InvalidInputError(f"label is {dtype}, which holds no missing values; choose another label")
        known = self._labelable(rows)
        self._history.apply({row: self._history.new_correction(row, ()) for row in known})
        self._notify(f"{self._describe_rows(known)} now without a label" if known else _NOTHING_TO_LABEL)

    @synchronized
    def accept(self, rows: RowSelection) -> None:
        """Say that these rows are right as they are; rows without a label are passed over."""
        now = {row: self.row_labels.get(row) for row in self._labelable(rows)}
        step = {row: self._history.new_correction(row, chosen) for row, chosen in now.items() if chosen is not None}
        self._history.apply(step)
        self._notify(f"{self._describe_rows(list(step))} accepted" if step else "there is no label to accept")

    @synchronized
    def mark(self, rows: RowSelection) -> None:
        """Mark these rows for later, or no longer where all of them are."""
        known = self._positions(rows)
        on = not all(self._history.of(row).is_marked for row in known)
        self._history.apply({row: self._history.of(row).with_mark(on) for row in known})
        self._notify(f"{self._describe_rows(known)} {'marked for later' if on else 'no longer marked'}")

    @synchronized
    def auto_advance(self, on: bool = True) -> None:
        """Go on to the next row after each label key, or no longer; a row with several labels is left by Enter."""
        self.is_auto_advancing = on
        self._notify("going on after a label" if on else "staying after a label")

    @synchronized
    def undo(self) -> bool:
        """Take the last step back, however many rows it was; False where there is none."""
        self._history.reload()
        rows = self._history.undo()
        self._notify(f"undone: {self._describe_rows(rows)}" if rows else "there is nothing to undo")
        return bool(rows)

    @synchronized
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write what was said to a file of JSON lines: digests of the values and names of labels."""
        self._history.save(Path(path).expanduser())

    @synchronized
    def load(self, path: str | os.PathLike[str]) -> LoadResult:
        """Take over what a saved file says, as one step; rows are found by what they hold.

        Returns:
            How many rows it was applied to; a warning tells what could not be.

        Raises:
            InvalidInputError: The file is none that `save` wrote.
            OSError: It cannot be read.
        """
        loaded = self._history.load(Path(path).expanduser())
        self._notify(str(loaded))
        if any(loaded[1:]):
            warnings.warn(str(loaded), UserWarning, stacklevel=2)
        return loaded

    @synchronized
    def forget(self) -> None:
        """Delete what the file beside the store says of these rows; what is shown stays until it is closed."""
        self._history.forget()

    @property
    def can_clear(self) -> bool:  # type: ignore[override]
        """Whether labels can be taken away: not from a column that holds no missing values."""
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
    def sorts(self) -> dict[str, str]:
        """See `GalleryModel.sorts`."""
        return {"review": "what needs a look first", **super().sorts}

    @property
    def statuses(self) -> dict[str, int]:
        """See `GalleryModel.statuses`; and how far the review is."""
        return super().statuses | {name: int(self._in_status(name).sum()) for name in _STATES}

    def summary(self) -> str:
        """How far the review is, in words."""
        return tables.summary(self.table, self._history, len(self.order))

    def _keys(self) -> list[npt.NDArray[Any]]:
        return filtering.review_priority(self.table, self._disagrees) if self.order_by == "review" else super()._keys()

    def _in_status(self, status: str) -> npt.NDArray[np.bool_]:
        if status == "disagreeing":
            return np.asarray(self._disagrees)
        if status not in _STATES:
            return super()._in_status(status)
        return tables.has_state(self.table, self._history, status)

    def _tile(self, row: int, thumb: Any) -> Tile:
        return tables.corrected_tile(super()._tile(row, thumb), self.table, self._history, row)

    def _positions(self, rows: RowSelection) -> list[int]:
        """The positions of rows about which something is said now, on top of whatever another review has said."""
        known = positions(rows, len(self.table))
        self._history.reload()
        return known

    def _labelable(self, rows: RowSelection) -> list[int]:
        """Those of these rows that hold something to label."""
        return [row for row in self._positions(rows) if self.table.value(row) is not None]

    def _describe_rows(self, rows: list[int]) -> str:
        return f"row {self.table.index_text(rows[0])}" if len(rows) == 1 else f"{len(rows):,} rows"
