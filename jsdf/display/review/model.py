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
from jsdf.display.review import tables
from jsdf.display.review.corrections import CHANGED, MARKED, NOTED, REVIEWED, CorrectionHistory, LoadResult
from jsdf.display.review.corrections_file import corrections_path
from jsdf.display.review.matching import question_key
from jsdf.display.review.messages import ReviewMessages
from jsdf.errors import InvalidInputError, InvalidLabelsError

if TYPE_CHECKING:
    import os

    import pandas as pd

    from jsdf.display.gallery.query.similarity import Embed
    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.row_table import RowTable
    from jsdf.display.gallery.tile import Tile
    from jsdf.results.answers import LabelResult

_UTC_NOW = partial(datetime.now, timezone.utc)
_STATES = ("to review", REVIEWED, CHANGED, MARKED, NOTED, "disagreeing")


class ReviewModel(ReviewMessages):
    """State of a review, in which a person corrects labels; made by `jsdf.review`.

    Whatever is read from it includes what other reviews of the same question, in this or another process, have saved.

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
        size: int = 96,
        name: str | None = None,
        resume: bool = True,
        order: str = "review",
        n: int | None = None,
        seed: int = 0,
        embed: Embed | None = None,
        clock: Callable[[], datetime] = _UTC_NOW,
    ) -> None:
        if table.row_labels is None:
            raise InvalidInputError("label=None: a review corrects labels; pass the labels, or a column to fill")
        if not table.row_labels.names:
            raise InvalidLabelsError("label has no values to choose from; pass labels=['one', 'another']")
        super().__init__(table, size=size, embed=embed)
        key = question_key(table.label, table.row_labels, table.column.name, name)
        path = corrections_path(table.column, key) if resume else None
        self._history = CorrectionHistory(table, table.row_labels, path=path, clock=clock)
        self.row_labels = self._history.current
        self._disagrees = table.disagrees.copy()
        self._disagrees[tables.conflicting_rows(self._history)] = True
        self.status_message = "" if self._history.resumed is None else f"resumed: {self._history.resumed}"
        reviewed = tables.has_state(table, self._history, REVIEWED)
        self._select_rows(order, n, seed, reviewed, embed)
        if self._history.resumed is not None:
            self._go_to_first(~reviewed)

    @property
    @synchronized
    def labels(self) -> LabelResult:
        """The labels with all corrections applied; index, name and dtype as given.

        Labels that were added are further categories of a column of dtype `category`, and further columns of a frame.
        """
        self._reload()
        return self.row_labels.corrected(self._history.rows_in(CHANGED))

    @property
    @synchronized
    def changes(self) -> pd.DataFrame:
        """Frame with one row for each changed label and for each note, indexed by position.

        Columns: `row` (index label), `value`, `before`, `after` (tuples for several labels a row), `when` (UTC) and
        `note`, empty where there is none. A row with a note whose label was not changed has the same `before` and
        `after`; it counts nowhere as changed.
        """
        self._reload()
        return tables.changes_table(self.table, self._history)

    @property
    @synchronized
    def is_reviewed(self) -> npt.NDArray[np.bool_]:
        """Mask of shape (rows,), True where a person chose, accepted or removed the label; of the sample, if any.

        A row that is only marked for later is undecided, and not among them; nor is one that has only a note. With
        `order="informative"`, the rows of earlier reviews count too: the sample adds to them.
        """
        self._reload()
        reviewed = tables.has_state(self.table, self._history, REVIEWED)
        return reviewed if self.sample is None or self.is_informative else reviewed & self.sample

    @property
    @synchronized
    def marked(self) -> pd.DataFrame:
        """Frame with one row for each row marked for later, indexed by position. Columns: `row`, `value`, `label`."""
        self._reload()
        return tables.marked_table(self.table, self._history)

    @synchronized
    def save(self, path: str | os.PathLike[str]) -> None:
        """Write all corrections to a JSON Lines file of digests, names of labels and notes.

        Raises:
            InvalidInputError: The file cannot be written.
        """
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
    def statuses(self) -> dict[str, int]:
        """Statuses, those of the review included -> number of rows."""
        return super().statuses | {name: int(self._status_mask(name).sum()) for name in _STATES}

    @synchronized
    def summary(self) -> str:
        """Return the progress of the review, as in "2 of 60 reviewed, 1 changed"."""
        self._reload_quietly()
        return tables.summary(self.table, self._history, len(self.order), self.sample)

    @synchronized
    def tiles(self, max_tiles: int | None = None, *, wait: bool = False) -> list[Tile]:
        """Return the tiles as `GalleryModel.tiles` does, with what other reviews have saved."""
        self._reload_quietly()
        return super().tiles(max_tiles, wait=wait)

    def _reload(self) -> None:
        """Apply what other reviews have saved, and show it."""
        if self._reload_quietly():
            self._notify(self.status_message)

    def _reload_quietly(self) -> bool:
        """Apply what other reviews have saved; return True if it differs."""
        has_changed = self._history.reload()
        if has_changed:
            self._facets = None
        return has_changed

    def _arrange(self) -> None:
        self._reload_quietly()
        super()._arrange()

    def _status_mask(self, status: str) -> npt.NDArray[np.bool_]:
        if status == "disagreeing":
            return np.asarray(self._disagrees)
        if status not in _STATES:
            return super()._status_mask(status)
        return tables.has_state(self.table, self._history, status)

    def _tile(self, row: int, thumb: Any) -> Tile:
        return tables.corrected_tile(super()._tile(row, thumb), self.table, self._history, row)
