"""Group rows of equal token length, also of different requests, into batches.

No row is padded, so a row's embedding never depends on its neighbours.
"""

from __future__ import annotations

import itertools
import threading
from collections import deque
from concurrent.futures import Future, InvalidStateError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    import numpy.typing as npt

    from jsdf.engines.local.minilm.model import Model

    Vectors: TypeAlias = npt.NDArray[np.float32]


_WIDTH = 384


@dataclass(eq=False)
class _Request:
    """Rows of one request, their vectors, and the number of vectors that are not computed yet."""

    rows: Sequence[Sequence[int]]
    vectors: Vectors
    remaining: int
    future: Future[Vectors] = field(default_factory=Future)

    def fill(self, position: int, vector: Vectors) -> bool:
        """Store one vector; return True if it was the last one."""
        self.vectors[position] = vector
        self.remaining -= 1
        return self.remaining == 0


class DynamicBatcher:
    """Embeds the rows of concurrent requests in shared batches; a row's vector never depends on the other rows.

    Args:
        pool: Threads to run on.
        model: The model that embeds the rows.
    """

    def __init__(self, pool: Executor, model: Model) -> None:
        self._pool, self._model = pool, model
        self._lock = threading.Lock()
        #: Token length -> queue of rows: (arrival number, request, position in the request).
        self._waiting: dict[int, deque[tuple[int, _Request, int]]] = {}
        self._arrivals = itertools.count()

    def embed(self, rows: Sequence[Sequence[int]]) -> Future[Vectors]:
        """Embed one request's rows.

        Args:
            rows: Token ids, of any lengths.

        Returns:
            A future of float32 of shape (rows, 384), each of length 1. Cancelling it drops the rows that have not
            started.
        """
        request = _Request(rows, np.empty((len(rows), _WIDTH), dtype=np.float32), len(rows))
        if not rows:
            request.future.set_result(request.vectors)
            return request.future
        batches = plan_batches([len(row) for row in rows], shared=self._model.shared)
        with self._lock:
            for position in itertools.chain.from_iterable(batches):
                waiting = self._waiting.setdefault(len(rows[position]), deque())
                waiting.append((next(self._arrivals), request, position))
        # One task for each batch that the request would need alone; sharing batches never needs more.
        for _ in batches:
            self._pool.submit(self._run_next_batch)
        return request.future

    def _run_next_batch(self) -> None:
        batch = self._next_batch()
        if not batch:
            return
        try:
            vectors = self._model.embed([request.rows[position] for request, position in batch])
        except Exception as error:  # noqa: BLE001 - raised in the callers, through their futures
            for request in {request for request, _ in batch}:
                _resolve(request.future, error)
            return
        with self._lock:
            completed = [r for (r, position), vector in zip(batch, vectors, strict=True) if r.fill(position, vector)]
        for request in completed:
            _resolve(request.future, request.vectors)

    def _next_batch(self) -> list[tuple[_Request, int]]:
        """Take the row that arrived first, and as many others of its length as fit one batch."""
        with self._lock:
            while self._waiting:
                length = min(self._waiting, key=lambda n: self._waiting[n][0][0])
                waiting = self._waiting[length]
                batch: list[tuple[_Request, int]] = []
                max_size = max_rows(length) if self._model.shared else 1
                while waiting and len(batch) < max_size:
                    _, request, position = waiting.popleft()
                    if not request.future.done():
                        batch.append((request, position))
                if not waiting:
                    del self._waiting[length]
                if batch:
                    return batch
        return []


def _resolve(future: Future[Vectors], outcome: Vectors | BaseException) -> None:
    try:
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
    except InvalidStateError:  # the request was cancelled, or another of its batches has already failed
        pass


#: Tokens of a batch of several rows. Larger batches take no less time per token (measured on an AVX-512 machine), but
#: their activations exceed the CPU cache, and threads idle longer while the last batch of a request runs.
MAX_BATCH_TOKENS = 512


def plan_batches(lengths: Sequence[int], *, max_tokens: int = MAX_BATCH_TOKENS, shared: bool = True) -> list[list[int]]:
    """Group rows of equal token length into batches.

    Args:
        lengths: Number of tokens of each row.
        max_tokens: Maximum number of tokens of a batch of several rows.
        shared: False to put every row in a batch of its own.

    Returns:
        Positions in `lengths`, one list per batch; the longest rows first, so that threads finish together.
    """
    by_length: dict[int, list[int]] = {}
    for position, length in enumerate(lengths):
        by_length.setdefault(length, []).append(position)
    batches: list[list[int]] = []
    for length in sorted(by_length, reverse=True):
        rows = by_length[length]
        step = max_rows(length, max_tokens) if shared else 1
        batches.extend(rows[start : start + step] for start in range(0, len(rows), step))
    return batches


def max_rows(length: int, max_tokens: int = MAX_BATCH_TOKENS) -> int:
    """Return the number of rows of `length` tokens that fit one batch, at least 1."""
    return max(1, max_tokens // max(1, length))
