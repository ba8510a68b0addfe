"""Embed the distinct values of a column in the background, and spread their vectors over its rows."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.engines.embedding import EmbeddingSession
from jsdf.errors import InvalidInputError
from jsdf.results.row_counts import list_reasons, part_of_rows
from jsdf.results.usage import Progress, Usage
from jsdf.runner.embedding.vector_array import new_vectors
from jsdf.runner.progress import first_note

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.column import Column
    from jsdf.engines.base import Engine
    from jsdf.engines.embedding import Embeddings

_MAX_REASONS = 3


class EmbedOperation:
    """The `BackgroundOperation` that embeds the distinct values of a column, and spreads their vectors over the rows.

    Args:
        column: The column.
        engine: The engine.
    """

    def __init__(self, column: Column, engine: Engine) -> None:
        self._column, self._engine = column, engine
        self._rows_by_value = np.argsort(column.codes, kind="stable")
        self._starts = np.searchsorted(column.codes[self._rows_by_value], np.arange(len(column.values) + 1))
        self._vectors: npt.NDArray[Any] | None = None
        self._reasons: Counter[str] = Counter()
        self._done = column.missing
        self._began = time.monotonic()
        self._is_stopped = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None

    def start(self, emit: Callable[[Any], None]) -> Coroutine[Any, Any, npt.NDArray[Any]]:
        """Embed all values; `InvalidInputError` if the engine has no embeddings."""
        return self._embed_all(emit)

    def request_stop(self) -> None:
        """Cancel all work: it costs nothing, and nothing of it is kept."""
        self._is_stopped = True
        if self._loop is not None and self._task is not None:
            self._loop.call_soon_threadsafe(self._task.cancel)

    def abandon(self) -> None:
        """Do nothing: there are no results that could be lost."""

    def interrupt_message(self) -> str:
        """Return the number of rows that were embedded."""
        return f"{part_of_rows(self._done, len(self._column.codes), 'was', 'were')} embedded; nothing is kept"

    @property
    def problem(self) -> str | None:
        """Number of the rows that have a value but no vector, with the reasons; None if there are none."""
        count = sum(self._reasons.values())
        if not count:
            return None
        more = len(self._reasons) - _MAX_REASONS
        reasons = list_reasons(self._reasons.most_common(_MAX_REASONS)) + (f"; and {more:,} more" if more > 0 else "")
        return f"{part_of_rows(count, len(self._column.codes), 'has', 'have')} no vector: {reasons}"

    async def _embed_all(self, emit: Callable[[Any], None]) -> npt.NDArray[Any]:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            if self._column.values and not self._is_stopped:
                await self._embed_values(emit)
        except asyncio.CancelledError:
            if not self._is_stopped:
                raise
        return np.empty((len(self._column.codes), 0), np.float32) if self._vectors is None else self._vectors

    async def _embed_values(self, emit: Callable[[Any], None]) -> None:
        engine, values = self._engine, self._column.values
        emit(self._progress(first_note(engine, self._column.kind, len(values))))
        starts = iter(range(0, len(values), engine.batch_size))
        async with engine.session() as session:
            if not isinstance(session, EmbeddingSession):
                raise InvalidInputError(f"engine={engine.name!r} has no embeddings; use engine='local'")

            async def embed_in_turn() -> None:
                for start in starts:
                    batch = values[start : start + engine.batch_size]
                    self._place(await session.embed(self._column.kind, batch), start, len(batch))
                    emit(self._progress())

            workers = [asyncio.ensure_future(embed_in_turn()) for _ in range(engine.concurrency)]
            try:
                await asyncio.gather(*workers)
            finally:
                for worker in workers:
                    worker.cancel()

    def _place(self, embedded: Embeddings, start: int, count: int) -> None:
        """Write the vectors of `count` values, from `start` on, to the rows that hold them."""
        if self._vectors is None:
            self._vectors = new_vectors(len(self._column.codes), embedded.vectors.shape[1])
        rows = self._rows_by_value[self._starts[start] : self._starts[start + count]]
        self._vectors[rows] = embedded.vectors[self._column.codes[rows] - start]
        self._done += len(rows)
        sizes = np.diff(self._starts[start : start + count + 1])
        for position, reason in embedded.failures.items():
            self._reasons[reason] += int(sizes[position])

    def _progress(self, note: str = "") -> Progress:
        rows, failed = len(self._column.codes), sum(self._reasons.values())
        usage = Usage(seconds=time.monotonic() - self._began)
        return Progress(self._engine.name, rows, self._done, failed, usage, note, self._done == rows)
