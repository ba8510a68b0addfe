"""Read the table of `--examples`: values in the column to label, and their labels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.api.example_input.example_forms import LABEL_COLUMN
from jsdf.cli import tables
from jsdf.cli.tables.table import missing_column
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False, "": None}


def read_examples(path: Path, column: str, label_names: Sequence[str], *, multiple: bool) -> tuple[Any, Any]:
    """Read a table of examples as a pair of values and labels.

    Args:
        path: The file, in any format that `jsdf classify` reads, with its separator and in UTF-8.
        column: The name of the column to label, which the file has, too.
        label_names: Names of the labels.
        multiple: True if a row may have any number of labels: then a column per label, as `jsdf classify --multiple`
            writes them, may stand for the column `label`.

    Raises:
        InvalidInputError: The file or a column cannot be used, or no row has a label.
    """
    if path == Path(tables.STREAM):
        raise InvalidInputError(f"--examples {path}: name a file; standard input is for the table to label")
    table = tables.read(path, column)
    names = list(table.frame.columns)
    if LABEL_COLUMN in names and column != LABEL_COLUMN:
        labels: Any = table.frame[LABEL_COLUMN]
        is_labelled = labels.map(lambda label: not _is_empty(label))
    elif multiple and set(label_names) <= set(names):
        labels = pd.DataFrame({name: _read_flags(path, table.frame[name]) for name in label_names})
        is_labelled = labels.notna().all(axis=1)
    else:
        raise InvalidInputError(missing_column(path, names, LABEL_COLUMN))
    if not is_labelled.any():
        raise InvalidInputError(f"{path}: no row has a label; write labels into its column {LABEL_COLUMN!r}")
    return table.texts, labels


def _is_empty(label: Any) -> bool:
    return (isinstance(label, str) and not label.strip()) or (pd.api.types.is_scalar(label) and pd.isna(label))


def _read_flags(path: Path, column: pd.Series[Any]) -> pd.Series[Any]:
    flags = [None if _is_empty(value) else _FLAGS.get(str(value).strip().lower(), value) for value in column]
    other = next((flag for flag in flags if not isinstance(flag, bool) and flag is not None), None)
    if other is not None:
        raise InvalidInputError(f"{path}: column {column.name!r} holds {quote(other)}; write true or false")
    return pd.Series(flags, dtype="boolean")
