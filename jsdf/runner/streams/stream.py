"""Run the windows of a stream, one job each, two at a time where the service limits the rate."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeAlias

from jsdf.results.run import Run
from jsdf.results.usage import Progress, Usage, sum_progress
from jsdf.results.votes import count_votes
from jsdf.runner.choice import new_runner
from jsdf.runner.claims import Claims
from jsdf.runner.label_edits import load_valid_answers
from jsdf.runner.streams.stream_settings import StreamSettings
from jsdf.runner.streams.window import Window
from jsdf.store import opening
from jsdf.store.memory import LatestAnswers, MemoryStore

if TYPE_CHECKING:
    from jsdf.errors import JSDFError
    from jsdf.results.answers import Answers
    from jsdf.runner.choice import Runner
    from jsdf.runner.job import Job
    from jsdf.runner.limits.budget import Budget
    from jsdf.runner.loops.operation import EventCallback
    from jsdf.store.base import AnswerStore

#: Waits for the turn of this process, until the function that it is called with returns True.
Turn: TypeAlias = "Callable[[Callable[[], bool]], AbstractAsyncContextManager[None]]"


class Stream:
    """A `BackgroundOperation` that runs windows as they come; the caller reads the input meanwhile.

    Args:
        on_ended: Called on the event loop with the run of each window, and messages about secondary problems.
        open_store: Opens the store, for jobs that use one; None for that of the settings.
        turn: Makes a context manager around each window, to wait for other processes; None for none.
        settings: Further settings; None for the defaults.

    Attributes:
        is_stored: True if the answers of all windows that have ended are in the store.
    """

    def __init__(
        self,
        on_ended: Callable[[Run, list[str]], None],
        open_store: Callable[[], AnswerStore] | None = None,
        turn: Turn | None = None,
        settings: StreamSettings | None = None,
    ) -> None:
        self._on_ended, self._open_store, self._turn = on_ended, open_store or opening.open_store, turn
        settings = settings or StreamSettings()
        self._settings = settings
        self.is_stored = True
        self._started = time.monotonic()
        self._latest = LatestAnswers(keeps_unstored=settings.keeps_unstored)
        self._budget: Budget | None = None
        self._claims = Claims()
        self._inbox: deque[Window] = deque()
        self._running: list[Window] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._ended = Progress("", 0, 0, 0, Usage())
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        self._is_closed = False
        self._stopped: str | None = None
        self._asked_again: set[bytes] = set()

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
        window = Window(job, self._make_runner)
        self._inbox.append(window)
        self._wake()
        return window

    def _make_runner(self, job: Job, answers: Answers | None = None) -> Runner:
        return new_runner(
            job,
            answers,
            self._settings.retry,
            open_store=lambda: self._open_memory(job),
            budget=self._budget,
            concurrency=max(1, job.engine.concurrency // self.max_windows(job)),
            claims=self._claims,
        )

    def _open_memory(self, job: Job) -> MemoryStore:
        return MemoryStore(self._latest, self._open_store() if job.cache else None)

    def known_run(self, job: Job) -> Run:
        """Return a run with the answers that are in memory or in the store, without asking for others.

        Only for a stream that has ended; its settings say if all its answers are kept.
        """
        tables, store = [a_pass.new_answer_table() for a_pass in job.passes()], self._open_memory(job)
        try:
            for table in tables:
                table.load(store, table.pending().tolist())
                if not job.strict:
                    load_valid_answers(store, table)
                table.load_refusals(store, table.pending().tolist())
        finally:
            store.close()
        votes = [table.answers for table in tables]
        answers = votes[0] if len(votes) == 1 else count_votes(votes, job.repeats, job.labels)
        return Run(job.column, job.labels, answers, Usage(), job.engine.name)

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
        run: Run | None = None
        error: BaseException | None = None
        try:
            run, error = await self._label(window, emit)
            self._on_ended(run, window.runner.problems)
        except BaseException as failure:
            error = failure
            if not isinstance(failure, Exception):  # it was cancelled
                self._on_ended(window.runner.partial_run(), window.runner.problems)
                raise
        finally:
            self.is_stored = self.is_stored and window.runner.is_stored
            self._count_ended(window)
            window.error, window.run = error, run  # last, since the reader then goes on
            self._tasks.discard(asyncio.current_task())
            self._changed.set()
            emit(self._total())

    async def _label(self, window: Window, emit: EventCallback) -> tuple[Run, JSDFError | None]:
        """Run the job of a window, and return its run and the error that stopped it."""

        def on_progress(progress: Progress) -> None:
            emit(self._total(note=progress.note))

        async with nullcontext() if self._turn is None else self._turn(lambda: self._stopped is not None):
            run = await window.execute(on_progress, self._stopped)
            self._count_requests(run.usage.requests)
            if self._should_ask_again(window, run):
                run = await window.ask_again(run, on_progress, self._stopped)
        error = window.runner.error
        if error is not None:
            error.run = run
        return run, error

    def _should_ask_again(self, window: Window, run: Run) -> bool:
        """Return True if rows failed whose values no window of this stream has asked for again."""
        is_used_up = self._budget is not None and self._budget.request_refusal(Usage()) is not None
        if not self._settings.asks_again or is_used_up or run.stopped is not None or window.runner.error is not None:
            return False
        keys = set(window.runner.failed_keys())
        is_new = not keys <= self._asked_again
        self._asked_again |= keys
        return is_new

    def _count_ended(self, window: Window) -> None:
        self._running.remove(window)
        self._ended = self._with_progress_of([window])
        self._count_requests()

    def _count_requests(self, more: int = 0) -> None:
        """Count the requests of the windows that have ended, and so many more, in the budget."""
        if self._budget is not None:
            self._budget.requests_before = self._ended.usage.requests + more

    def _total(self, note: str = "") -> Progress:
        total = self._with_progress_of(self._running)
        usage = replace(total.usage, seconds=self.seconds)
        return replace(total, rows=max(total.rows, self._settings.rows or 0), usage=usage, note=note)

    @property
    def seconds(self) -> float:
        """Seconds since the stream was made."""
        return time.monotonic() - self._started

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
