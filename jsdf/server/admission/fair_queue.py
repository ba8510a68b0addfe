"""Fair queue for a limited resource: clients take turns, and the client with most waiting is refused first."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jsdf.server.errors import busy_rejection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jsdf.server.admission.clients import Client


@dataclass(eq=False)
class _Waiter:
    units: int
    admitted: asyncio.Future[None]


@dataclass
class _ClientState:
    """The requests of one client: those that wait, in order, and the units that its admitted requests use."""

    waiting: deque[_Waiter] = field(default_factory=deque)
    waiting_units: int = 0
    used: int = 0


class FairQueue:
    """Queue in which clients take turns, one request each, however many requests each of them has waiting.

    Where too much is waiting, the newest request of the client with most of it is refused ("longest queue drop"). Only
    one event loop may use a queue.

    Args:
        capacity: Units that admitted requests may use at the same time.
        max_waiting: Units of all requests that may wait.
        max_share: Units that one client may use at the same time, so that another finds room; None for all.
    """

    def __init__(self, capacity: int, max_waiting: int, max_share: int | None = None) -> None:
        self._capacity, self._max_waiting, self._max_share = capacity, max_waiting, max_share or capacity
        self._clients: dict[Client, _ClientState] = {}  # in the order of their turns
        self._used = self._waiting_units = 0

    @asynccontextmanager
    async def admit(self, client: Client, units: int = 1) -> AsyncIterator[None]:
        """Wait for the client's turn, and use the resource during the `async with` block.

        Args:
            client: The client that sent the request.
            units: Units that the request uses, `max_share` at most.

        Raises:
            RequestRejected: 503 where too much is waiting.
        """
        await self._wait(client, units)
        try:
            yield
        finally:
            self._release(client, units)

    async def _wait(self, client: Client, units: int) -> None:
        waiter = _Waiter(units, asyncio.get_running_loop().create_future())
        state = self._clients.setdefault(client, _ClientState())
        state.waiting.append(waiter)
        self._count_waiting(state, units)
        self._admit_next()
        if self._waiting_units > self._max_waiting:
            self._drop_one()
        try:
            await waiter.admitted
        except asyncio.CancelledError:
            if waiter in state.waiting:
                state.waiting.remove(waiter)
                self._count_waiting(state, -units)
                self._forget_if_idle(client)
            elif waiter.admitted.done() and waiter.admitted.exception() is None:
                self._release(client, units)
            raise

    def _admit_next(self) -> None:
        """Admit waiting requests, one of each client in turn, as long as they fit."""
        admitted = True
        while admitted:
            admitted = False
            for client in [client for client, state in self._clients.items() if state.waiting]:
                state = self._clients[client]
                units = state.waiting[0].units
                if self._used + units > self._capacity:
                    return
                if state.used + units <= self._max_share:
                    self._start(client, state)
                    admitted = True

    def _start(self, client: Client, state: _ClientState) -> None:
        waiter = state.waiting.popleft()
        self._count_waiting(state, -waiter.units)
        state.used += waiter.units
        self._used += waiter.units
        self._clients[client] = self._clients.pop(client)  # its next turn comes after those of all others
        waiter.admitted.set_result(None)

    def _drop_one(self) -> None:
        """Refuse the newest request of the client with most waiting; of several such, of the one that came last."""
        client = max(reversed(self._clients), key=lambda client: self._clients[client].waiting_units)
        state = self._clients[client]
        waiter = state.waiting.pop()
        self._count_waiting(state, -waiter.units)
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
