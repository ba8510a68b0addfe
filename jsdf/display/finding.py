"""How a line of a journal names a row, and which row it is in a column that may have been sorted or cut since."""

from __future__ import annotations

from bisect import bisect_left
from functools import cached_property
from hashlib import blake2b
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from jsdf.column import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jsdf.display.rows import Rows

#: Digest of an index label -> the rows that have it, in order.
Alike: TypeAlias = "dict[str, list[int]]"


class Finder:
    """Names rows by digests of what they hold and of their index label, and finds them again.

    Args:
        column: The column that the rows are in.
    """

    def __init__(self, column: Rows) -> None:
        self._column = column
        self._groups: dict[int, Alike] = {}

    def name(self, row: int) -> dict[str, Any]:
        """What a line says of a row: `value` and `index` (digests), and which one of those with both it is, `nth`."""
        index = self._index(row)
        twins = self._group(int(self._column.hashes[row]))[index]
        return {"value": self._digest(int(self._column.codes[row])), "index": index, "nth": bisect_left(twins, row)}

    def holds(self, record: dict[str, Any]) -> bool:
        """Whether any row holds the value that a record is about."""
        return record["value"] in self._hash

    def find(self, records: Sequence[dict[str, Any]]) -> list[int | None]:
        """The rows that these records are about, each given once; None where there is none left.

        Rows with the same value are told apart by their index label; where that is new, any of them will do,
        since the person saw the same.
        """
        found: list[int | None] = [None] * len(records)
        order = sorted((i for i in range(len(records)) if self.holds(records[i])), key=lambda i: _nth(records[i]))
        twins: dict[tuple[int, str], Iterator[int]] = {}
        for i in order:
            key = self._hash[records[i]["value"]], str(records[i].get("index"))
            found[i] = next(twins.setdefault(key, iter(self._group(key[0]).get(key[1], []))), None)
        taken = set(found)
        others: dict[int, Iterator[int]] = {}
        for i in order:
            if found[i] is None:
                known = self._hash[records[i]["value"]]
                free = others.setdefault(known, (row for row in self._rows(known) if row not in taken))
                found[i] = next(free, None)
        return found

    def _group(self, known: int) -> Alike:
        """The rows with this hash, by their index labels: looked at once, since there may be very many."""
        if known not in self._groups:
            group: Alike = {}
            for row in self._rows(known):
                group.setdefault(self._index(row), []).append(row)
            self._groups[known] = group
        return self._groups[known]

    def _rows(self, known: int) -> list[int]:
        """The rows that hold a value with this hash, in order."""
        order, hashes = self._sorted
        of = np.uint64(known)
        rows: list[int] = order[np.searchsorted(hashes, of, "left") : np.searchsorted(hashes, of, "right")].tolist()
        return rows

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
