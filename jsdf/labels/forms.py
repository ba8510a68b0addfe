"""Labels in the forms of other libraries, read as plain lists and mappings: enums, frames, Series, scalars."""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from jsdf.errors import InvalidLabelsError
from jsdf.formatting.text import quote
from jsdf.utils.missing import is_missing

_COLUMNS = ["name", "description"]


def to_plain(labels: Any) -> Any:
    """Return labels as a list, or as a list of pairs of name and description; anything else as it is.

    Raises:
        InvalidLabelsError: They are a frame without the columns `name` and `description`, or with others.
    """
    if isinstance(labels, type) and issubclass(labels, enum.Enum):
        return list(labels)
    if isinstance(labels, pd.CategoricalDtype):
        return [] if labels.categories is None else list(labels.categories)
    if isinstance(labels, (pd.Categorical, pd.CategoricalIndex)):
        return list(labels.categories)
    columns = _columns_of(labels)
    if columns is not None:
        return _from_frame(labels, columns)
    if isinstance(labels, pd.Series) and _has_text_index(labels):
        return _from_series(labels)
    if type(labels).__module__.partition(".")[0] == "polars" and hasattr(labels, "categories"):  # an Enum dtype
        return labels.categories.to_list()
    return labels


class Described(list[tuple[Any, Any]]):
    """Pairs of name and description; a missing description is None."""


def to_scalar(value: Any) -> Any:
    """Return a label as a Python object: the value of an enum's member, or of a scalar of Arrow or NumPy."""
    if isinstance(value, enum.Enum):
        return _member_text(value)
    if isinstance(value, str):
        return str.__str__(value)
    if hasattr(value, "as_py"):  # a scalar of Arrow
        return value.as_py()
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a scalar of NumPy
        return value.item()
    return value


def _member_text(member: enum.Enum) -> Any:
    """Return the value of an enum's member if all values of the enum are strings, else its name."""
    if all(isinstance(other.value, str) for other in type(member)):
        return str.__str__(member.value)
    if isinstance(member, enum.Flag) and (member.name is None or member not in list(type(member))):
        # Before Python 3.11 a combination of flags has no name.
        parts = [flag.name for flag in type(member) if flag.value and flag in member]
        return "|".join(filter(None, parts)) or None
    return member.name


def _columns_of(labels: Any) -> Mapping[Any, Sequence[Any]] | None:
    """Return the columns of a frame of pandas or polars, or of a table of Arrow; None for anything else."""
    if isinstance(labels, pd.DataFrame):
        return {name: labels.iloc[:, i].tolist() for i, name in enumerate(labels.columns)}
    if hasattr(labels, "to_pydict"):
        columns: Mapping[Any, Sequence[Any]] = labels.to_pydict()
        return columns
    if hasattr(labels, "to_dicts") and hasattr(labels, "columns"):
        return {name: labels[name].to_list() for name in labels.columns}
    return None


def _from_frame(labels: Any, columns: Mapping[Any, Sequence[Any]]) -> Described:
    names = list(columns)
    if sorted(map(str, names)) != sorted(_COLUMNS):
        if set(_COLUMNS) <= set(names):
            advice = f"pass labels[{_COLUMNS!r}]"
        elif names:
            advice = f"pass columns named 'name' and 'description', or one column as a list: list(labels[{names[0]!r}])"
        else:
            advice = "pass a list of labels"
        kind = type(labels).__name__
        raise InvalidLabelsError(f"labels is a {kind} with the columns {quote(names, 80)}; {advice}")
    return Described(zip(columns["name"], columns["description"], strict=True))


def _from_series(series: pd.Series[Any]) -> Described:
    values = [to_scalar(value) for value in series.tolist()]
    other = next((value for value in values if isinstance(value, (int, float)) and not is_missing(value)), None)
    if other is not None:
        raise InvalidLabelsError(
            f"labels is a Series with names as its index, but {other!r} is no description; "
            "pass list(labels.index) to use the names alone"
        )
    return Described(zip(series.index, values, strict=True))


def _has_text_index(series: pd.Series[Any]) -> bool:
    return len(series) > 0 and all(isinstance(label, str) for label in series.index)
