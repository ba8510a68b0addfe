"""Label one partition on a worker."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol

from jsdf.errors import ClassificationError
from jsdf.results.row_counts import list_reasons, part_of_rows
from jsdf.runner import Runner, new_runner
from jsdf.runner.loops import event_loop
from jsdf.utils import call_site

if TYPE_CHECKING:
    import pandas as pd

    from jsdf.distributed.settings import CallSettings
    from jsdf.results.run import Run
    from jsdf.results.usage import Progress
    from jsdf.runner.limits.rate_limit import RateLimiter
    from jsdf.runner.loops.operation import EventCallback


class Report(Protocol):
    """Receiver of what happens while a partition is labelled."""

    def progress(self, event: Progress) -> None:
        """Take the progress of the partition, after each request."""

    def warning(self, message: str) -> None:
        """Take a warning."""

    def ended(self, run: Run) -> None:
        """Take the outcome, before an error for rows without a label is raised."""


class WarningReport:
    """Report that issues warnings on the worker, and shows no progress."""

    def progress(self, event: Progress) -> None:
        """Ignore the progress."""

    def warning(self, message: str) -> None:
        """Issue a warning."""
        call_site.warn(message)

    def ended(self, run: Run) -> None:
        """Warn of rows without a label."""
        message = failure_message(run)
        if message is not None:
            call_site.warn(message)


def run_partition(
    series: pd.Series[Any],
    settings: CallSettings,
    *,
    report: Report | None = None,
    rate_limiter: Callable[[], RateLimiter] | None = None,
) -> Run:
    """Label the rows of one partition.

    Args:
        series: The partition.
        settings: The settings of the call.
        report: Takes progress and warnings; None to issue the warnings here.
        rate_limiter: Returns the rate limiter, on the event loop; None for the one that this process shares.

    Raises:
        APIError: The service accepts no further requests.
        InvalidInputError: The partition, or a setting of this process, cannot be used.
        MissingKeyError: This process has no API key.
    """
    taker = report or WarningReport()
    with call_site.handling_warnings(taker.warning):
        job = settings.make_job(series)
    runner = new_runner(
        job, open_store=None if settings.store is None else settings.store.open, rate_limiter=rate_limiter
    )
    run = event_loop.run(_PartitionOperation(runner), taker.progress)
    for problem in runner.problems:
        taker.warning(problem)
    for note in run.notes:
        taker.warning(f"some rows: {note}")
    taker.ended(run)
    if runner.error is not None:
        raise runner.error.with_traceback(None)
    return run


def raise_failures(run: Run) -> None:
    """Raise for rows without a label, without the rows themselves, so that the error is small in a pickle.

    Raises:
        ClassificationError: Rows failed or were answered outside the labels.
    """
    message = failure_message(run)
    if message is not None:
        raise ClassificationError(
            f"{message}; all other rows of the partition are labelled, and in the store if there is one. Compute again "
            "to ask for those alone, or pass errors='coerce' for null"
        )


def failure_message(run: Run) -> str | None:
    """Return the number of rows of a partition without a label, and the most frequent reasons; None without any."""
    count = run.counts["failed"] + run.counts["unknown"]
    if not count:
        return None
    unlabelled = part_of_rows(count, len(run), "has", "have", " of a partition")
    return f"{unlabelled} no label: {list_reasons(run.top_reasons())}"


class _PartitionOperation:
    """The `BackgroundOperation` of one partition."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def start(self, emit: EventCallback) -> Coroutine[Any, Any, Run]:
        """Run the job, and return its `Run`."""
        return self._runner.run(emit)

    def request_stop(self) -> None:
        """Send no further requests; those in flight are still answered and stored."""
        self._runner.stop("interrupted")

    def abandon(self) -> None:
        """Do nothing: answers are in the store."""

    def interrupt_message(self) -> str:
        """Return the way to continue."""
        return "compute again to continue from the store"
