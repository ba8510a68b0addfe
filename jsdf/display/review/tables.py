"""What a review has come to: tables of what was changed and marked, and where opinions differ."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.display.review.correction import names
from jsdf.formatting.text import clean

if TYPE_CHECKING:
    from jsdf.display.gallery.row_labels import Labelling
    from jsdf.display.gallery.row_table import Sheet
    from jsdf.display.gallery.tile import Tile
    from jsdf.display.review.correction import Chosen
    from jsdf.display.review.corrections import Ledger


def table(sheet: Sheet, ledger: Ledger) -> pd.DataFrame:
    """See `Review.changes`."""
    rows = ledger.changed()
    frame = _of_rows(sheet, rows)
    frame["before"] = _shown(ledger.given, rows)
    frame["after"] = _shown(ledger.now, rows)
    when: Any = [ledger.of(row).at for row in rows]
    frame["when"] = pd.Series(pd.to_datetime(when, utc=True), index=frame.index, dtype="datetime64[us, UTC]")
    return frame


def marked(sheet: Sheet, ledger: Ledger) -> pd.DataFrame:
    """See `Review.marked`."""
    rows = ledger.where(lambda verdict: verdict.marked)
    frame = _of_rows(sheet, rows)
    frame["label"] = _shown(ledger.now, rows)
    return frame


def summary(sheet: Sheet, ledger: Ledger, shown: int) -> str:
    """How far a review is, in words, where so many rows are shown."""
    reviewed = [row for row in ledger.where(lambda v: v.said is not None) if sheet.value(row) is not None]
    parts = [
        f"{len(reviewed):,} of {len(sheet) - sheet.column.missing:,} reviewed",
        f"{len(ledger.changed()):,} changed",
    ]
    marked_rows = ledger.where(lambda verdict: verdict.marked)
    if marked_rows:
        parts.append(f"{len(marked_rows):,} marked")
    if ledger.resumed is not None and ledger.resumed.applied:
        parts.append(f"{ledger.resumed.applied:,} from an earlier review")
    if ledger.problem is not None:
        parts.append(f"not saved by itself ({ledger.problem})")
    if shown < len(sheet):
        parts.append(f"{shown:,} shown")
    return ", ".join(parts)


def toggled(labelling: Labelling, rows: list[int], place: int) -> dict[int, Chosen]:
    """The labels of these rows with one more, or with one less where all of them have it."""
    now = {row: set(_several(labelling.of(row))) for row in rows}
    everywhere = all(place in labels for labels in now.values())
    return {row: tuple(sorted(labels - {place} if everywhere else labels | {place})) for row, labels in now.items()}


def in_state(sheet: Sheet, ledger: Ledger, status: str) -> npt.NDArray[np.bool_]:
    """Mask of the rows that are `"to review"`, `"reviewed"`, `"changed"` or `"marked"`."""
    found = np.zeros(len(sheet), bool)
    if status == "changed":
        found[ledger.changed()] = True
    else:
        found[ledger.where(lambda v: v.marked if status == "marked" else v.said is not None)] = True
    there = sheet.column.codes >= 0
    return np.asarray({"to review": there & ~found, "reviewed": there & found}.get(status, found))


def corrected_tile(tile: Tile, sheet: Sheet, ledger: Ledger, row: int) -> Tile:
    """The tile of a row with its correction."""
    verdict = ledger.of(row)
    changed = verdict.said is not None and ledger.now.of(row) != ledger.given.of(row)
    return replace(
        tile,
        status="no label" if verdict.said == () else tile.status,
        changed=changed,
        reviewed=verdict.said is not None,
        marked=verdict.marked,
        score=None if changed else tile.score,  # it is the score of the label that was given
        differs=difference(sheet, ledger, row),
    )


def overtaken(ledger: Ledger) -> list[int]:
    """The rows that are now given with another label than the one that a person changed."""
    return [row for row in ledger.changed() if _given(ledger, row) != ledger.of(row).before]


def difference(sheet: Sheet, ledger: Ledger, row: int) -> str:
    """How opinions on a row differ, in words; empty where they do not."""
    said = []
    if sheet.differs[row] and sheet.other is not None:
        said.append(f"the other says {_words(names(sheet.other, sheet.other.of(row)))}")
    verdict = ledger.of(row)
    given = _given(ledger, row)
    if verdict.said is not None and given != verdict.before and ledger.now.of(row) != ledger.given.of(row):
        said.append(f"was {_words(verdict.before)} when it was changed, is {_words(given)} by now")
    return clean("; ".join(said))


def _given(ledger: Ledger, row: int) -> tuple[str, ...] | None:
    return names(ledger.given, ledger.given.of(row))


def _words(labels: tuple[str, ...] | None) -> str:
    return "nothing" if not labels else ", ".join(labels)


def _several(chosen: Chosen) -> tuple[int, ...]:
    return chosen if isinstance(chosen, tuple) else ()


def _shown(labelling: Labelling, rows: list[int]) -> pd.Series[Any]:
    index = pd.Index(rows, name="position", dtype="int64")
    shown: pd.Series[Any] = pd.Series([labelling.show(labelling.of(row)) for row in rows], index=index, dtype=object)
    return shown


def _of_rows(sheet: Sheet, rows: list[int]) -> pd.DataFrame:
    index = pd.Index(rows, name="position", dtype="int64")
    labels = sheet.column.index.take(rows).to_list()
    row: pd.Series[Any] = pd.Series(labels, index=index, dtype=None if labels else object)
    value: pd.Series[Any] = pd.Series([sheet.value(r) for r in rows], index=index, dtype=object)
    frame: pd.DataFrame = pd.DataFrame({"row": row, "value": value})
    return frame
