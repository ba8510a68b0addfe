"""The store on a thread of its own: a commit that takes a third of a second must not stall the loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from jsdf.store.sqlite import RequestCost, Store, StoredAnswer


class StoreThread:
    """A `Store`, or none at all, that is only ever touched by one thread."""

    def __init__(self, store: Store | None) -> None:
        self.store = store
        self._executor = ThreadPoolExecutor(1, "jsdf-store")

    async def call(self, work: Callable[..., Any], *args: Any) -> None:
        """Run something with the store as its first argument; nothing happens where there is none."""
        if self.store is not None:
            await self._run(work, self.store, *args)

    async def add_answers(self, answers: Iterable[StoredAnswer], spent: RequestCost | None = None) -> None:
        """Keep these answers; returns when they are on the disk."""
        if self.store is not None:
            await self._run(Store.add_answers, self.store, list(answers), spent)

    def add_refusal(self, key: bytes, status: int | None) -> None:
        """Remember a refusal, in the order of the other work; nobody waits for it."""
        if self.store is not None:
            self._executor.submit(self.store.add_refusal, key, status)

    async def _run(self, work: Callable[..., Any], *args: Any) -> None:
        try:
            done = asyncio.get_running_loop().run_in_executor(self._executor, work, *args)
        except RuntimeError:  # the process is ending, after a second interrupt
            return
        await done

    async def close(self) -> None:
        """Close the store once all its work is done."""
        if self.store is not None:
            await self._run(self.store.close)
        self._executor.shutdown(wait=False)
