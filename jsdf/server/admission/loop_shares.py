"""Shares of the event loop's time: a client that takes more than its part is read more slowly."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from uvicorn.protocols.http.flow_control import FlowControl

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from jsdf.server.admission.clients import Client

#: Part of the event loop's time that the large requests of one client may take while others send requests too.
_SHARE = 0.2
#: Seconds of the event loop's time that a client may take at once.
_BURST_SECONDS = 0.05
#: Seconds for which a client counts as sending requests after its last one.
_ACTIVE_SECONDS = 1.0


class LoopShares:
    """Account of the event loop's time by client: the generic cell rate algorithm, with time used as the cost.

    Args:
        clock: Returns monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        #: Client -> the time at which it has no debt left, and the time at which it sent something last.
        self._paid_at: dict[Client, float] = {}
        self._seen_at: dict[Client, float] = {}

    def charge(self, client: Client, seconds: float) -> float:
        """Count time that was used for a client.

        Args:
            client: The client.
            seconds: Time of the event loop in seconds.

        Returns:
            The seconds for which nothing more should be read from the client; 0 while no other client is active.
        """
        now = self._clock()
        self._forget_inactive(now)
        earliest = now - _BURST_SECONDS / _SHARE
        self._paid_at[client] = max(self._paid_at.get(client, earliest), earliest) + seconds / _SHARE
        self._seen_at.pop(client, None)  # so that the one seen last comes last
        self._seen_at[client] = now
        return max(0.0, self._paid_at[client] - now) if len(self._seen_at) > 1 else 0.0

    def _forget_inactive(self, now: float) -> None:
        """Forget clients in the order in which they were seen last; their debt goes with them."""
        while self._seen_at:
            client = next(iter(self._seen_at))
            if now < max(self._seen_at[client] + _ACTIVE_SECONDS, self._paid_at[client] + _BURST_SECONDS / _SHARE):
                break
            del self._seen_at[client], self._paid_at[client]


class PausableFlow(FlowControl):
    """Flow control of a connection, of which reading can also be held for some time, whatever the application says.

    Args:
        transport: The connection.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__(transport)
        self._is_wanted, self._is_held = True, False

    def pause_reading(self) -> None:
        """Stop reading until `resume_reading`."""
        self._is_wanted = False
        self._update()

    def resume_reading(self) -> None:
        """Go on reading, as soon as reading is not held."""
        self._is_wanted = True
        self._update()

    def hold(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        """Read nothing for some time."""
        if not self._is_held:
            self._is_held = True
            loop.call_later(seconds, self._release)
            self._update()

    def _release(self) -> None:
        self._is_held = False
        self._update()

    def _update(self) -> None:
        if self._is_wanted and not self._is_held:
            super().resume_reading()
        else:
            super().pause_reading()
