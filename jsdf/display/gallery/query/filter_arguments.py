"""Reads the arguments of `GalleryModel.filter` as `Filters`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.display.gallery.fields.field import field_name
from jsdf.display.gallery.fields.field_filter import read_field_filter
from jsdf.display.gallery.filtering import NO_LABEL
from jsdf.display.gallery.query.filters import Filters
from jsdf.display.gallery.rows import to_list
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import quote

if TYPE_CHECKING:
    from jsdf.display.gallery.fields import Field, FieldFilter
    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.row_table import RowTable


def read_filters(
    table: RowTable,
    names: list[str],
    statuses: Mapping[str, int],
    *,
    label: Any,
    status: Any,
    text: Any,
    score: Any,
    cell: Any,
    columns: Any,
) -> Filters:
    """Read the arguments of `GalleryModel.filter`.

    Args:
        table: Data of all rows.
        names: Names of the labels.
        statuses: Statuses that can be asked for.
        label: See `GalleryModel.filter`, as for the other arguments.
        status: See there.
        text: See there.
        score: See there.
        cell: See there.
        columns: See there.

    Raises:
        InvalidInputError: There is no such label, status, score or column.
    """
    if status is not None and not (isinstance(status, str) and status in statuses):
        raise InvalidInputError(f"status={status!r}: pass one of {', '.join(map(repr, statuses))}")
    if not isinstance(text, str):
        raise InvalidInputError(f"text={text!r}: pass a string to search for")
    return Filters(
        labels=_read_labels(label, names),
        status=status,
        text=text,
        score=None if score is None else _read_score(score, table),
        cell=None if cell is None else _read_cell(cell, names, table),
        columns={} if columns is None else _read_columns(columns, table.fields),
    )


def label_code(label: Any, names: list[str]) -> int:
    """Return the position of a label, `NO_LABEL` for `pandas.NA` and None.

    Raises:
        InvalidInputError: There is no such label.
    """
    if label is None or label is pd.NA:
        return NO_LABEL
    if str(label) not in names:
        choices = f"pass one of {', '.join(map(repr, names))}" if names else "there are no labels"
        raise InvalidInputError(f"label={label!r}: {choices}")
    return names.index(str(label))


def compares_labels(table: RowTable, row_labels: RowLabels | None) -> bool:
    """Return True if each row has at most one label and one second opinion, which a confusion matrix compares."""
    return row_labels is not None and not row_labels.multiple and table.other is not None


def _read_labels(label: Any, names: list[str]) -> tuple[int, ...]:
    if label is None:
        return ()
    return tuple(dict.fromkeys(label_code(item, names) for item in to_list(label)))


def _read_score(score: Any, table: RowTable) -> tuple[float, float]:
    if table.score is None:
        raise InvalidInputError(f"score={quote(score)}: there are no scores; pass scores= when you open the gallery")
    wrong = InvalidInputError(f"score={quote(score)}: pass a pair (low, high) of numbers, as in score=(0, 0.5)")
    if not isinstance(score, (tuple, list)) or len(score) != 2 or any(isinstance(end, (bool, str)) for end in score):
        raise wrong
    try:
        low, high = map(float, score)
    except (TypeError, ValueError):
        raise wrong from None
    if not (math.isfinite(low) and math.isfinite(high) and low <= high):
        raise wrong
    return low, high


def _read_cell(cell: Any, names: list[str], table: RowTable) -> tuple[int, int]:
    if not compares_labels(table, table.row_labels) or table.other is None:
        needs = "one label a row, and a second opinion: pass against= when you open the gallery"
        raise InvalidInputError(f"cell={quote(cell)}: a cell of the confusion matrix needs {needs}")
    if not isinstance(cell, (tuple, list)) or len(cell) != 2:
        raise InvalidInputError(f"cell={quote(cell)}: pass a pair (label, other label)")
    others = table.other.names
    if str(cell[1]) not in others:
        raise InvalidInputError(f"cell={quote(cell)}: the second opinion has {', '.join(map(repr, others))}")
    if str(cell[0]) not in names:
        raise InvalidInputError(f"cell={quote(cell)}: the labels are {', '.join(map(repr, names))}")
    return names.index(str(cell[0])), others.index(str(cell[1]))


def _read_columns(columns: Any, fields: list[Field]) -> dict[str, FieldFilter]:
    by_name = {field.name: field for field in fields}
    if not isinstance(columns, Mapping):
        raise InvalidInputError(f"columns={quote(columns)}: pass a mapping of names to values or (low, high)")
    unknown = [name for name in columns if field_name(name) not in by_name]
    if unknown:
        has = f"there are {', '.join(map(repr, by_name))}" if by_name else "pass columns= when you open the gallery"
        raise InvalidInputError(f"columns: {unknown[0]!r} is not among the columns of this gallery; {has}")
    given = {field_name(name): wanted for name, wanted in columns.items()}
    read = {name: read_field_filter(by_name[name], wanted) for name, wanted in given.items()}
    return {name: wanted for name, wanted in read.items() if wanted is not None}
