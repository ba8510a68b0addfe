"""Batch rows of equal token length, across requests, into runs of the model.

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
    from concurrent.futures import ThreadPoolExecutor

    import numpy.typing as npt

    from jsdf.engines.local.minilm.model import Model

    Vectors: TypeAlias = npt.NDArray[np.float32]


_WIDTH = 384


@dataclass(eq=False)
class _Request:
    """One caller's rows, and how many of them are still to come."""

    rows: Sequence[Sequence[int]]
    vectors: Vectors
    left: int
    future: Future[Vectors] = field(default_factory=Future)

    def fill(self, position: int, vector: Vectors) -> bool:
        """Take in one vector; True with the last."""
        self.vectors[position] = vector
        self.left -= 1
        return self.left == 0


class DynamicBatcher:
    """Embeds the rows of any number of requests at once; a row's numbers are the same whoever shares its run.

    Args:
        pool: Threads to work on.
        model: Reads the rows.
    """

    def __init__(self, pool: ThreadPoolExecutor, model: Model) -> None:
        self._pool, self._model = pool, model
        self._lock = threading.Lock()
        #: Length of a row -> those that wait: when it came, whose it is, and which of them.
        self._waiting: dict[int, deque[tuple[int, _Request, int]]] = {}
        self._arrivals = itertools.count()

    def embed(self, rows: Sequence[Sequence[int]]) -> Future[Vectors]:
        """Embed one request's rows.

        Args:
            rows: Token ids, of any lengths.

        Returns:
            float32 of shape (rows, 384), each of length 1. If it is cancelled, what has not begun is left.
        """
        request = _Request(rows, np.empty((len(rows), _WIDTH), dtype=np.float32), len(rows))
        if not rows:
            request.future.set_result(request.vectors)
            return request.future
        runs = plan_batches([len(row) for row in rows], shared=self._model.shared)
        with self._lock:
            for position in itertools.chain.from_iterable(runs):
                waiting = self._waiting.setdefault(len(rows[position]), deque())
                waiting.append((next(self._arrivals), request, position))
        # As many turns as the request would need alone: shared runs need fewer, and never more.
        for _ in runs:
            self._pool.submit(self._run_next_batch)
        return request.future

    def _run_next_batch(self) -> None:
        run = self._next_batch()
        if not run:
            return
        try:
            vectors = self._model.embed([request.rows[position] for request, position in run])
        except Exception as error:  # noqa: BLE001 - whoever waits is told
            for request in {request for request, _ in run}:
                _resolve(request.future, error)
            return
        with self._lock:
            full = [r for (r, position), vector in zip(run, vectors, strict=True) if r.fill(position, vector)]
        for request in full:
            _resolve(request.future, request.vectors)

    def _next_batch(self) -> list[tuple[_Request, int]]:
        """The row that came first, with as many others of its length as a run takes."""
        with self._lock:
            while self._waiting:
                length = min(self._waiting, key=lambda n: self._waiting[n][0][0])
                waiting = self._waiting[length]
                run: list[tuple[_Request, int]] = []
                most = max_rows(length) if self._model.shared else 1
                while waiting and len(run) < most:
                    _, request, position = waiting.popleft()
                    if not request.future.done():
                        run.append((request, position))
                if not waiting:
                    del self._waiting[length]
                if run:
                    return run
        return []


def _resolve(future: Future[Vectors], outcome: Vectors | BaseException) -> None:
    try:
        if isinstance(outcome, BaseException):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
    except InvalidStateError:  # nobody waits any more, or another run has failed before this one
        pass


#: Tokens of one run, where rows share it. Past about 512 a run gets no faster a token (measured on an
#: AVX-512 machine), while its activations leave the cache and the last run of a request is waited for.
RUN_TOKENS = 512


def plan_batches(lengths: Sequence[int], *, run_tokens: int = RUN_TOKENS, shared: bool = True) -> list[list[int]]:
    """Cut rows into runs of the model.

    Args:
        lengths: Tokens of each row.
        run_tokens: The most tokens of a run that more than one row shares.
        shared: False to run every row alone.

    Returns:
        Positions in `lengths`, one list a run; the longest rows first, so that threads end together.
    """
    by_length: dict[int, list[int]] = {}
    for position, length in enumerate(lengths):
        by_length.setdefault(length, []).append(position)
    runs: list[list[int]] = []
    for length in sorted(by_length, reverse=True):
        rows = by_length[length]
        step = max_rows(length, run_tokens) if shared else 1
        runs.extend(rows[start : start + step] for start in range(0, len(rows), step))
    return runs


def max_rows(length: int, run_tokens: int = RUN_TOKENS) -> int:
    """How many rows of this many tokens share a run."""
    return max(1, run_tokens // max(1, length))
