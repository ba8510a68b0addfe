"""Read request bodies within limits: for one body, and for the memory of all bodies together."""

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
    """Limit of the memory for the bodies of all requests.

    Args:
        max_bytes: The maximum size of all bodies together.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes, self._held = max_bytes, 0

    @asynccontextmanager
    async def share(self) -> AsyncIterator[MemoryShare]:
        """Return the share of one request, which is released at the end of the `async with` block."""
        share = MemoryShare(self)
        try:
            yield share
        finally:
            self._held -= share.bytes

    def take(self, count: int) -> None:
        """Reserve bytes.

        Raises:
            RequestRejected: 503 where the budget is used up.
        """
        if self._held + count > self._max_bytes:
            raise busy_rejection()
        self._held += count


class MemoryShare:
    """The bytes that one request has reserved from a `MemoryBudget`."""

    def __init__(self, budget: MemoryBudget) -> None:
        self._budget, self.bytes = budget, 0

    def take(self, count: int) -> None:
        """Reserve bytes for this request, as `MemoryBudget.take` does."""
        self._budget.take(count)
        self.bytes += count


def busy_rejection() -> RequestRejected:
    """Return the 503 for a server that is overloaded."""
    return RequestRejected(503, "too many requests are waiting; retry in a second", {"retry-after": "1"})


async def iter_body(request: Request, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """Iterate over the chunks of a body.

    Args:
        request: A request whose body has not been read.
        max_bytes: The maximum size of the body.

    Raises:
        RequestRejected: 413 where the body is larger; 415 where it is compressed.
    """
    encoding = request.headers.get("content-encoding", "identity")
    if encoding.lower() != "identity":
        raise RequestRejected(415, f"the body has the content-encoding {quote_json(encoding)}; send it uncompressed")
    size = _content_length(request)
    async with aclosing(_stream(request)) as stream:
        if size <= max_bytes:
            size = 0
            async for chunk in stream:
                size += len(chunk)
                if size > max_bytes:
                    break
                yield chunk
        if size > max_bytes:
            # Most clients read the response only after they have sent the whole body, so read and discard some of it.
            is_drained = size <= MAX_DRAINED_BYTES and await _drain(stream)
            message = f"the body has {size:,} bytes or more; send {max_bytes:,} at most"
            raise RequestRejected(413, message, {} if is_drained else {"connection": "close"})


async def read_all(request: Request, max_bytes: int, share: MemoryShare) -> bytes:
    """Return the whole body, reserving its bytes from the request's share of the memory budget."""
    body = bytearray()
    async with aclosing(iter_body(request, max_bytes)) as parts:
        async for chunk in parts:
            share.take(len(chunk))
            body += chunk
    return bytes(body)


def media_type(request: Request) -> str:
    """Return the content type of the body in lower case, without parameters; empty for none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _content_length(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and len(length) < 19 else 0


async def _stream(request: Request) -> AsyncGenerator[bytes, None]:
    """Iterate over the body. Unlike `Request.stream`, the iteration can be continued after an early exit."""
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        if message.get("body"):
            yield message["body"]


async def _drain(stream: AsyncGenerator[bytes, None]) -> bool:
    """Discard the rest of a body; return False if it exceeds `MAX_DRAINED_BYTES`."""
    size = 0
    async for chunk in stream:
        size += len(chunk)
        if size > MAX_DRAINED_BYTES:
            return False
    return True
