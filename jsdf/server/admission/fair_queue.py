"""Fair queue for a limited resource: clients get equal shares, and the one with most waiting is refused first."""

from __future__ import annotations

import asyncio
from bisect import insort
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jsdf.server.errors import busy_rejection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jsdf.server.admission.clients import Client


@dataclass(eq=False)
class _Waiter:
    """A request that waits.

    Attributes:
        units: Units that it will use.
        cost: Work that it is, for the shares.
        finish_tag: Work that its client would have got at its end if it were next; the lowest comes first.
        admitted: Done once it has been admitted or refused, or was cancelled.
        is_admitted: True from its admission on, even if it was cancelled just before and does not know it yet.
    """

    units: int
    cost: int
    finish_tag: int
    admitted: asyncio.Future[None]
    is_admitted: bool = False


@dataclass
class _ClientState:
    """The requests of one client.

    Attributes:
        start_tag: Work that the client has got, on a scale that all clients share; the lowest has the next turn.
        waiting: The requests that wait, in the order of their turns.
        waiting_units: Their units.
        used: Units that the client's admitted requests use.
    """

    start_tag: int
    waiting: list[_Waiter] = field(default_factory=list)
    waiting_units: int = 0
    used: int = 0


class FairQueue:
    """Queue that gives each client the same share, however many requests it has waiting: start-time fair queueing.

    The client that has got least has the next turn. One that had nothing waiting gets no share for that time. A small
    request overtakes larger ones of its client, unless the client has got as much work as these since they came.

    Where too much is waiting, the last request of the client with most of it is refused ("longest queue drop"). Only
    one event loop may use a queue.

    Args:
        capacity: Units that admitted requests may use at the same time.
        max_waiting: Units of all requests that may wait.
        max_share: Units that one client may use at the same time, so that another finds room; None for all.
    """

    def __init__(self, capacity: int, max_waiting: int, max_share: int | None = None) -> None:
        self._capacity, self._max_waiting = capacity, max_waiting
        self._max_share = min(max_share or capacity, capacity)
        self._clients: dict[Client, _ClientState] = {}
        self._used = self._waiting_units = 0
        self._virtual_time = 0  # the start tag of the request that was admitted last

    @asynccontextmanager
    async def admit(self, client: Client, units: int = 1, cost: int | None = None) -> AsyncIterator[None]:
        """Wait for the client's turn, and use the resource during the `async with` block.

        Args:
            client: The client that sent the request.
            units: Units that the request uses; more than `max_share` count as this.
            cost: Work that the request is, by which shares are counted; None for its units.

        Raises:
            RequestRejected: 503 where too much is waiting.
        """
        units = min(units, self._max_share)
        await self._wait(client, units, units if cost is None else cost)
        try:
            yield
        finally:
            self._release(client, units)

    async def _wait(self, client: Client, units: int, cost: int) -> None:
        state = self._clients.setdefault(client, _ClientState(self._virtual_time))
        if not state.waiting:
            state.start_tag = max(state.start_tag, self._virtual_time)
        waiter = _Waiter(units, cost, state.start_tag + cost, asyncio.get_running_loop().create_future())
        insort(state.waiting, waiter, key=lambda waiting: waiting.finish_tag)
        self._count_waiting(state, units)
        self._admit_next()
        while self._waiting_units > self._max_waiting:  # one large request may need the room of several
            self._drop_one()
        try:
            await waiter.admitted
        except asyncio.CancelledError:
            if waiter in state.waiting:
                state.waiting.remove(waiter)
                self._count_waiting(state, -units)
                self._forget_if_idle(client)
            elif waiter.is_admitted:
                self._release(client, units)
            raise

    def _admit_next(self) -> None:
        """Admit waiting requests as long as the next one fits."""
        while True:
            fitting = [s for s in self._clients.values() if s.waiting and self._is_within_share(s)]
            if not fitting:
                return
            state = min(fitting, key=lambda state: state.start_tag)
            if self._used + state.waiting[0].units > self._capacity:
                return
            self._start(state)

    def _is_within_share(self, state: _ClientState) -> bool:
        return state.used + state.waiting[0].units <= self._max_share

    def _start(self, state: _ClientState) -> None:
        waiter = state.waiting.pop(0)
        self._count_waiting(state, -waiter.units)
        state.used += waiter.units
        self._used += waiter.units
        self._virtual_time = state.start_tag
        state.start_tag += waiter.cost
        waiter.is_admitted = True
        if not waiter.admitted.done():
            waiter.admitted.set_result(None)

    def _drop_one(self) -> None:
        """Refuse the last request of the client with most waiting; of several, of the last that came."""
        client = max(reversed(self._clients), key=lambda client: self._clients[client].waiting_units)
        state = self._clients[client]
        waiter = state.waiting.pop()
        self._count_waiting(state, -waiter.units)
        if not waiter.admitted.done():
            waiter.admitted.set_exception(busy_rejection())
        self._forget_if_idle(client)

    def _release(self, client: Client, units: int) -> None:
        self._clients[client].used -= units
        self._used -= units
        self._forget_if_idle(client)
        self._admit_next()

    def _count_waiting(self, state: _ClientState, units: int) -> None:
        state.waiting_units += units
        self._waiting_units += units

    def _forget_if_idle(self, client: Client) -> None:
        state = self._clients[client]
        if not state.waiting and not state.used:
            del self._clients[client]
