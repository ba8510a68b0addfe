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
from jsdf.display.gallery.locking import locked
from jsdf.display.gallery.messages import is_index
from jsdf.display.gallery.model import GalleryModel
from jsdf.display.gallery.rows import positions
from jsdf.display.review import tables
from jsdf.display.review.corrections import Ledger, Loaded
from jsdf.display.review.corrections_file import place
from jsdf.display.review.matching import question
from jsdf.errors import InvalidInputError, InvalidLabelsError

if TYPE_CHECKING:
    import os

    import pandas as pd

    from jsdf.display.gallery.row_labels import Labelling
    from jsdf.display.gallery.row_table import Sheet
    from jsdf.display.gallery.rows import Named
    from jsdf.display.gallery.tile import Tile
    from jsdf.results.answers import Labelled

_NOTHING_TO_LABEL = "there is nothing to label"
_UTC_NOW = partial(datetime.now, timezone.utc)
_STATES = ("to review", "reviewed", "changed", "marked", "disagreeing")


class ReviewModel(GalleryModel):
    """Labels that a person puts right; made by `jsdf.review`.

    Rows are given by position, from 0, or by a mask of all rows. A row with nothing in it gets no label.

    Attributes:
        ledger: What was said of which row.
        going_on: Whether a label key goes on to the next row by itself; see `go_on`.
    """

    title = "Review"
    reviewing = True
    labelling: Labelling

    def __init__(
        self,
        sheet: Sheet,
        *,
        columns: int = 6,
        size: int = 96,
        name: str | None = None,
        resume: bool = True,
        clock: Callable[[], datetime] = _UTC_NOW,
    ) -> None:
        if sheet.labelling is None:
            raise InvalidInputError("label=None: review puts labels right; pass the labels, or a column to fill")
        if not sheet.labelling.names:
            raise InvalidLabelsError("label holds no label to choose from yet; pass labels=['one', 'another']")
        super().__init__(sheet, columns=columns, size=size)
        path = place(sheet.column, question(sheet.label, sheet.labelling, sheet.column.name, name)) if resume else None
        self.ledger = Ledger(sheet, sheet.labelling, path=path, clock=clock)
        self.labelling = self.ledger.now
        self.going_on = False
        self._differs = sheet.differs.copy()
        self._differs[tables.overtaken(self.ledger)] = True
        self.by = "review"
        self._arrange()
        self.said = "" if self.ledger.resumed is None else f"resumed: {self.ledger.resumed}"

    @property
    @locked
    def labels(self) -> Labelled:
        """The labels as they are now: index, name and dtype as given."""
        return self.labelling.corrected(self.ledger.changed())

    @property
    @locked
    def changes(self) -> pd.DataFrame:
        """One line a row whose label is another than given; its index is the position.

        Columns: `row` (index label), `value`, `before`, `after` (a tuple for several labels), `when` (UTC).
        """
        return tables.table(self.sheet, self.ledger)

    @property
    @locked
    def marked(self) -> pd.DataFrame:
        """One line a row that is marked for later; its index is the position. Columns: `row`, `value`, `label`."""
        return tables.marked(self.sheet, self.ledger)

    @locked
    def choose(self, rows: Named, label: Any) -> None:
        """Give these rows a label; with several labels a row, take it away where all of them have it.

        Args:
            rows: One step, whatever their number.
            label: A label or its name.
        """
        place = self._label(label)
        if place is None or place < 0:
            raise InvalidInputError(f"label={label!r}: there is {', '.join(map(repr, self.names))}")
        known = self._filled(rows)
        said = tables.toggled(self.labelling, known, place) if self.labelling.multiple else dict.fromkeys(known, place)
        self.ledger.take({row: self.ledger.say(row, chosen) for row, chosen in said.items()})
        now = self._tile(known[0], None).caption or "without a label" if known else ""
        self._moved(f"{self._called(known)} now {now}" if known else _NOTHING_TO_LABEL)

    @locked
    def clear(self, rows: Named) -> None:
        """Take these rows' labels away: missing where a row has one, False for each where it has several.

        Raises:
            InvalidInputError: The column cannot hold a missing label, as numbers cannot.
        """
        if not self.labelling.clearable:
            dtype = getattr(self.labelling.given, "dtype", None)
            raise InvalidInputError(f"label is {dtype}, which holds no missing values; choose another label")
        known = self._filled(rows)
        self.ledger.take({row: self.ledger.say(row, ()) for row in known})
        self._moved(f"{self._called(known)} now without a label" if known else _NOTHING_TO_LABEL)

    @locked
    def accept(self, rows: Named) -> None:
        """Say that these rows are right as they are; rows without a label are passed over."""
        now = {row: self.labelling.of(row) for row in self._filled(rows)}
        step = {row: self.ledger.say(row, chosen) for row, chosen in now.items() if chosen is not None}
        self.ledger.take(step)
        self._moved(f"{self._called(list(step))} accepted" if step else "there is no label to accept")

    @locked
    def mark(self, rows: Named) -> None:
        """Mark these rows for later, or no longer where all of them are."""
        known = self._known(rows)
        on = not all(self.ledger.of(row).marked for row in known)
        self.ledger.take({row: self.ledger.of(row).marking(on) for row in known})
        self._moved(f"{self._called(known)} {'marked for later' if on else 'no longer marked'}")

    @locked
    def go_on(self, on: bool = True) -> None:
        """Go on to the next row after each label key, or no longer; a row with several labels is left by Enter."""
        self.going_on = on
        self._moved("going on after a label" if on else "staying after a label")

    @locked
    def undo(self) -> bool:
        """Take the last step back, however many rows it was; False where there is none."""
        self.ledger.catch_up()
        rows = self.ledger.undo()
        self._moved(f"undone: {self._called(rows)}" if rows else "there is nothing to undo")
        return bool(rows)

    @locked
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write what was said to a file of JSON lines: digests of the values and names of labels."""
        self.ledger.save(Path(path).expanduser())

    @locked
    def load(self, path: str | os.PathLike[str]) -> Loaded:
        """Take over what a saved file says, as one step; rows are found by what they hold.

        Returns:
            How many rows it was applied to; a warning tells what could not be.

        Raises:
            InvalidInputError: The file is none that `save` wrote.
            OSError: It cannot be read.
        """
        loaded = self.ledger.load(Path(path).expanduser())
        self._moved(str(loaded))
        if any(loaded[1:]):
            warnings.warn(str(loaded), UserWarning, stacklevel=2)
        return loaded

    @locked
    def forget(self) -> None:
        """Delete what the file beside the store says of these rows; what is shown stays until it is closed."""
        self.ledger.forget()

    @property
    def can_clear(self) -> bool:  # type: ignore[override]
        """Whether labels can be taken away: not from a column that holds no missing values."""
        return self.labelling.clearable

    def apply_action(self, action: str, rows: list[int], label: Any) -> None:
        """Run `choose`, `clear`, `accept`, `mark`, `undo` or `pace`; see `GalleryModel.apply_action`."""
        if action == "undo":
            self.undo()
        elif action == "pace":
            self.go_on(label is True)
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
        return tables.summary(self.sheet, self.ledger, len(self.order))

    def _keys(self) -> list[npt.NDArray[Any]]:
        return filtering.by_need(self.sheet, self._differs) if self.by == "review" else super()._keys()

    def _in_status(self, status: str) -> npt.NDArray[np.bool_]:
        if status == "disagreeing":
            return np.asarray(self._differs)
        if status not in _STATES:
            return super()._in_status(status)
        return tables.in_state(self.sheet, self.ledger, status)

    def _tile(self, row: int, thumb: Any) -> Tile:
        return tables.corrected_tile(super()._tile(row, thumb), self.sheet, self.ledger, row)

    def _known(self, rows: Named) -> list[int]:
        """The positions of rows about which something is said now, on top of whatever another review has said."""
        known = positions(rows, len(self.sheet))
        self.ledger.catch_up()
        return known

    def _filled(self, rows: Named) -> list[int]:
        """Those of these rows that hold something to label."""
        return [row for row in self._known(rows) if self.sheet.value(row) is not None]

    def _called(self, rows: list[int]) -> str:
        return f"row {self.sheet.called(rows[0])}" if len(rows) == 1 else f"{len(rows):,} rows"
