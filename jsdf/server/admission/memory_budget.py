"""Memory limit for the bodies of all requests; the client that holds most of it gives way first."""

from __future__ import annotations

import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from anyio import CancelScope

from jsdf.server.errors import busy_rejection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from jsdf.server.admission.clients import Client

#: Seconds in which a body is safe from other requests of its own client.
_GRACE_SECONDS = 10.0


class MemoryShare:
    """The bytes that one request has reserved from a `MemoryBudget`.

    Args:
        budget: The budget.
        client: The client that sent the request.
        began: The time at which the request began, in monotonic seconds.

    Attributes:
        bytes: The number of reserved bytes.
    """

    def __init__(self, budget: MemoryBudget, client: Client, began: float) -> None:
        self._budget, self.client, self.began, self.bytes = budget, client, began, 0
        self._arrival: CancelScope | None = None
        self._is_revoked = False

    @property
    def can_be_revoked(self) -> bool:
        """True while the body arrives: a request that is being answered is not interrupted."""
        return self._arrival is not None

    def take(self, count: int) -> None:
        """Reserve bytes for this request.

        Raises:
            RequestRejected: 503 where the budget is used up, or another request got the bytes of this one.
        """
        if self._is_revoked:
            raise _revoked()
        self._budget.make_room(self, count)
        self.resize(self.bytes + count)

    def resize(self, count: int) -> None:
        """Set the number of reserved bytes without a check."""
        self._budget.held += count - self.bytes
        self.bytes = count

    @contextmanager
    def arriving(self) -> Iterator[None]:
        """Let `revoke` interrupt the `with` block, in which the body is received.

        Raises:
            RequestRejected: 503 where it was interrupted.
        """
        with CancelScope() as self._arrival:
            try:
                yield
            finally:
                self._arrival = None
        if self._is_revoked:
            raise _revoked()

    def revoke(self) -> None:
        """Take the bytes back and stop receiving the body."""
        self._is_revoked = True
        self.resize(0)
        if self._arrival is not None:
            self._arrival.cancel()


class MemoryBudget:
    """Limit of the memory for the bodies of all requests.

    Args:
        max_bytes: The maximum size of all bodies together.
        clock: Returns monotonic seconds.

    Attributes:
        held: The number of bytes that are reserved.
    """

    def __init__(self, max_bytes: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._max_bytes, self._clock = max_bytes, clock
        self._shares: dict[MemoryShare, None] = {}  # the oldest first
        self.held = 0

    @asynccontextmanager
    async def share(self, client: Client) -> AsyncIterator[MemoryShare]:
        """Return the share of one request, which is released at the end of the `async with` block."""
        share = MemoryShare(self, client, self._clock())
        self._shares[share] = None
        try:
            yield share
        finally:
            share.resize(0)
            del self._shares[share]

    def make_room(self, share: MemoryShare, count: int) -> None:
        """Revoke shares of greedier clients until there is room for `count` more bytes.

        Raises:
            RequestRejected: 503 where there is none.
        """
        while self.held + count > self._max_bytes:
            revocable = self._find_revocable(share, count)
            if revocable is None:
                raise busy_rejection()
            revocable.revoke()

    def _find_revocable(self, newcomer: MemoryShare, count: int) -> MemoryShare | None:
        """Return the oldest body that is still arriving, of the client that holds most; None if none must give way."""
        by_client: dict[Client, int] = {newcomer.client: count}
        for share in self._shares:
            by_client[share.client] = by_client.get(share.client, 0) + share.bytes
        arriving = [s for s in self._shares if s.can_be_revoked and s.bytes and s is not newcomer]
        if not arriving:
            return None
        greediest = max(arriving, key=lambda share: by_client[share.client])
        is_greedier = by_client[greediest.client] > by_client[newcomer.client]
        return greediest if is_greedier or self._clock() - greediest.began >= _GRACE_SECONDS else None


def _revoked() -> Exception:
    return busy_rejection({"connection": "close"})
