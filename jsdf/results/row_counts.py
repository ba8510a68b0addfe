"""Phrases about numbers of rows, for messages."""

from __future__ import annotations

from collections.abc import Iterable

from jsdf.formatting.text import pluralize


def part_of_rows(count: int, rows: int, singular: str, plural: str, of_whole: str = "") -> str:
    """Return a number of rows with the verb that fits it, as in "1 of 40 rows is" and "2 of 40 rows are".

    Args:
        count: The number of rows.
        rows: The number of all rows.
        singular: The verb for one row.
        plural: The verb for another number.
        of_whole: What the rows are part of, as in " of a partition".
    """
    return f"{count:,} of {pluralize(rows, 'row')}{of_whole} {singular if count == 1 else plural}"


def list_reasons(reasons: Iterable[tuple[str, int]]) -> str:
    """Return reasons with the number of rows of each, as in "HTTP 400 (2 rows); no answer (1 row)"."""
    return "; ".join(f"{reason} ({pluralize(rows, 'row')})" for reason, rows in reasons)


def list_notes(notes: Iterable[tuple[str, int]]) -> str:
    """Return remarks of an engine with the number of rows of each, as in "2 rows: the text was cut"."""
    return "; ".join(f"{pluralize(rows, 'row')}: {note}" for note, rows in notes)
