"""Run the store on a dedicated thread, so that a slow commit (up to 0.3 s) never blocks the event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeAlias

from jsdf.formatting.text import pluralize
from jsdf.store.base import RUN_CONTINUES, AnswerStore
from jsdf.store.record import StoredAnswer
from jsdf.store.request_cost import RequestCost
from jsdf.utils.process.thread_pool import ThreadPool

#: Function of a store and the items that it looks up there.
Lookup: TypeAlias = "Callable[[AnswerStore, Sequence[int]], Any]"


class StoreThread:
    """Dedicated thread for a store, which works until the last call has ended, also after that of the main thread.

    Args:
        store: The store; with None, every method does nothing.
        thread: The thread; None for a new one.
    """

    def __init__(self, store: AnswerStore | None, thread: ThreadPool | None = None) -> None:
        self.store = store
        self._thread = thread or ThreadPool(1, "jsdf-store")
        self._failure: str | None = None
        self._unwritten = 0  # requests whose answers have not been written
        self._after_first_write: Callable[[], Any] | None = None
        self._waiting: dict[Lookup, list[int]] = {}
        self._lock = threading.Lock()

    @classmethod
    async def open(cls, open_store: Callable[[], AnswerStore] | None) -> StoreThread:
        """Open a store on a new thread; None for no store."""
        thread = ThreadPool(1, "jsdf-store")
        store = None if open_store is None else await asyncio.wrap_future(thread.submit(open_store))
        return cls(store, thread)

    @property
    def is_working(self) -> bool:
        """True if there is a store, and what it was given is in it."""
        return self.store is not None and not (self._failure or self.store.error or self._unwritten)

    @property
    def problem(self) -> str | None:
        """Message for the user about a store that cannot be used or was damaged, else None."""
        problem = self._failure or (None if self.store is None else self.store.problem)
        if problem is None and self.store is not None and self._unwritten:
            return (
                f"the answers of {pluralize(self._unwritten, 'request')} could not be written to the store "
                f"{self.store.location} in time, which another process keeps locked: they are billed again"
            )
        return problem

    async def call(self, work: Callable[..., Any], *args: Any) -> None:
        """Await `work` called with the store as its first argument."""
        if self.store is not None:
            await self._run(work, self.store, *args)

    async def look_up(self, lookup: Lookup, items: Sequence[int]) -> None:
        """Await `lookup` called with the store and these items; calls that wait for the thread become one call.

        When a window of the service begins, dozens of requests look into the store at the same moment. One call for all
        takes as long as one for a few: the rest is waiting for the thread, and for its turn in the interpreter.
        """
        if self.store is not None:
            with self._lock:
                self._waiting.setdefault(lookup, []).extend(items)
            await self._run(self._look_up_waiting, self.store, lookup)

    def _look_up_waiting(self, store: AnswerStore, lookup: Lookup) -> None:
        with self._lock:
            items = self._waiting.pop(lookup, None)
        if items:  # else an earlier call has taken them with its own
            lookup(store, items)

    def call_after_first_write(self, work: Callable[..., Any], *args: Any) -> None:
        """Call `work` with the store once the next answers are written, so that no request waits for it."""
        self._after_first_write = partial(work, self.store, *args)

    async def add_answers(self, answers: Iterable[StoredAnswer], spent: RequestCost | None = None) -> None:
        """Store answers and usage; return when they are on disk."""
        if self.store is not None:
            self._unwritten += 1
            await self._run(self._write, self.store, list(answers), spent)

    def _write(self, store: AnswerStore, answers: list[StoredAnswer], spent: RequestCost | None) -> None:
        store.add_answers(answers, spent)
        self._unwritten -= 1
        work, self._after_first_write = self._after_first_write, None
        if work is not None:
            work()

    def add_refusal(self, key: bytes, status: int | None) -> None:
        """Store a refusal without waiting for it, in order with the other calls."""
        if self.store is not None:
            self._submit(self.store.add_refusal, key, status)

    async def clear_refusals(self, keys: Sequence[bytes]) -> None:
        """Delete the refusals of these keys."""
        if self.store is not None:
            await self._run(self.store.clear_refusals, keys)

    async def close(self) -> None:
        """Close the store after all earlier calls."""
        try:
            if self.store is not None:
                await self._run(self.store.close)
        finally:
            self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[..., Any], *args: Any) -> None:
        # Shielded: a request that is cancelled, as by a second interrupt, has a paid answer to be written even so.
        await asyncio.shield(asyncio.wrap_future(self._submit(work, *args)))

    def _submit(self, work: Callable[..., Any], *args: Any) -> Future[None]:
        try:
            return self._thread.submit(self._guard, work, *args)
        except RuntimeError as error:  # closed, which is no reason to lose the run
            self._fail(error)
            done: Future[None] = Future()
            done.set_result(None)
            return done

    def _guard(self, work: Callable[..., Any], *args: Any) -> None:
        """Turn any error into a problem of the run: a store that fails must not end the run, nor fail unnoticed."""
        try:
            work(*args)
        except Exception as error:  # noqa: BLE001 - those that a store expects are in its own `error`
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        location = None if self.store is None else self.store.location
        self._failure = f"the store {location} cannot be used ({type(error).__name__}: {error}): {RUN_CONTINUES}"
