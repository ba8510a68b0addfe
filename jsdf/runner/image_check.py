"""A look at the images of a column before anything is paid for: dead, damaged, too large, a web page, there twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.errors import ImageError
from jsdf.images import Fetcher, open_picture
from jsdf.labels import bad_example
from jsdf.results.usage import Progress, Usage
from jsdf.utils.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from jsdf.column import Column
    from jsdf.labels import LabelSet

#: Images that are fetched and opened at once.
_AT_ONCE = 16
#: Pixels of the shortest side that they are opened at: enough to decode every part of a file.
_SIDE = 64


@dataclass(frozen=True)
class Findings:
    """What was found, by position in the values.

    Args:
        bad: Why there is no picture.
        twins: The earlier value that holds the very same bytes or pixels.
    """

    bad: dict[int, ImageError]
    twins: dict[int, int]

    def frame(self, column: Column, items: Sequence[int]) -> pd.DataFrame:
        """One line a row of the column: `row` (index label), `value`, `trouble`, `reason`.

        Args:
            column: Where the values come from.
            items: Each value's position in `column.values`.
        """
        first = [column.index[column.row_of(item)] for item in items]
        said = {items[i]: (error.trouble, str(error)) for i, error in self.bad.items()}
        said |= {items[i]: ("duplicate", f"the same picture as row {first[j]!r}") for i, j in self.twins.items()}
        rows = np.flatnonzero(np.isin(column.codes, list(said)))
        lines = [(column.values[code], *said[code]) for code in column.codes[rows]]
        frame: pd.DataFrame = pd.DataFrame(lines, columns=["value", "trouble", "reason"], dtype=object)
        frame.insert(0, "row", pd.Series(column.index.take(rows).to_list(), dtype=None if len(rows) else object))
        return frame


class Look:
    """Reads and opens every image, side by side; it is work as `jsdf.runner.event_loop.run` takes it.

    Args:
        values: The images.
        labels: Their example images are looked at first.
    """

    def __init__(self, values: Sequence[Any], labels: LabelSet) -> None:
        self._values, self._labels = values, labels
        self._done = 0
        self._stopped = False

    def start(self, emit: Callable[[Any], None]) -> Coroutine[Any, Any, Findings]:
        """See `jsdf.runner.event_loop.Work`."""
        return self._look(emit)

    def stop(self) -> None:
        """See `jsdf.runner.event_loop.Work`."""
        self._stopped = True

    def leave(self) -> None:
        """See `jsdf.runner.event_loop.Work`; nothing was begun that could be lost."""

    def farewell(self) -> str:
        """See `jsdf.runner.event_loop.Work`."""
        return f"{self._done:,} of {len(self._values):,} images were looked at; nothing was sent"

    async def _look(self, emit: Callable[[Any], None]) -> Findings:
        gate = asyncio.Semaphore(_AT_ONCE)
        shown = [(cls.name, m.value) for cls in self._labels.classes for m in cls.members if m.type == "image"]
        async with Fetcher(concurrency=_AT_ONCE) as fetcher:
            for name, value in shown:
                found = await self._one(value, fetcher, gate)
                if isinstance(found, ImageError):
                    raise bad_example(name, value, found)

            async def one(value: Any) -> bytes | ImageError | None:
                found = await self._one(value, fetcher, gate)
                self._done += 1
                emit(Progress("a look", len(self._values), self._done, 0, Usage(), "", self._done == len(self._values)))
                return found

            return _sort(await asyncio.gather(*map(one, self._values)))

    async def _one(self, value: Any, fetcher: Fetcher, gate: asyncio.Semaphore) -> bytes | ImageError | None:
        async with gate:
            if self._stopped:
                return None
            try:
                content = await fetcher.read(value)
                return await asyncio.to_thread(_open, content)
            except ImageError as error:
                return error.with_traceback(None)


def _open(content: Any) -> bytes:
    open_picture(content, shortest=_SIDE)
    return fingerprint(content)


def _sort(found: Sequence[bytes | ImageError | None]) -> Findings:
    bad = {i: error for i, error in enumerate(found) if isinstance(error, ImageError)}
    first: dict[bytes, int] = {}
    twins = {
        i: first[digest]
        for i, digest in enumerate(found)
        if isinstance(digest, bytes) and first.setdefault(digest, i) != i
    }
    return Findings(bad, twins)
