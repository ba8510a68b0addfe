"""Actions of a review: choosing, accepting, marking, noting, clearing and undoing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.display.gallery.locking import synchronized
from jsdf.display.gallery.rows import positions
from jsdf.display.review import tables
from jsdf.display.review.correction import check_note
from jsdf.display.review.corrections import MARKED, REVIEWED
from jsdf.display.review.new_labels import check_name, describe_obstacle
from jsdf.display.review.review_rows import ReviewRows
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import pluralize

if TYPE_CHECKING:
    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.rows import RowSelection
    from jsdf.display.review.corrections import CorrectionHistory

_NOTHING_TO_LABEL = "there is nothing to label"
#: The rows that `accept_all` takes.
SCOPES = ("page", "filtered")


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
        if code < 0:
            raise InvalidInputError(f"label={label!r}: pass one of {', '.join(map(repr, self.names))}")
        targets = self._rows_to_label(rows)
        codes = tables.toggle_label(self.row_labels, targets, code)
        self._history.label_rows(codes)
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
        self._history.label_rows(dict.fromkeys(targets, ()))
        self._notify(f"{self._describe_rows(targets)} now without a label" if targets else _NOTHING_TO_LABEL)

    @synchronized
    def accept(self, rows: RowSelection) -> None:
        """Confirm the labels of these rows; rows without a label are skipped."""
        current = {row: self.row_labels.get(row) for row in self._rows_to_label(rows)}
        codes = {row: code for row, code in current.items() if code is not None}
        self._history.label_rows(codes)
        self._notify(f"{self._describe_rows(list(codes))} accepted" if codes else "there is no label to accept")

    @synchronized
    def accept_all(self, scope: str = "page") -> None:
        """Confirm the labels of all rows on the page, or of all rows that match the filters, as one step of `undo`.

        Rows without a label, rows that were reviewed before and rows that are marked for later stay as they are.

        Args:
            scope: `"page"`, the default, or `"filtered"`.

        Raises:
            InvalidInputError: `scope` is something else.
        """
        if scope not in SCOPES:
            raise InvalidInputError(f"scope={scope!r}: pass one of {', '.join(map(repr, SCOPES))}")
        self._notify(self._accept_open(scope))

    def _accept_open(self, scope: str) -> str:
        """Confirm the labels of a scope's open rows, as `accept_all` does; return a description."""
        self._history.reload()
        rows = np.asarray(self.rows if scope == "page" else self.order, np.intp)
        states = self._history.states
        is_open = (self.table.column.codes[rows] >= 0) & ~states[REVIEWED][rows]
        current = {row: self.row_labels.get(row) for row in rows[is_open & ~states[MARKED][rows]].tolist()}
        codes = {row: code for row, code in current.items() if code is not None}
        self._history.label_rows(codes)
        left = int(is_open.sum()) - len(codes)
        accepted = f"{self._describe_rows(list(codes))} accepted" if codes else "there is no label to accept"
        return accepted + (f"; {pluralize(left, 'row')} without a label or marked for later" if left else "")

    @synchronized
    def mark(self, rows: RowSelection) -> None:
        """Mark these rows for later; if all of them are marked, remove the marks."""
        targets = self._reload_and_select(rows)
        on = not all(self._history.of(row).is_marked for row in targets)
        self._history.apply({row: self._history.of(row).with_mark(on) for row in targets})
        self._notify(f"{self._describe_rows(targets)} {'marked for later' if on else 'no longer marked'}")

    @synchronized
    def note(self, rows: RowSelection, text: str) -> None:
        """Give these rows a note, which `changes` lists; an empty text, or one of blanks, removes it.

        Args:
            rows: Positions or a mask; all of them are one step of `undo`. A row with a missing value may have a note.
            text: Any text of up to 2,000 characters; it is saved as it is in the file of corrections.

        Raises:
            InvalidInputError: `text` is no string, or is longer.
        """
        note = check_note(text)
        targets = self._reload_and_select(rows)
        self._history.note_rows(targets, note)
        self._notify(f"{self._describe_rows(targets)} {'with a note' if note else 'without a note'}")

    @synchronized
    def add_label(self, name: str, rows: RowSelection = ()) -> None:
        """Add a label to the choices, and give it to these rows.

        It is saved, and known when the review is resumed. In `labels`, a column of dtype `category` then has one more
        category, and a multi-hot frame one more column. `undo` takes the label from the rows; it stays a choice.

        Args:
            name: The label, up to 200 characters; white space around it is dropped.
            rows: Positions or a mask; all of them are one step of `undo`. Default: none.

        Raises:
            InvalidLabelsError: It is empty, too long, or differs from another label by case, blanks or Unicode form
                only; or the column cannot hold it: ordered categories, numbers and booleans.
        """
        targets = self._rows_to_label(rows)
        code = self._history.add_choice(check_name(name, self.row_labels))
        self._history.label_rows(tables.toggle_label(self.row_labels, targets, code))
        self._history.save_choices()
        given = f", {self._describe_rows(targets)} now {self._tile(targets[0], None).caption}" if targets else ""
        self._notify(f"label {self.names[code]!r} added{given}")

    @synchronized
    def auto_advance(self, on: bool = True) -> None:
        """Turn auto-advance on or off: a label key then moves on to the next row, unless rows have several labels."""
        self.is_auto_advancing = on
        self._notify("auto-advance on" if on else "auto-advance off")

    @synchronized
    def undo(self) -> bool:
        """Revert the last step, with all of its rows, and show one of them; return False if there is none."""
        self._history.reload()
        rows = self._history.undo()
        self.n_undone += 1
        shown = self._go_to_one_of(rows)
        hidden = ", not among those shown" if rows and shown is None else ""
        message = f"undone: {self._describe_rows(rows)}{hidden}" if rows else "there is nothing to undo"
        self._notify(message, current=shown)
        return bool(rows)

    @property
    def can_clear(self) -> bool:  # type: ignore[override]
        """True if labels can be removed, which a column without missing values does not allow."""
        return self.row_labels.can_clear

    @property
    def can_add_label(self) -> bool:  # type: ignore[override]
        """True if labels can be added, which ordered categories, numbers and booleans do not allow."""
        return describe_obstacle(self.row_labels) is None

    def _go_to_one_of(self, rows: list[int]) -> int | None:
        """Show a page with one of these rows, the current one if it has any; return the row, None if none is shown."""
        places = np.flatnonzero(np.isin(self.order, rows))
        if not len(places):
            return None
        on_page = places[places // self.page_size == self.page]
        place = int(on_page[0] if len(on_page) else places[0])
        self._move_to(place // self.page_size)
        return int(self.order[place])

    def _label_code(self, label: Any) -> int:
        self._history.reload()  # another review may have added the label
        return super()._label_code(label)

    def _reload_and_select(self, rows: RowSelection) -> list[int]:
        """Apply the latest corrections of other reviews, and return the positions of the selected rows."""
        selected = positions(rows, len(self.table))
        self._history.reload()
        return selected

    def _rows_to_label(self, rows: RowSelection) -> list[int]:
        return [row for row in self._reload_and_select(rows) if self.table.value(row) is not None]

    def _describe_rows(self, rows: list[int]) -> str:
        return f"row {self.table.index_text(rows[0])}" if len(rows) == 1 else f"{len(rows):,} rows"
