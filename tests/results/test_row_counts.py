"""Phrases about numbers of rows have the verb and the plural that fit."""

import pytest

from jsdf.results.row_counts import list_notes, list_reasons, part_of_rows


@pytest.mark.parametrize(
    ("count", "rows", "whole", "phrase"),
    [
        (1, 40, "", "1 of 40 rows is"),
        (2, 40, "", "2 of 40 rows are"),
        (0, 1, "", "0 of 1 row are"),
        (1_200, 40_000, " of a partition", "1,200 of 40,000 rows of a partition are"),
    ],
)
def test_a_part_of_the_rows(count, rows, whole, phrase):
    assert part_of_rows(count, rows, "is", "are", whole) == phrase


def test_reasons_and_notes():
    assert list_reasons([("HTTP 400", 2), ("no answer", 1)]) == "HTTP 400 (2 rows); no answer (1 row)"
    assert list_notes([("cut", 2), ("stretched", 1)]) == "2 rows: cut; 1 row: stretched"
    assert list_reasons([]) == list_notes([]) == ""
