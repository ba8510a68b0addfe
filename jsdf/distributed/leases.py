"""Rate limiter of one process of a cluster, whose slots are leased from the clock of the cluster."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, NamedTuple, Protocol

from jsdf.runner.limits.rate_limit import BURST_SECONDS, RateLimiter
from jsdf.utils.logs import log

#: Seconds of the rate that are leased at once. More would go on during a pause that another process has called.
BLOCK_SECONDS = 0.05


class Lease(NamedTuple):
    """Slots that were given out.

    Attributes:
        delay: Seconds from now until the first slot; less than 0 for one that is due.
        interval: Seconds from one slot to the next.
    """

    delay: float
    interval: float


class Lessor(Protocol):
    """Access to the clock of a cluster."""

    async def lease(self, slots: int, rate: float) -> Lease:
        """Lease slots at a rate per second."""

    async def pause(self, seconds: float) -> None:
        """Give out no slot for this many seconds."""


class LeasedRateLimiter(RateLimiter):
    """Rate limiter that leases slots in blocks of `BLOCK_SECONDS`, but no more than requests wait for one.

    If the clock cannot be asked, the process keeps the rate by itself.

    Args:
        rate: Requests per second of the whole cluster.
        lessor: Access to the clock.
        clock: Returns monotonic seconds.
        wall: Returns Unix time in seconds.
        sleep: Awaitable sleep for a number of seconds.
    """

    def __init__(
        self,
        rate: float,
        lessor: Lessor,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        super().__init__(rate, clock=clock, wall=wall, sleep=sleep)
        self._lessor = lessor
        self._slots: deque[float] = deque()
        self._lock = asyncio.Lock()
        self._requests = 0
        self._tasks: set[asyncio.Task[Any]] = set()

    async def acquire(self) -> None:
        """Wait for the next slot, and for any pause that starts in the meantime."""
        self._requests += 1
        try:
            while not await self._take_slot():
                pass
        finally:
            self._requests -= 1

    async def _take_slot(self) -> bool:
        """Wait for a slot; return False if a pause has taken it."""
        async with self._lock:
            while (wait := self._resume_at - self._clock()) > 0:
                self._slots.clear()  # given out before the pause began
                await self._sleep(wait)
            self._drop_late_slots()
            if not self._slots:
                await self._lease()
            if not self._slots:  # the clock could not be asked
                await super().acquire()
                return True
            slot = self._slots.popleft()
            if (wait := slot - self._clock()) > 0:
                await self._sleep(wait)
        return self._resume_at <= self._clock()

    def _drop_late_slots(self) -> None:
        """Give up slots that a busy process missed: sent together, their requests would exceed the rate."""
        while self._slots and self._slots[0] < self._clock() - 2 * BURST_SECONDS:
            self._slots.popleft()

    async def _lease(self) -> None:
        rate = self.rate or 1.0
        slots = max(1, min(int(rate * BLOCK_SECONDS), self._requests))
        try:
            lease = await self._lessor.lease(slots, rate)
        except Exception as error:  # noqa: BLE001 - whatever the cluster's own calls raise
            log.warning("the clock of the cluster cannot be asked (%s): this process keeps the rate by itself", error)
            return
        first = self._clock() + lease.delay
        self._slots.extend(first + i * lease.interval for i in range(slots))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _pause(self, seconds: float) -> None:
        is_longer = self._clock() + seconds > self._resume_at
        super()._pause(seconds)
        if is_longer:
            self._start(self._pause_others(seconds))

    async def _pause_others(self, seconds: float) -> None:
        try:
            await self._lessor.pause(seconds)
        except Exception as error:  # noqa: BLE001 - as above; this process pauses at any rate
            log.debug("the other processes were not told to pause: %s", error)
