"""Run the windows of a stream, one job each, two at a time where the service limits the rate."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from jsdf.results.usage import Progress, Usage, sum_progress
from jsdf.runner.repeats import new_runner
from jsdf.store import opening
from jsdf.store.memory import LatestAnswers, MemoryStore

if TYPE_CHECKING:
    from jsdf.results.run import Run
    from jsdf.runner.job import Job
    from jsdf.runner.job_runner import JobRunner
    from jsdf.runner.limits.budget import Budget
    from jsdf.runner.loops.operation import EventCallback
    from jsdf.runner.repeats import RepeatedRunner
    from jsdf.store.base import AnswerStore

#: Waits for the turn of this process, until the function that it is called with returns True.
Turn: TypeAlias = "Callable[[Callable[[], bool]], AbstractAsyncContextManager[None]]"


class Window:
    """A window of a stream, and what became of it.

    Args:
        runner: Runs the job that labels its rows.

    Attributes:
        run: The outcome; None as long as it runs.
        error: The error that ended it; None if there was none.
        progress: The latest progress.
    """

    def __init__(self, runner: JobRunner | RepeatedRunner) -> None:
        self.runner = runner
        self.run: Run | None = None
        self.error: BaseException | None = None
        self.progress: Progress | None = None

    @property
    def is_done(self) -> bool:
        """True once the window has ended, in whatever way."""
        return self.run is not None or self.error is not None

    def result(self) -> Run:
        """Return the run of a window that has ended.

        Raises:
            JSDFError: The error that ended it.
        """
        if self.run is None or self.error is not None:
            raise self.error or RuntimeError("the window has not ended")
        return self.run


class Stream:
    """A `BackgroundOperation` that runs windows as they come; the caller reads the input meanwhile.

    Args:
        on_ended: Called on the event loop with the run of each window, and messages about secondary problems.
        open_store: Opens the store, for jobs that use one; None for that of the settings.
        turn: Makes a context manager around each window, to wait for other processes; None for none.
    """

    def __init__(
        self,
        on_ended: Callable[[Run, list[str]], None],
        open_store: Callable[[], AnswerStore] | None = None,
        turn: Turn | None = None,
    ) -> None:
        self._on_ended, self._open_store, self._turn = on_ended, open_store or opening.open_store, turn
        self._started = time.monotonic()
        self._latest = LatestAnswers()
        self._budget: Budget | None = None
        self._inbox: deque[Window] = deque()
        self._running: list[Window] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = Progress("", 0, 0, 0, Usage())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        self._is_closed = False
        self._stopped: str | None = None

    def max_windows(self, job: Job) -> int:
        """Return the number of windows to run at a time.

        The second one uses the slots that the first leaves while it waits for its last answers. An engine without a
        rate limit has no slots to lose, and a budget is kept more exactly by one window at a time.
        """
        return 1 if job.engine.rate is None or job.engine.concurrency < 2 or job.has_limit else 2

    def add(self, job: Job) -> Window:
        """Run a job as the next window; callable from any thread."""
        if self._budget is None:
            self._budget = job.new_budget()
        latest, cache, open_store = self._latest, job.cache, self._open_store
        runner = new_runner(
            job,
            open_store=lambda: MemoryStore(latest, open_store() if cache else None),
            budget=self._budget,
            concurrency=max(1, job.engine.concurrency // self.max_windows(job)),
        )
        window = Window(runner)
        self._inbox.append(window)
        self._wake()
        return window

    def close(self) -> None:
        """Say that no window follows; the operation ends with the last one. Callable from any thread."""
        self._is_closed = True
        self._wake()

    def _wake(self) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._changed.set)

    def start(self, emit: EventCallback) -> Coroutine[Any, Any, None]:
        """Run windows until the stream is closed."""
        return self._execute(emit)

    async def _execute(self, emit: EventCallback) -> None:
        self._loop = asyncio.get_running_loop()
        self._changed = asyncio.Event()
        try:
            while True:
                self._changed.clear()
                while self._inbox:
                    self._tasks.add(asyncio.create_task(self._run(self._inbox.popleft(), emit)))
                if self._is_closed and not self._tasks:
                    break
                await self._changed.wait()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        emit(replace(self._total(), finished=True))

    async def _run(self, window: Window, emit: EventCallback) -> None:
        self._running.append(window)
        try:
            run = await self._label(window, emit)
            self._on_ended(run, window.runner.problems)
            window.run = run
        except BaseException as error:
            window.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            self._count_ended(window)
            self._tasks.discard(asyncio.current_task())
            self._changed.set()
            emit(self._total())

    async def _label(self, window: Window, emit: EventCallback) -> Run:
        """Run the job of a window; an error that stopped it is that of the window."""

        def on_progress(progress: Progress) -> None:
            window.progress = progress
            emit(self._total(note=progress.note))

        if self._stopped is not None:
            window.runner.stop(self._stopped)
        async with nullcontext() if self._turn is None else self._turn(lambda: self._stopped is not None):
            run = await window.runner.run(on_progress)
        window.error = error = window.runner.error
        if error is not None:
            error.run = run
        return run

    def _count_ended(self, window: Window) -> None:
        self._running.remove(window)
        self._ended = self._with_progress_of([window])
        if self._budget is not None:
            self._budget.requests_before = self._ended.usage.requests

    def _total(self, note: str = "") -> Progress:
        total = self._with_progress_of(self._running)
        usage = replace(total.usage, seconds=time.monotonic() - self._started)
        return replace(total, usage=usage, note=note)

    def _with_progress_of(self, windows: Iterable[Window]) -> Progress:
        """Return the progress of the windows that have ended and of these."""
        parts = [self._ended, *(window.progress for window in windows if window.progress is not None)]
        return sum_progress(parts, parts[-1].engine)

    def request_stop(self) -> None:
        """Send no further requests; those in flight are still answered and stored."""
        self._stopped = "interrupted"
        for window in [*self._running]:
            window.runner.stop(self._stopped)
        self.close()

    def abandon(self) -> None:
        """Do nothing: a stream has no partial result."""

    def interrupt_message(self) -> str:
        """Return the number of rows that were labelled, and how to continue."""
        total = self._total()
        return f"{total.done - total.failed:,} rows are labelled; repeat the call to continue"
