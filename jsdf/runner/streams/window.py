"""A window of a stream: rows that are labelled as one job."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from jsdf.results.usage import Progress, Usage

if TYPE_CHECKING:
    from jsdf.results.answers import Answers
    from jsdf.results.run import Run
    from jsdf.runner.choice import Runner
    from jsdf.runner.job import Job


class Window:
    """A window of a stream, and what became of it.

    Args:
        job: The job that labels its rows.
        make_runner: Makes the runner of a job, to continue from these answers if there are any.

    Attributes:
        runner: Runs the job, or asks again for rows that failed.
        run: The outcome; None as long as it runs.
        error: The error that ended it; None if there was none.
        progress: The latest progress.
    """

    def __init__(self, job: Job, make_runner: Callable[[Job, Answers | None], Runner]) -> None:
        self._job, self._make_runner = job, make_runner
        self.runner = make_runner(job, None)
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

    async def execute(self, emit: Callable[[Progress], None], stop_reason: str | None) -> Run:
        """Run the job.

        Args:
            emit: Called with the progress of this window on every change.
            stop_reason: The reason if the stream is stopping, and nothing more is to be sent.
        """
        return await self._execute(emit, stop_reason, Usage())

    async def ask_again(self, run: Run, emit: Callable[[Progress], None], stop_reason: str | None) -> Run:
        """Ask for the rows without a label once more; the usage is that of both attempts."""
        self.runner = self._make_runner(self._job, run._answers)
        return await self._execute(emit, stop_reason, run.usage)

    async def _execute(self, emit: Callable[[Progress], None], stop_reason: str | None, before: Usage) -> Run:
        def on_progress(progress: Progress) -> None:
            self.progress = replace(progress, usage=before + progress.usage)
            emit(self.progress)

        if stop_reason is not None:
            self.runner.stop(stop_reason)
        run = await self.runner.run(on_progress)
        return replace(run, usage=before + run.usage)
