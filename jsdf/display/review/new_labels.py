"""Labels that are added to the choices during a review."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.display.gallery.row_labels import MAX_LABELS
from jsdf.errors import InvalidLabelsError
from jsdf.formatting.text import quote
from jsdf.utils.characters import fold, has_surrogate, is_blank, join_surrogates

if TYPE_CHECKING:
    from jsdf.display.gallery.row_labels import RowLabels

#: Characters of a name at most; more are not shown.
MAX_NAME_CHARS = 200


def check_name(name: Any, row_labels: RowLabels) -> str:
    """Return the name of a new label, without white space around it.

    Raises:
        InvalidLabelsError: It is no name, the column cannot hold it, or it looks like a label that there is.
    """
    obstacle = describe_obstacle(row_labels)
    if obstacle is not None:
        raise InvalidLabelsError(f"name={quote(name)} cannot be added: {obstacle}")
    if not isinstance(name, str):
        raise InvalidLabelsError(f"name={quote(name)}: pass the new label as a string")
    text: str = join_surrogates(name).strip()
    if is_blank(text):
        raise InvalidLabelsError(f"name={quote(name)} is empty; pass the text of the new label")
    if len(text) > MAX_NAME_CHARS:
        raise InvalidLabelsError(f"the new label has {len(text):,} characters; pass {MAX_NAME_CHARS} at most")
    if has_surrogate(text) or any(unicodedata.category(char) == "Cc" for char in text):
        raise InvalidLabelsError(f"name={quote(name)} holds a control character; leave it out")
    same = next((other for other in row_labels.names if fold(other) == fold(text)), None)
    if same is not None:
        raise InvalidLabelsError(f"name={quote(name)}: there is a label {quote(same)} already; choose that one")
    return text


def describe_obstacle(row_labels: RowLabels) -> str | None:
    """Return the reason why no label can be added, with a way out; None if one can be.

    A column of texts takes any label, one of the dtype `category` gets another category, and a multi-hot frame another
    column. Ordered categories are not extended, since the place of the new one is not known.
    """
    given = row_labels.given
    dtype = getattr(given, "dtype", None)
    if len(row_labels.names) >= MAX_LABELS:
        return f"there are {MAX_LABELS} labels, the most that a review shows"
    if isinstance(dtype, pd.CategoricalDtype) and dtype.ordered:
        return "the categories of label are ordered; give it a place with .cat.set_categories, and review again"
    if isinstance(given, pd.DataFrame) and isinstance(given.columns, (pd.MultiIndex, pd.CategoricalIndex)):
        return f"the columns of label are a {type(given.columns).__name__}; pass a frame with plain names"
    is_text = all(isinstance(choice, str) for choice in row_labels.choices)
    if row_labels.accepts_new_labels or (is_text and (row_labels.multiple or isinstance(dtype, pd.CategoricalDtype))):
        return None
    if row_labels.multiple:
        return "the columns of label are not named by strings; rename them with .rename(columns=str)"
    return f"label is {_describe(dtype)}, which cannot hold it; pass label.astype('string')"


def _describe(dtype: Any) -> str:
    return f"category of {dtype.categories.dtype}" if isinstance(dtype, pd.CategoricalDtype) else str(dtype)


def add_choice(row_labels: RowLabels, name: str) -> int:
    """Add a label to the choices, and to the dtype or the columns of the result; return its position."""
    given = row_labels.given
    if isinstance(given, pd.DataFrame):
        row_labels.given = _with_column(row_labels, given, name)
        row_labels.codes = np.column_stack([row_labels.codes, np.zeros(len(given), bool)])
    elif isinstance(given.dtype, pd.CategoricalDtype):
        row_labels.given = given.cat.add_categories([name])
    return row_labels.add(name)


def _with_column(row_labels: RowLabels, given: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return the frame with one more column, False, or null where a row has no answer."""
    dtypes = list(given.dtypes)
    dtype = next((dtype for dtype in dtypes if dtype != np.dtype(bool)), dtypes[0])
    values: list[bool | None] = [False] * len(given)
    if dtype != np.dtype(bool):
        values = [None if missing else False for missing in row_labels.is_missing.tolist()]
    frame: pd.DataFrame = given.copy(deep=False)
    frame.insert(frame.shape[1], name, pd.array(values, dtype=dtype))
    return frame
