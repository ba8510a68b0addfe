"""Match saved corrections to rows by value and index digests, also after the frame was sorted, filtered or extended."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.results.run import Run
from jsdf.utils.fingerprint import fingerprint, known_name
from jsdf.utils.signed_urls import unsigned_url

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.rows import RowColumn
    from jsdf.labels import Label, LabelSet


#: Digest of an index label -> positions of the rows with this label, ascending.
RowsByIndex: TypeAlias = "dict[str, list[int]]"
_NO_ROWS: list[int] = []


class RowGroups(NamedTuple):
    """Rows grouped by their value.

    Attributes:
        order: intp of shape (rows,), positions of the rows, those of a group side by side and ascending.
        starts: intp of shape (groups + 1,), place in `order` at which each group begins, and the number of rows.
        group_of: intp of shape (rows,), number of the group of each row.
    """

    order: npt.NDArray[np.intp]
    starts: npt.NDArray[np.intp]
    group_of: npt.NDArray[np.intp]


class RowMatcher:
    """Identifies rows by digests of their value and index label, and finds the rows of saved records.

    Args:
        column: Column of the rows.
    """

    def __init__(self, column: RowColumn) -> None:
        self._column = column
        self._groups: dict[int, tuple[list[int], RowsByIndex]] = {}

    def row_key(self, row: int) -> dict[str, Any]:
        """Return the fields that identify a row in a record.

        Returns:
            `value` and `index`, digests, and `nth`, the row's number from 0 among the rows with both.
        """
        index, group = self._index_digest(row), int(self._rows_by_value.group_of[row])
        # Most values are unique, and a large step saves faster without lists of their rows.
        nth = 0 if self._is_single(group) else bisect_left(self._group(group)[1][index], row)
        return {"value": self._value_digest(int(self._column.codes[row])), "index": index, "nth": nth}

    def has_value(self, record: dict[str, Any]) -> bool:
        """Return True if any row has the value of this record."""
        return record["value"] in self._groups_by_digest

    def key(self, record: dict[str, Any]) -> str:
        """Return a key that is equal for all records of one row.

        Returns:
            The value digest if only one row has the value, else all three fields of `row_key`.
        """
        group = self._groups_by_digest.get(record["value"])
        is_unique = group is not None and self._is_single(group)
        return record["value"] if is_unique else repr([record.get(name) for name in ("value", "index", "nth")])

    def has_moved(self, record: dict[str, Any], row: int) -> bool:
        """Return True if the record has the key of another row than the one that it was matched to."""
        is_unique = self._is_single(int(self._rows_by_value.group_of[row]))
        return not is_unique and self.key(record) != self.key(self.row_key(row))

    def match(self, records: Sequence[dict[str, Any]], *, by_name: bool = False) -> list[int | None]:
        """Find the row of each record; no row is returned twice.

        Rows with equal values are distinguished by their index label, and rows with equal labels by their order. If
        the index label of a record no longer occurs, any row with the value is taken: the person saw the same value.

        Args:
            records: One record per row.
            by_name: True to leave out rows that only the value identifies, if several rows have it.

        Returns:
            Positions in the order of the records; None for a record without a row.
        """
        matches: list[int | None] = [self._row_by_name(record) for record in records]
        if by_name:
            return matches
        taken = set(matches)
        for candidates_of in (self._rows_with_value_and_index, self._rows_with_value):
            # One iterator per list of rows, since there may be very many records with equal values.
            iterators: dict[int, Iterator[int]] = {}
            unmatched = [i for i in range(len(records)) if matches[i] is None and self.has_value(records[i])]
            for i in sorted(unmatched, key=lambda i: _nth(records[i])):
                rows = candidates_of(records[i])
                remaining = iterators.setdefault(id(rows), iter(rows))
                matches[i] = next((row for row in remaining if row not in taken), None)
                taken.add(matches[i])
        return matches

    def _row_by_name(self, record: dict[str, Any]) -> int | None:
        """Return the only row with the record's value, else the row that all fields identify, else None."""
        group = self._groups_by_digest.get(record["value"])
        if group is None:
            return None
        if self._is_single(group):
            return int(self._rows_by_value.order[self._rows_by_value.starts[group]])
        duplicates = self._rows_with_value_and_index(record)
        return duplicates[_nth(record)] if 0 <= _nth(record) < len(duplicates) else None

    def _rows_with_value_and_index(self, record: dict[str, Any]) -> list[int]:
        return self._group(self._groups_by_digest[record["value"]])[1].get(str(record.get("index")), _NO_ROWS)

    def _rows_with_value(self, record: dict[str, Any]) -> list[int]:
        return self._group(self._groups_by_digest[record["value"]])[0]

    def _group(self, group: int) -> tuple[list[int], RowsByIndex]:
        """Return the rows of a group, in order and by index label; cached, since they may be many."""
        if group not in self._groups:
            order, starts = self._rows_by_value.order, self._rows_by_value.starts
            rows: list[int] = order[starts[group] : starts[group + 1]].tolist()
            by_index: RowsByIndex = {}
            for row in rows:
                by_index.setdefault(self._index_digest(row), []).append(row)
            self._groups[group] = rows, by_index
        return self._groups[group]

    def _is_single(self, group: int) -> bool:
        starts = self._rows_by_value.starts
        return bool(starts[group + 1] - starts[group] == 1)

    def _value_digest(self, code: int) -> str:
        if code < 0:
            return "missing"
        value = self._column.values[code]
        # A file is identified by its name, as it is when passed as a text: copying a file keeps its corrections.
        is_text = self._column.kind == "text" and isinstance(value, str)
        name = None if is_text else known_name(value)
        return fingerprint(value if name is None else name).hex()

    def _index_digest(self, row: int) -> str:
        text = str(self._column.index[row]).encode("utf-8", "surrogatepass")
        return blake2b(text, digest_size=8).hexdigest()

    @cached_property
    def _rows_by_value(self) -> RowGroups:
        hashes = self._column.hashes
        order = np.argsort(hashes, kind="stable")
        is_first = np.append(True, hashes[order][1:] != hashes[order][:-1])[: len(order)]
        group_of = np.empty(len(order), np.intp)
        group_of[order] = np.cumsum(is_first) - 1
        return RowGroups(order, np.append(np.flatnonzero(is_first), len(order)), group_of)

    @cached_property
    def _groups_by_digest(self) -> dict[str, int]:
        """Value digest -> number of the group. Files hold digests, since hashes depend on the release of pandas."""
        order, starts, _ = self._rows_by_value
        codes = self._column.codes[order[starts[:-1]]].tolist()
        return {self._value_digest(code): group for group, code in enumerate(codes)}


def _nth(record: dict[str, Any]) -> int:
    nth = record.get("nth")
    return nth if isinstance(nth, int) else 0


def question_key(label: Any, row_labels: RowLabels, column: Hashable, name: str | None = None) -> list[str]:
    """Return strings that identify the question of a review; plain labels are compared by `has_similar_labels`.

    Args:
        label: The label argument as it was passed.
        row_labels: The same, parsed.
        column: Name of the labelled column.
        name: The user's name for the question; if given, it alone identifies the question.

    Returns:
        The name, if given. For several labels a row, a run's task and described labels, and the names of all labels,
        so that a row is open again when a label is added. For a run, its task and described labels. For a column of
        labels, its name, whatever labels it holds, since a later run may give others. Else the names of the labels.
    """
    if name is not None:
        return ["name", _label_arity(row_labels), name]
    if row_labels.multiple:
        return ["labels", _label_arity(row_labels), repr(_run_key(label)), *sorted(row_labels.names)]
    if isinstance(label, Run):
        return ["run", _label_arity(row_labels), repr(_run_key(label))]
    # The labels of a run have the name of the labelled column, which does not identify the question.
    if isinstance(label, pd.Series) and label.name is not None and label.name != column:
        return ["column", _label_arity(row_labels), repr(label.name)]
    return ["labels", _label_arity(row_labels), *sorted(row_labels.names)]


def _label_arity(row_labels: RowLabels) -> str:
    return "several labels" if row_labels.multiple else "one label"


def _run_key(label: Any) -> list[str]:
    return [label.task or "", *_described_labels(label._label_set)] if isinstance(label, Run) else []


def _described_labels(labels: LabelSet) -> list[str]:
    """Return name and digest of each label that has a description or examples."""
    described = []
    for label_class in labels.classes:
        members = [[member.type, _description(member)] for member in label_class.members]
        if members != [["text", label_class.name]]:
            digest = blake2b(repr(members).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
            described.append(f"{label_class.name}: {digest}")
    return sorted(described)


def _description(member: Label) -> str:
    return unsigned_url(member.value) if member.type == "image" else member.value
