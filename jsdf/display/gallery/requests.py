"""Checks of what a browser asks for: filters and rows; anything invalid gives None or nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from jsdf.display.gallery.fields import FieldFilter
from jsdf.display.gallery.filtering import NO_LABEL
from jsdf.display.gallery.query.filter_arguments import compares_labels
from jsdf.display.gallery.query.filters import MAX_SEARCH_CHARS, Filters

if TYPE_CHECKING:
    from typing import TypeGuard

    from jsdf.display.gallery.fields import Field
    from jsdf.display.gallery.model import GalleryModel

#: Limits for a message: rows of one action, and labels or values of one filter.
_MAX_ROWS, _MAX_CHOICES = 10_000, 1_000
_INVALID: Any = object()


def is_index(value: Any) -> TypeGuard[int]:
    """Return True for an integer that is not a boolean."""
    return isinstance(value, int) and not isinstance(value, bool)


def read_filter_request(model: GalleryModel, message: dict[str, Any]) -> Filters | None:
    """Return the filters of a message; None if one of them is invalid."""
    labels, status, text = message.get("labels", []), message.get("status"), message.get("text", "")
    is_valid_status = status is None or (isinstance(status, str) and status in model.statuses)
    is_valid_text = isinstance(text, str) and len(text) <= MAX_SEARCH_CHARS
    is_valid_label = isinstance(labels, list) and len(labels) <= _MAX_CHOICES and all(
        is_index(label) and NO_LABEL <= label < len(model.names) for label in labels
    )  # fmt: skip
    score, cell = _read_score(model, message.get("score")), _read_cell(model, message.get("cell"))
    columns = _read_columns(model, message.get("columns"))
    if not (is_valid_status and is_valid_text and is_valid_label) or _INVALID in (score, cell, columns):
        return None
    return Filters(tuple(dict.fromkeys(labels)), status, text, score, cell, columns)


def _read_score(model: GalleryModel, score: Any) -> Any:
    if score is None:
        return None
    return _read_range(score) if model.table.score is not None else _INVALID


def _read_cell(model: GalleryModel, cell: Any) -> Any:
    if cell is None:
        return None
    other = model.table.other
    if other is None or not compares_labels(model.table, model.row_labels):
        return _INVALID
    sizes = len(model.names), len(other.names)
    if not (isinstance(cell, list) and len(cell) == 2 and all(map(is_index, cell))):
        return _INVALID
    return tuple(cell) if all(0 <= at < size for at, size in zip(cell, sizes, strict=True)) else _INVALID


def _read_columns(model: GalleryModel, columns: Any) -> Any:
    if columns is None:
        return {}
    by_name = {field.name: field for field in model.table.fields}
    if not isinstance(columns, dict) or not all(isinstance(name, str) and name in by_name for name in columns):
        return _INVALID
    read = {name: _read_field_filter(by_name[name], wanted) for name, wanted in columns.items()}
    return _INVALID if _INVALID in read.values() else {name: wanted for name, wanted in read.items() if wanted}


def _read_field_filter(field: Field, wanted: Any) -> Any:
    """Return the filter of one column; None if it has no values, which filters nothing."""
    if not isinstance(wanted, dict) or len(wanted) != 1:
        return _INVALID
    if field.numbers is not None:
        given = _read_range(wanted.get("range"))
        return _INVALID if given is _INVALID else FieldFilter(range=given)
    values = wanted.get("values")
    if not isinstance(values, list) or len(values) > _MAX_CHOICES:
        return _INVALID
    if not all(value is None or (isinstance(value, str) and field.has_value(value)) for value in values):
        return _INVALID
    return FieldFilter(values=tuple(dict.fromkeys(values))) if values else None


def _read_range(given: Any) -> Any:
    if not (isinstance(given, list) and len(given) == 2):
        return _INVALID
    if not all(is_index(end) or isinstance(end, float) for end in given):
        return _INVALID
    try:
        low, high = map(float, given)
    except OverflowError:
        return _INVALID
    return (low, high) if math.isfinite(low) and math.isfinite(high) and low <= high else _INVALID


def is_row(row: Any, n_rows: int) -> TypeGuard[int]:
    """Return True for the position of an existing row."""
    return is_index(row) and 0 <= row < n_rows


def read_row(model: GalleryModel, row: Any) -> int | None:
    """Return the position of an existing row, None for anything else."""
    return row if is_row(row, len(model.table)) else None


def read_rows(model: GalleryModel, message: dict[str, Any]) -> list[int]:
    """Return the rows of a message, or its one row, if all of them are positions of existing rows, else none."""
    rows = message["rows"] if "rows" in message else [message.get("row")]
    if not isinstance(rows, list) or len(rows) > _MAX_ROWS:
        return []
    return rows if all(is_row(row, len(model.table)) for row in rows) else []
