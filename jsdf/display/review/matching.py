"""How a line of a journal names a row, and which row it is in a column that may have been sorted or cut since."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from hashlib import blake2b
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from jsdf.utils.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jsdf.display.gallery.rows import RowColumn

from typing import TYPE_CHECKING

import pandas as pd

from jsdf.results.run import Run

if TYPE_CHECKING:
    from collections.abc import Hashable

    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.labels import LabelSet


#: Digest of an index label -> the rows that have it, in order.
RowsByIndex: TypeAlias = "dict[str, list[int]]"
_NONE: list[int] = []


class RowMatcher:
    """Names rows by digests of what they hold and of their index label, and finds them again.

    Args:
        column: The column that the rows are in.
    """

    def __init__(self, column: RowColumn) -> None:
        self._column = column
        self._groups: dict[int, tuple[list[int], RowsByIndex]] = {}

    def row_key(self, row: int) -> dict[str, Any]:
        """What a line says of a row: `value` and `index` (digests), and which one of those with both it is, `nth`."""
        index = self._index(row)
        duplicates = self._group(int(self._column.hashes[row]))[1][index]
        return {
            "value": self._digest(int(self._column.codes[row])),
            "index": index,
            "nth": bisect_left(duplicates, row),
        }

    def has_value(self, record: dict[str, Any]) -> bool:
        """Whether any row holds the value that a record is about."""
        return record["value"] in self._hash

    def key(self, record: dict[str, Any]) -> str:
        """What the records of one row have in common: their value, where only one row holds it, or their whole name."""
        known = self._hash.get(record["value"])
        alone = known is not None and self._count(known) == 1
        return record["value"] if alone else repr([record.get(name) for name in ("value", "index", "nth")])

    def match(self, records: Sequence[dict[str, Any]], *, by_name: bool = False) -> list[int | None]:
        """The rows that these records are about, each given once; None where there is none left.

        Rows with the same value are told apart by their index label, and those with the same label by their order.
        Where the label is new, any of them will do, since the person saw the same.

        Args:
            records: One a row.
            by_name: Leave out what would be found by its value alone, where more rows than one hold that.
        """
        found: list[int | None] = [self._named(record) for record in records]
        if by_name:
            return found
        taken = set(found)
        for rows_of in (self._twins, self._alike):
            # One iterator for each list, since there may be very many records about equal values.
            free: dict[int, Iterator[int]] = {}
            lost = [i for i in range(len(records)) if found[i] is None and self.has_value(records[i])]
            for i in sorted(lost, key=lambda i: _nth(records[i])):
                rows = rows_of(records[i])
                left = free.setdefault(id(rows), iter(rows))
                found[i] = next((row for row in left if row not in taken), None)
                taken.add(found[i])
        return found

    def _named(self, record: dict[str, Any]) -> int | None:
        """The row that a record names, the only one that holds its value, or None."""
        known = self._hash.get(record["value"])
        if known is None:
            return None
        if self._count(known) == 1:
            return self._alike(record)[0]
        duplicates = self._twins(record)
        return duplicates[_nth(record)] if 0 <= _nth(record) < len(duplicates) else None

    def _twins(self, record: dict[str, Any]) -> list[int]:
        """The rows with a record's value and index label."""
        return self._group(self._hash[record["value"]])[1].get(str(record.get("index")), _NONE)

    def _alike(self, record: dict[str, Any]) -> list[int]:
        """The rows with a record's value."""
        return self._group(self._hash[record["value"]])[0]

    def _group(self, known: int) -> tuple[list[int], RowsByIndex]:
        """The rows with this hash, in order, and by their index labels; looked at once, since they may be many."""
        if known not in self._groups:
            order, _ = self._sorted
            rows: list[int] = order[slice(*self._span(known))].tolist()
            group: RowsByIndex = {}
            for row in rows:
                group.setdefault(self._index(row), []).append(row)
            self._groups[known] = rows, group
        return self._groups[known]

    def _count(self, known: int) -> int:
        """How many rows hold a value with this hash."""
        first, end = self._span(known)
        return end - first

    def _span(self, known: int) -> tuple[int, int]:
        of, (_, hashes) = np.uint64(known), self._sorted
        return int(np.searchsorted(hashes, of, "left")), int(np.searchsorted(hashes, of, "right"))

    def _digest(self, code: int) -> str:
        if code < 0:
            return "missing"
        value = self._column.values[code]
        # A path goes by its name, as it does where it is a text: a file that was copied or touched is the same one.
        return fingerprint(str(value) if isinstance(value, PurePath) else value).hex()

    def _index(self, row: int) -> str:
        text = str(self._column.index[row]).encode("utf-8", "surrogatepass")
        return blake2b(text, digest_size=8).hexdigest()

    @cached_property
    def _sorted(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint64]]:
        order = np.argsort(self._column.hashes, kind="stable")
        return order, self._column.hashes[order]

    @cached_property
    def _hash(self) -> dict[str, int]:
        """Digest -> hash, of every value: the file knows digests only, which no release of pandas changes."""
        _, first = np.unique(self._column.hashes, return_index=True)
        return {self._digest(int(self._column.codes[row])): int(self._column.hashes[row]) for row in first}


def _nth(record: dict[str, Any]) -> int:
    nth = record.get("nth")
    return nth if isinstance(nth, int) else 0


def question_key(label: Any, found: RowLabels, column: Hashable, name: str | None = None) -> list[str]:
    """Words that are the same for the same question; see also `has_similar_labels`, for the plain labels.

    Args:
        label: The labels as they were passed.
        found: The same, read.
        column: The name of the column that is labelled.
        name: What the user calls the question; it alone counts where it is given.

    Returns:
        The name. Or the label column's name, whatever is in it by now, since a later run may find other labels. Or,
        of a run, its task and the labels that it describes. Or else the labels' names, as of several labels a row:
        a row that was right without a label that came later is open again.
    """
    if name is not None:
        return ["name", _label_arity(found), name]
    if found.multiple:
        return ["labels", _label_arity(found), repr(_of_run(label)), *sorted(found.names)]
    if isinstance(label, Run):
        return ["run", _label_arity(found), repr(_of_run(label))]
    # A run's own labels go by the name of the column that was labelled, which does not tell what was asked.
    if isinstance(label, pd.Series) and label.name is not None and label.name != column:
        return ["column", _label_arity(found), repr(label.name)]
    return ["labels", _label_arity(found), *sorted(found.names)]


def _label_arity(found: RowLabels) -> str:
    return "several labels" if found.multiple else "one label"


def _of_run(label: Any) -> list[str]:
    return [label.task or "", *_described(label._label_set)] if isinstance(label, Run) else []


def _described(labels: LabelSet) -> list[str]:
    """The labels that are more than their name, by digests of what they are shown or described by."""
    described = []
    for one in labels.classes:
        members = [[member.type, member.value] for member in one.members]
        if members != [["text", one.name]]:
            digest = blake2b(repr(members).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
            described.append(f"{one.name}: {digest}")
    return sorted(described)
