"""Check the images of a column before anything is sent: unreachable, damaged, too large, web pages, duplicates."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.errors import ImageError
from jsdf.formatting.text import pluralize
from jsdf.images import Fetcher, open_picture
from jsdf.labels import invalid_example_error
from jsdf.results.usage import Progress, Usage
from jsdf.utils.failing_files import name_file
from jsdf.utils.fingerprint import fingerprint
from jsdf.utils.opened_images import encoded_bytes, identify, is_unread

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence

    from jsdf.column import Column
    from jsdf.labels import LabelSet

_CONCURRENCY = 16  # images fetched and opened at the same time
_MIN_SIDE_PIXELS = 64  # shorter side at which images are opened; every part of the file is decoded even so


@dataclass(frozen=True)
class ImageFindings:
    """Unusable and duplicate images, by position in the list of checked values.

    Attributes:
        failures: Position -> the error of an unusable image.
        duplicates: Position -> position of the first value with the same bytes or pixels.
    """

    failures: dict[int, ImageError]
    duplicates: dict[int, int]

    def frame(self, column: Column, items: Sequence[int]) -> pd.DataFrame:
        """Return a frame of the affected rows of the column: `row` (index label), `value`, `code`, `reason`.

        Args:
            column: The column of the values.
            items: Position in `column.values` of each checked value.
        """
        labels = [column.index[column.first_row(item)] for item in items]
        problems = {
            items[i]: (error.code, name_file(column.values[items[i]], error)) for i, error in self.failures.items()
        }
        for i, j in self.duplicates.items():
            problems[items[i]] = ("duplicate", f"the same picture as row {labels[j]!r}")
        rows = np.flatnonzero(np.isin(column.codes, list(problems)))
        records = [(column.values[code], *problems[code]) for code in column.codes[rows]]
        frame: pd.DataFrame = pd.DataFrame(records, columns=["value", "code", "reason"], dtype=object)
        frame.insert(0, "row", pd.Series(column.index.take(rows).to_list(), dtype=None if len(rows) else object))
        return frame


class ImageCheck:
    """The `BackgroundOperation` that fetches and opens all images concurrently.

    Args:
        values: The images.
        labels: The labels, whose example images are checked first.
    """

    def __init__(self, values: Sequence[Any], labels: LabelSet) -> None:
        self._values, self._labels = values, labels
        self._done = 0
        self._is_stopped = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._checks: list[asyncio.Task[bytes | ImageError | None]] = []

    def start(self, emit: Callable[[Any], None]) -> Coroutine[Any, Any, ImageFindings]:
        """Check the example images, then all values; `InvalidLabelsError` if an example image is unusable."""
        return self._check_all(emit)

    def request_stop(self) -> None:
        """Cancel downloads, and skip the images that have not been started."""
        self._is_stopped = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        for check in self._checks:
            check.cancel()

    def abandon(self) -> None:
        """Do nothing: a check has no results that could be lost."""

    def interrupt_message(self) -> str:
        """Return the number of images that were checked."""
        return f"{self._done:,} of {len(self._values):,} images were checked; nothing was sent"

    async def _check_all(self, emit: Callable[[Any], None]) -> ImageFindings:
        self._loop = asyncio.get_running_loop()
        semaphore = asyncio.Semaphore(_CONCURRENCY)
        total = len(self._values)
        examples = [(cls.name, m.value) for cls in self._labels.classes for m in cls.members if m.type == "image"]
        emit(Progress("image check", total, 0, 0, Usage(), f"opening {pluralize(total, 'image')}"))
        async with Fetcher(concurrency=_CONCURRENCY) as fetcher:
            found = await self._gather(self._check_one(value, fetcher, semaphore) for _, value in examples)
            for (name, value), result in zip(examples, found, strict=True):
                if isinstance(result, ImageError):
                    raise invalid_example_error(name, value, result)

            async def check_and_report(value: Any) -> bytes | ImageError | None:
                result = await self._check_one(value, fetcher, semaphore)
                self._done += 1
                emit(Progress("image check", total, self._done, 0, Usage(), "", self._done == total))
                return result

            return _to_findings(await self._gather(map(check_and_report, self._values)))

    async def _gather(
        self, checks: Iterable[Coroutine[Any, Any, bytes | ImageError | None]]
    ) -> list[bytes | ImageError | None]:
        """Return the result of each check, None for those that were cancelled."""
        self._checks = list(map(asyncio.ensure_future, checks))
        if self._is_stopped:
            self._cancel()
        if self._checks:
            await asyncio.wait(self._checks)
        return [None if check.cancelled() else check.result() for check in self._checks]

    async def _check_one(self, value: Any, fetcher: Fetcher, semaphore: asyncio.Semaphore) -> bytes | ImageError | None:
        """Return the digest of an image, the error of an unusable one, or None if the check is stopped."""
        async with semaphore:
            if self._is_stopped:
                return None
            try:
                content = await fetcher.read(value)
                return await asyncio.to_thread(_open, content)
            except ImageError as error:
                return error.with_traceback(None)


def _open(content: Any) -> bytes:
    open_picture(content, min_side=_MIN_SIDE_PIXELS)
    # Two files may hold the same picture, so the content of an opened one counts and not its name, as for a path.
    is_file = is_unread(content) and identify(content)[0] == "file"
    return fingerprint(encoded_bytes(content) if is_file else content)


def _to_findings(results: Sequence[bytes | ImageError | None]) -> ImageFindings:
    failures = {i: error for i, error in enumerate(results) if isinstance(error, ImageError)}
    first: dict[bytes, int] = {}
    duplicates = {
        i: first[digest]
        for i, digest in enumerate(results)
        if isinstance(digest, bytes) and first.setdefault(digest, i) != i
    }
    return ImageFindings(failures, duplicates)
