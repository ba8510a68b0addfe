"""Clock of a Dask cluster, kept by its scheduler: it outlives every worker, and asking it takes no worker's thread."""

from __future__ import annotations

import asyncio
import pickle
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from distributed import SchedulerPlugin, Worker

from jsdf.distributed.leases import Lease
from jsdf.distributed.slot_clock import SlotClock

T = TypeVar("T")


class ClockPlugin(SchedulerPlugin):
    """Plugin of the scheduler that keeps one clock a service, and counts the threads of a machine."""

    name = "jsdf-clock"

    def __init__(self) -> None:
        self._clocks: dict[str, SlotClock] = {}
        self._scheduler: Any = None

    async def start(self, scheduler: Any) -> None:
        """Add the calls that workers make."""
        self._scheduler = scheduler
        scheduler.handlers.update(jsdf_lease=self.lease, jsdf_pause=self.pause, jsdf_threads=self.threads)

    def lease(self, clock: str, slots: int, rate: float) -> tuple[float, float]:
        """Lease slots, as `Lessor.lease`."""
        state = self._clocks.get(clock, SlotClock())
        self._clocks[clock], delay, interval = state.lease(slots, rate, time.monotonic())
        return delay, interval

    def pause(self, clock: str, seconds: float) -> None:
        """Give out no slot for this many seconds."""
        self._clocks[clock] = self._clocks.get(clock, SlotClock()).pause(seconds, time.monotonic())

    def threads(self, worker: str) -> int:
        """Return the number of tasks that run at once on the machine of a worker."""
        workers = self._scheduler.workers
        host = workers[worker].host
        return sum(state.nthreads for state in workers.values() if state.host == host)


class DaskClock:
    """Access of a worker to the clock of its cluster, a `Lessor`.

    Args:
        worker: The worker.
        name: The name of the clock.
    """

    def __init__(self, worker: Worker, name: str) -> None:
        self._worker, self._name = worker, name
        self._is_registered = False

    async def lease(self, slots: int, rate: float) -> Lease:
        """Lease slots at a rate per second."""
        return Lease(*await self._on_worker_loop(self._call("jsdf_lease", clock=self._name, slots=slots, rate=rate)))

    async def pause(self, seconds: float) -> None:
        """Give out no slot for this many seconds."""
        await self._on_worker_loop(self._call("jsdf_pause", clock=self._name, seconds=seconds))

    async def threads(self) -> int:
        """Return the number of tasks that run at once on this machine."""
        threads: int = await self._on_worker_loop(self._call("jsdf_threads", worker=self._worker.address))
        return threads

    async def _call(self, operation: str, **arguments: Any) -> Any:
        scheduler = self._worker.scheduler
        if not self._is_registered:
            await scheduler.register_scheduler_plugin(
                plugin=pickle.dumps(ClockPlugin()), name=ClockPlugin.name, idempotent=True
            )
            self._is_registered = True
        return await getattr(scheduler, operation)(**arguments)

    async def _on_worker_loop(self, work: Coroutine[Any, Any, T]) -> T:
        """Await work on the worker's own event loop, to which its connections belong."""
        loop = self._worker.loop.asyncio_loop  # type: ignore[attr-defined]
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))
