"""Examples in the forms of users, read as pairs of a value and the names of its labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from jsdf.column import is_image_struct, select_column, to_series
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import quote
from jsdf.labels import Label
from jsdf.utils.characters import is_blank
from jsdf.utils.missing import is_missing

#: The column of labels in a frame of examples.
LABEL_COLUMN = "label"
_FORMS = (
    "a mapping of labels to values, as in {'refund': ['I want my money back']}, a frame with the column and 'label', "
    "a pair (values, labels), or a Review"
)


class LabelledValue(NamedTuple):
    """A value, the names of its labels, and where it stands, for messages."""

    value: Any
    names: tuple[Any, ...]
    place: str


def read_examples(given: Any, column_name: Any, label_names: Sequence[str]) -> list[LabelledValue]:
    """Read examples; rows of a frame, a pair or a review that have no label are left out.

    Args:
        given: A mapping, a frame, a pair or a `Review`, as for `jsdf.classify`.
        column_name: Name of the column to label; None if it has none.
        label_names: Names of the labels.

    Raises:
        InvalidInputError: They have another form, or none of the rows has a label.
    """
    if isinstance(given, Mapping) and not is_image_struct(given):
        read = _read_mapping(given)
    elif hasattr(given, "is_reviewed"):
        read = list(_read_review(given))
    elif isinstance(given, pd.DataFrame) or (hasattr(given, "to_pandas") and hasattr(given, "columns")):
        frame = given if isinstance(given, pd.DataFrame) else given.to_pandas()
        read = list(_read_frame(frame, column_name, label_names))
    elif isinstance(given, tuple) and len(given) == 2:
        read = list(_read_pair(*given))
    else:
        raise InvalidInputError(f"examples={quote(given)}: pass {_FORMS}")
    if not read:
        raise InvalidInputError(f"examples={_describe_empty(given)}; pass {_FORMS}, or leave examples out")
    return read


def _describe_empty(given: Any) -> str:
    if hasattr(given, "is_reviewed"):
        return f"{type(given).__name__}: none of its rows has been given a label or accepted yet"
    return f"{quote(given)} holds no value with a label" if isinstance(given, Mapping) else "...: no row has a label"


def _read_mapping(given: Mapping[Any, Any]) -> list[LabelledValue]:
    return [
        LabelledValue(value, (name,), f"an example of {quote(name)}")
        for name, values in given.items()
        for value in _values_of(values)
    ]


def _values_of(values: Any) -> Iterable[Any]:
    """Return the values of a label: those of a list or column, or a single one, such as an array of pixels."""
    is_column = isinstance(values, (list, tuple, pd.Series, pd.Index, pd.api.extensions.ExtensionArray, Iterator))
    is_column |= isinstance(values, np.ndarray) and values.ndim == 1
    is_column |= hasattr(values, "to_pylist") or hasattr(values, "to_list")
    return to_series(values, "examples") if is_column else [values]


def _read_review(review: Any) -> Iterator[LabelledValue]:
    labels = review.row_labels
    for row in np.flatnonzero(review.is_reviewed).tolist():
        codes, value = labels.get(row), review.table.value(row)
        if codes is not None and value is not None:
            codes = codes if isinstance(codes, tuple) else (codes,)
            yield LabelledValue(value, tuple(labels.names[code] for code in codes), _row(review.table.index_text(row)))


def _read_frame(frame: pd.DataFrame, column_name: Any, label_names: Sequence[str]) -> Iterator[LabelledValue]:
    names = list(frame.columns)
    if LABEL_COLUMN in names:
        labels: Any = select_column(frame, LABEL_COLUMN)
        others = [name for name in names if name != LABEL_COLUMN]
    elif set(label_names) <= set(names):  # a multi-hot frame, as `classify` returns with several labels
        labels = frame[list(label_names)]
        others = [name for name in names if name not in label_names]
    else:
        raise InvalidInputError(
            f"examples is a frame with the columns {quote(names, 80)}; name the one that holds the labels 'label'"
        )
    if column_name not in others and len(others) != 1:
        advice = "pass two of them, the values and 'label'"
        if column_name is not None:
            advice = f"name the one that holds the values {column_name!r}, as the column to label, or {advice}"
        raise InvalidInputError(f"examples is a frame with the columns {quote(names, 80)}; {advice}")
    yield from _read_pair(select_column(frame, column_name if column_name in others else others[0]), labels)


def _read_pair(values: Any, labels: Any) -> Iterator[LabelledValue]:
    series = to_series(values, "examples")
    names = _names_of_frame(labels) if isinstance(labels, pd.DataFrame) else list(to_series(labels, "examples"))
    if len(names) != len(series):
        raise InvalidInputError(
            f"examples: {len(series):,} values and {len(names):,} labels; pass a label for each value"
        )
    for row, value, given in zip(series.index, series.array, names, strict=True):
        if not is_missing(given) and not (isinstance(given, str) and is_blank(given)):
            yield LabelledValue(value, _as_names(given), _row(row))


def _names_of_frame(labels: pd.DataFrame) -> list[Any]:
    """Return a list of names for each row of a multi-hot frame, None for a row of nulls."""
    dtypes = zip(labels.columns, labels.dtypes, strict=True)
    other = next(((name, dtype) for name, dtype in dtypes if not pd.api.types.is_bool_dtype(dtype)), None)
    if other is not None:
        raise InvalidInputError(
            f"examples: the column {other[0]!r} of the labels is {other[1]}; pass one bool column per label"
        )
    columns = list(labels.columns)
    return [
        None if any(map(is_missing, row)) else [name for name, is_set in zip(columns, row, strict=True) if is_set]
        for row in labels.itertuples(index=False, name=None)
    ]


def _as_names(given: Any) -> tuple[Any, ...]:
    is_several = isinstance(given, (list, tuple, AbstractSet, np.ndarray, pd.Series))
    return tuple(given) if is_several else (given,)


def _row(label: Any) -> str:
    return f"row {label}" if isinstance(label, str) else f"row {label!r}"


def unwrap_image(value: Any) -> Any:
    """Return the path, URL or `data:` URI of a value that was made by `jsdf.image`; any other value as it is."""
    return value.value if isinstance(value, Label) and value.type == "image" else value
