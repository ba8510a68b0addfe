"""Actions of a review: choosing, accepting, marking, clearing and undoing labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsdf.display.gallery.locking import synchronized
from jsdf.display.gallery.requests import is_index
from jsdf.display.gallery.rows import positions
from jsdf.display.review import tables
from jsdf.display.review.review_rows import ReviewRows
from jsdf.errors import InvalidInputError

if TYPE_CHECKING:
    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.rows import RowSelection
    from jsdf.display.review.corrections import CorrectionHistory

_NOTHING_TO_LABEL = "there is nothing to label"


class ReviewActions(ReviewRows):
    """Actions of a review; each is saved at once, and is one step of `undo`.

    Rows are positions, from 0, or a mask of all rows; others raise `InvalidInputError`. Missing values get no label.
    """

    row_labels: RowLabels
    _history: CorrectionHistory

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

    @property
    def can_clear(self) -> bool:  # type: ignore[override]
        """True if labels can be removed, which a column without missing values does not allow."""
        return self.row_labels.can_clear

    def apply_action(self, action: str, rows: list[int], message: dict[str, Any]) -> None:
        """Run `choose`, `clear`, `accept`, `mark`, `undo` or `auto_advance`; see `GalleryModel.apply_action`."""
        label = message.get("label")
        if action == "undo":
            self.undo()
        elif action == "auto_advance":
            self.auto_advance(message.get("on") is True)
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

    def _reload_and_select(self, rows: RowSelection) -> list[int]:
        """Apply the latest corrections of other reviews, and return the positions of the selected rows."""
        selected = positions(rows, len(self.table))
        self._history.reload()
        return selected

    def _rows_to_label(self, rows: RowSelection) -> list[int]:
        return [row for row in self._reload_and_select(rows) if self.table.value(row) is not None]

    def _describe_rows(self, rows: list[int]) -> str:
        return f"row {self.table.index_text(rows[0])}" if len(rows) == 1 else f"{len(rows):,} rows"
