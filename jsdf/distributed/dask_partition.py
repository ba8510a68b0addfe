"""Tasks of a Dask graph: each labels one partition, under whatever scheduler."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from dask.system import CPU_COUNT
from distributed import Worker, get_worker

from jsdf.distributed.clock_file import ClockFile
from jsdf.distributed.dask_clock import DaskClock
from jsdf.distributed.leases import LeasedRateLimiter
from jsdf.distributed.partition import Report, WarningReport, raise_failures, run_partition
from jsdf.distributed.progress_hub import Topic, to_message
from jsdf.distributed.results import frame_of, labels_of
from jsdf.distributed.settings import with_attributes
from jsdf.distributed.shared_sessions import with_shared_session
from jsdf.distributed.slot_clock import clock_name
from jsdf.runner.loops.background_loop import get_loop
from jsdf.utils.process.thread_pool import usable_threads

if TYPE_CHECKING:
    import pandas as pd

    from jsdf.distributed.leases import Lessor
    from jsdf.distributed.settings import CallSettings
    from jsdf.engines.base import Engine
    from jsdf.results.answers import LabelResult
    from jsdf.results.run import Run
    from jsdf.results.usage import Progress


#: Attributes of taught engines, of those that learn from examples, and of cascades, with the engines that they ask.
_INNER_ENGINES = ("base", "_engine", "_cheap", "_strong")


@dataclass(frozen=True)
class PartitionTask:
    """Everything that a task needs besides its partition.

    Attributes:
        settings: The settings of the call.
        topic: Name under which to report.
        prefix: Text before the name of each label's column, of a frame with several labels.
    """

    settings: CallSettings
    topic: Topic
    prefix: str = ""

    def __dask_tokenize__(self) -> object:
        """Return the name of the task, which no other call has."""
        return type(self).__qualname__, self.topic.name


def label_partition(series: pd.Series[Any], task: PartitionTask, partition_info: Any = None) -> LabelResult:
    """Return the labels of a partition.

    Raises:
        ClassificationError: With `errors="raise"`, if rows have no label.
        JSDFError: As for `jsdf.distributed.partition.run_partition`.
    """
    run = _run(series, task, partition_info, warns=task.settings.errors == "coerce")
    if task.settings.errors == "raise":
        raise_failures(run)
    return labels_of(run, task.settings)


def detail_partition(series: pd.Series[Any], task: PartitionTask, partition_info: Any = None) -> pd.DataFrame:
    """Return everything about the rows of a partition; rows without a label raise no error."""
    return frame_of(_run(series, task, partition_info, warns=False), task.settings, task.prefix)


def _run(series: pd.Series[Any], task: PartitionTask, partition_info: Any, *, warns: bool) -> Run:
    worker = _current_worker()
    number = (partition_info or {}).get("number", 0)
    report = _report(task.topic, number, worker, warns=warns)
    settings = replace(task.settings, engine=_with_share_of_threads(task.settings.engine, worker))
    try:
        return run_partition(series, settings, report=report, rate_limiter=_rate_limiter(settings.engine, worker))
    finally:
        if isinstance(report, TopicReport):
            report.end()


def _current_worker() -> Worker | None:
    try:
        return get_worker()
    except ValueError:
        return None


class TopicReport:
    """Report under a topic: events of the scheduler, or calls of the hub itself.

    Args:
        partition: Number of the partition.
        send: Takes the events.
        warns: True to warn of the reasons why rows have no label.
    """

    def __init__(self, partition: int, send: Callable[[dict[str, Any]], object], *, warns: bool) -> None:
        self._partition, self._send, self._warns = partition, send, warns

    def progress(self, event: Progress) -> None:
        """Send the progress."""
        self._send(to_message(self._partition, event))

    def warning(self, message: str) -> None:
        """Send a warning."""
        self._send({"warning": message})

    def ended(self, run: Run) -> None:
        """Send a warning for each reason why rows have no label."""
        for reason, _ in run.top_reasons() if self._warns else ():
            self.warning(f"rows have no label: {reason}; run(...) has the status and the reason of each row")

    def end(self) -> None:
        """Send the end of the partition, whatever came of it."""
        self._send({"partition": self._partition})


def _report(topic: Topic, partition: int, worker: Worker | None, *, warns: bool) -> Report:
    if topic.hub is not None:
        return TopicReport(partition, lambda message: topic.handle((None, message)), warns=warns)
    if worker is not None:
        return TopicReport(partition, partial(worker.log_event, topic.name), warns=warns)
    return WarningReport()  # in a process of its own, which has no way to the driver


_rate_limiters: dict[tuple[asyncio.AbstractEventLoop, str, float, str], LeasedRateLimiter] = {}


def _rate_limiter(engine: Engine, worker: Worker | None) -> Callable[[], LeasedRateLimiter] | None:
    """Return the function that returns this process' limiter; None to use the one that its runs share anyway."""
    rate = engine.rate
    if rate is None or (worker is None and multiprocessing.parent_process() is None):
        return None
    name = clock_name(engine)
    lessor: Lessor = ClockFile(name) if worker is None else DaskClock(worker, name)
    key = get_loop(), name, rate, "" if worker is None else worker.address

    def shared() -> LeasedRateLimiter:  # called on the event loop, so that no two tasks make one
        if key not in _rate_limiters:
            _rate_limiters[key] = LeasedRateLimiter(rate, lessor)
        return _rate_limiters[key]

    return shared


def _with_share_of_threads(engine: Engine, worker: Worker | None) -> Engine:
    """Return an engine that takes this process' share of the machine's cores, if it would take all of them.

    The tasks of a process share the threads: with threads of its own for each task, there were more than cores.
    """
    return _replace_unlimited(engine, lambda unlimited: _limit_threads(unlimited, worker))


def _replace_unlimited(engine: Engine, limit: Callable[[Engine], Engine]) -> Engine:
    """Return an engine in which those without a number of threads are limited: it, or those that it asks."""
    if getattr(engine, "threads", 0) is None:
        return limit(engine)
    changed = {}
    for name in _INNER_ENGINES:
        inner: Any = getattr(engine, name, None)
        if hasattr(inner, "session") and (limited := _replace_unlimited(inner, limit)) is not inner:
            changed[name] = limited
    return with_attributes(engine, **changed) if changed else engine


def _limit_threads(engine: Engine, worker: Worker | None) -> Engine:
    threads = usable_threads()
    if worker is not None:
        tasks = asyncio.run_coroutine_threadsafe(DaskClock(worker, "").threads(), get_loop()).result()
        threads = threads * worker.state.nthreads // tasks
    elif multiprocessing.parent_process() is not None:
        threads //= CPU_COUNT
    return with_shared_session(with_attributes(engine, threads=max(1, threads)))
