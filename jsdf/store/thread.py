"""Run the store on a dedicated thread, so that a slow commit (up to 0.3 s) never blocks the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from jsdf.store.base import AnswerStore
from jsdf.store.record import StoredAnswer
from jsdf.store.request_cost import RequestCost


class StoreThread:
    """Dedicated thread for a store; with None instead of a store, every method does nothing."""

    def __init__(self, store: AnswerStore | None) -> None:
        self.store = store
        self._executor = ThreadPoolExecutor(1, "jsdf-store")

    async def call(self, work: Callable[..., Any], *args: Any) -> None:
        """Await `work` called with the store as its first argument."""
        if self.store is not None:
            await self._run(work, self.store, *args)

    async def add_answers(self, answers: Iterable[StoredAnswer], spent: RequestCost | None = None) -> None:
        """Store answers and usage; return when they are on disk."""
        if self.store is not None:
            await self._run(self.store.add_answers, list(answers), spent)

    def add_refusal(self, key: bytes, status: int | None) -> None:
        """Store a refusal without waiting for it, in order with the other calls."""
        if self.store is not None:
            self._executor.submit(self.store.add_refusal, key, status)

    async def clear_refusals(self, keys: Sequence[bytes]) -> None:
        """Delete the refusals of these keys."""
        if self.store is not None:
            await self._run(self.store.clear_refusals, keys)

    async def _run(self, work: Callable[..., Any], *args: Any) -> None:
        try:
            future = asyncio.get_running_loop().run_in_executor(self._executor, work, *args)
        except RuntimeError:  # the process is ending, after a second interrupt
            return
        await future

    async def close(self) -> None:
        """Close the store after all earlier calls."""
        if self.store is not None:
            await self._run(self.store.close)
        self._executor.shutdown(wait=False)
