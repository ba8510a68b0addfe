"""Turns of connections that have sent more than is handled at once."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import asyncio


class TurnTaker(Protocol):
    """A connection that takes turns.

    Attributes:
        loop: The event loop.
    """

    loop: asyncio.AbstractEventLoop

    def take_turn(self) -> None: ...  # noqa: D102 - described above


class Turns:
    """Turns of the connections with pipelined requests or many chunks: one of them for each turn of the event loop.

    So requests of other clients come between, however much these have sent.
    """

    def __init__(self) -> None:
        self._waiting: deque[TurnTaker] = deque()

    def append(self, connection: TurnTaker) -> None:
        """Let a connection wait for its next turn."""
        if not self._waiting:
            connection.loop.call_soon(self._next)
        self._waiting.append(connection)

    def _next(self) -> None:
        connection = self._waiting.popleft()
        if self._waiting:
            connection.loop.call_soon(self._next)
        connection.take_turn()


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, Turns] = WeakKeyDictionary()


def turns_of(loop: asyncio.AbstractEventLoop) -> Turns:
    """Return the turns of an event loop."""
    return _turns.setdefault(loop, Turns())
