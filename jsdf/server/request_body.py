"""Request bodies, as much of them as is allowed, one after another and all together."""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from jsdf.server.errors import RequestRejected, quote_json
from jsdf.server.limits import MAX_DRAINED_BYTES

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from starlette.requests import Request


class MemoryBudget:
    """Bytes that the server may hold in memory for all requests.

    Args:
        most: Of all requests together.
    """

    def __init__(self, most: int) -> None:
        self._most, self._held = most, 0

    @asynccontextmanager
    async def share(self) -> AsyncIterator[MemoryShare]:
        """One request's part of it, given back at the end."""
        share = MemoryShare(self)
        try:
            yield share
        finally:
            self._held -= share.bytes

    def take(self, count: int) -> None:
        """Make room.

        Raises:
            Refused: 503.
        """
        if self._held + count > self._most:
            raise is_busy()
        self._held += count


class MemoryShare:
    """What one request holds."""

    def __init__(self, room: MemoryBudget) -> None:
        self._room, self.bytes = room, 0

    def take(self, count: int) -> None:
        """See `MemoryBudget.take`."""
        self._room.take(count)
        self.bytes += count


def is_busy() -> RequestRejected:
    """What a client hears when too much waits already."""
    return RequestRejected(
        503, "too many requests are waiting for an answer; ask again in a second", {"retry-after": "1"}
    )


async def iter_body(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    """A body piece by piece.

    Args:
        request: Its body has not been read.
        most: Bytes of it.

    Raises:
        Refused: 413 where there is more; 415 where it is compressed.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise RequestRejected(415, f"the body is encoded as {quote_json(encoding)}; send it as it is")
    size = _declared(request)
    async with aclosing(_stream(request)) as stream:
        if size <= most:
            size = 0
            async for chunk in stream:
                size += len(chunk)
                if size > most:
                    break
                yield chunk
        if size > most:
            # Most clients listen only once all is sent, so a good part of it is taken and thrown away.
            ended = size <= MAX_DRAINED_BYTES and await _drain(stream)
            message = f"the body has {size:,} bytes or more; send {most:,} at most"
            raise RequestRejected(413, message, {} if ended else {"connection": "close"})


async def read_all(request: Request, most: int, share: MemoryShare) -> bytes:
    """A whole body, held in a request's share of the room."""
    body = bytearray()
    async with aclosing(iter_body(request, most)) as parts:
        async for chunk in parts:
            share.take(len(chunk))
            body += chunk
    return bytes(body)


def media_type(request: Request) -> str:
    """The body's type in lower case, without its parameters; empty where none is given."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _declared(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 19 else 0


async def _stream(request: Request) -> AsyncGenerator[bytes, None]:
    """As `Request.stream`, which cannot be taken up again after a first part."""
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        if message.get("body"):
            yield message["body"]


async def _drain(stream: AsyncGenerator[bytes, None]) -> bool:
    """Whether the rest came, and was no more than is put up with."""
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > MAX_DRAINED_BYTES:
            return False
    return True
