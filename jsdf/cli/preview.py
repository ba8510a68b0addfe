"""The preview of a labelled table on a terminal."""

from __future__ import annotations

from typing import Any

import pandas as pd

from jsdf.cli.terminal import format_table, write_lines
from jsdf.formatting.text import pluralize

#: Rows that are shown.
PREVIEW_ROWS = 10


def show_preview(texts: pd.Series[Any], labels: pd.DataFrame, rows: int, *, has_bytes: bool) -> str:
    """Print the first rows of a labelled column.

    Args:
        texts: The first values of the column, or all of them.
        labels: Their labels, one column or one a label.
        rows: The number of all rows.
        has_bytes: True if some column of the table holds bytes.

    Returns:
        A phrase for the user about the rows that are shown.
    """
    first = texts.head(PREVIEW_ROWS)
    shown = [(_format_labels(labels.iloc[i]), _format_value(text)) for i, text in enumerate(first)]
    write_lines(format_table(("label", str(texts.name)), shown))
    out = "OUT.parquet" if has_bytes else "OUT.csv"
    return f"showing {len(shown):,} of {pluralize(rows, 'row')}; -o {out} writes them all"


def _format_value(value: Any) -> str:
    if isinstance(value, dict):  # an image struct
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytes):
        return pluralize(len(value), "byte")
    return "" if pd.isna(value) else str(value)


def _format_labels(row: pd.Series[Any]) -> str:
    """Return the label or labels of a row as text; a dash for a row without an answer."""
    if row.isna().any():
        return "-"
    if len(row) == 1:
        return str(row.iloc[0])
    return ", ".join(str(name) for name, applies in row.items() if applies) or "none"
