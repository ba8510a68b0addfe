"""A look at the images of a column before anything is paid for: dead, damaged, too large, a web page, there twice."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.errors import ImageError
from jsdf.images import Fetcher, open_picture
from jsdf.labels import invalid_example_error
from jsdf.results.usage import Progress, Usage
from jsdf.utils.fingerprint import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from jsdf.column import Column
    from jsdf.labels import LabelSet

#: Images that are fetched and opened at once.
_CONCURRENCY = 16
#: Pixels of the shortest side that they are opened at: enough to decode every part of a file.
_MIN_SIDE_PIXELS = 64


@dataclass(frozen=True)
class ImageFindings:
    """What was found, by position in the values.

    Args:
        failures: Why there is no picture.
        duplicates: The earlier value that holds the very same bytes or pixels.
    """

    failures: dict[int, ImageError]
    duplicates: dict[int, int]

    def frame(self, column: Column, items: Sequence[int]) -> pd.DataFrame:
        """One line a row of the column: `row` (index label), `value`, `code`, `reason`.

        Args:
            column: Where the values come from.
            items: Each value's position in `column.values`.
        """
        first = [column.index[column.first_row(item)] for item in items]
        said = {items[i]: (error.code, str(error)) for i, error in self.failures.items()}
        said |= {items[i]: ("duplicate", f"the same picture as row {first[j]!r}") for i, j in self.duplicates.items()}
        rows = np.flatnonzero(np.isin(column.codes, list(said)))
        lines = [(column.values[code], *said[code]) for code in column.codes[rows]]
        frame: pd.DataFrame = pd.DataFrame(lines, columns=["value", "code", "reason"], dtype=object)
        frame.insert(0, "row", pd.Series(column.index.take(rows).to_list(), dtype=None if len(rows) else object))
        return frame


class ImageCheck:
    """Reads and opens every image, side by side; it is work as `jsdf.runner.event_loop.run` takes it.

    Args:
        values: The images.
        labels: Their example images are looked at first.
    """

    def __init__(self, values: Sequence[Any], labels: LabelSet) -> None:
        self._values, self._labels = values, labels
        self._done = 0
        self._stopped = False

    def start(self, emit: Callable[[Any], None]) -> Coroutine[Any, Any, ImageFindings]:
        """See `jsdf.runner.event_loop.BackgroundOperation`."""
        return self._check_all(emit)

    def request_stop(self) -> None:
        """See `jsdf.runner.event_loop.BackgroundOperation`."""
        self._stopped = True

    def abandon(self) -> None:
        """See `jsdf.runner.event_loop.BackgroundOperation`; nothing was begun that could be lost."""

    def interrupt_message(self) -> str:
        """See `jsdf.runner.event_loop.BackgroundOperation`."""
        return f"{self._done:,} of {len(self._values):,} images were looked at; nothing was sent"

    async def _check_all(self, emit: Callable[[Any], None]) -> ImageFindings:
        gate = asyncio.Semaphore(_CONCURRENCY)
        shown = [(cls.name, m.value) for cls in self._labels.classes for m in cls.members if m.type == "image"]
        async with Fetcher(concurrency=_CONCURRENCY) as fetcher:
            for name, value in shown:
                found = await self._check_one(value, fetcher, gate)
                if isinstance(found, ImageError):
                    raise invalid_example_error(name, value, found)

            async def one(value: Any) -> bytes | ImageError | None:
                found = await self._check_one(value, fetcher, gate)
                self._done += 1
                emit(Progress("a look", len(self._values), self._done, 0, Usage(), "", self._done == len(self._values)))
                return found

            return _to_findings(await asyncio.gather(*map(one, self._values)))

    async def _check_one(self, value: Any, fetcher: Fetcher, gate: asyncio.Semaphore) -> bytes | ImageError | None:
        async with gate:
            if self._stopped:
                return None
            try:
                content = await fetcher.read(value)
                return await asyncio.to_thread(_open, content)
            except ImageError as error:
                return error.with_traceback(None)


def _open(content: Any) -> bytes:
    open_picture(content, min_side=_MIN_SIDE_PIXELS)
    return fingerprint(content)


def _to_findings(found: Sequence[bytes | ImageError | None]) -> ImageFindings:
    bad = {i: error for i, error in enumerate(found) if isinstance(error, ImageError)}
    first: dict[bytes, int] = {}
    duplicates = {
        i: first[digest]
        for i, digest in enumerate(found)
        if isinstance(digest, bytes) and first.setdefault(digest, i) != i
    }
    return ImageFindings(bad, duplicates)
