"""How a line of a journal names a row, and which row it is in a column that may have been sorted or cut since."""

from __future__ import annotations

from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jsdf.column import fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jsdf.display.rows import Rows


class Finder:
    """Names rows by digests of what they hold and of their index label, and finds them again.

    Args:
        column: The column that the rows are in.
    """

    def __init__(self, column: Rows) -> None:
        self._column = column

    def name(self, row: int) -> dict[str, Any]:
        """What a line says of a row: `value` and `index` (digests), and which one of those with both it is, `nth`."""
        index = self._index(row)
        alike = self._rows(self._column.hashes[row]).tolist()
        earlier = [other for other in alike if other < row and self._index(other) == index]
        return {"value": self._digest(int(self._column.codes[row])), "index": index, "nth": len(earlier)}

    def find(self, records: Sequence[dict[str, Any]]) -> list[int | None]:
        """The rows that these records are about, each given once; None where there is none left.

        Rows with the same value are told apart by their index label; where that is new, any of them will do,
        since the person saw the same.
        """
        found: list[int | None] = [None] * len(records)
        taken: set[int] = set()
        for exact in (True, False):
            for i in sorted(range(len(records)), key=lambda i: _nth(records[i])):
                if found[i] is None:
                    found[i] = self._free(records[i], taken, exact=exact)
                    taken |= {found[i]} - {None}  # type: ignore[arg-type]
        return found

    def _free(self, record: dict[str, Any], taken: set[int], *, exact: bool) -> int | None:
        known = self._hash.get(record["value"])
        rows = [] if known is None else self._rows(known).tolist()
        fits = (row for row in rows if row not in taken and (not exact or self._index(row) == record.get("index")))
        return next(fits, None)

    def _rows(self, of: np.uint64) -> npt.NDArray[np.intp]:
        """The rows that hold a value with this hash, in order."""
        order, hashes = self._sorted
        return order[np.searchsorted(hashes, of, "left") : np.searchsorted(hashes, of, "right")]

    def _digest(self, code: int) -> str:
        return "missing" if code < 0 else fingerprint(self._column.values[code]).hex()

    def _index(self, row: int) -> str:
        text = str(self._column.index[row]).encode("utf-8", "surrogatepass")
        return blake2b(text, digest_size=8).hexdigest()

    @cached_property
    def _sorted(self) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.uint64]]:
        order = np.argsort(self._column.hashes, kind="stable")
        return order, self._column.hashes[order]

    @cached_property
    def _hash(self) -> dict[str, np.uint64]:
        """Digest -> hash, of every value: the file knows digests only, which no release of pandas changes."""
        _, first = np.unique(self._column.hashes, return_index=True)
        return {self._digest(int(self._column.codes[row])): self._column.hashes[row] for row in first}


def _nth(record: dict[str, Any]) -> int:
    nth = record.get("nth")
    return nth if isinstance(nth, int) else 0
