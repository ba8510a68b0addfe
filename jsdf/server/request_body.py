"""Read and parse request bodies within limits: for one body, and for the memory of all bodies together."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect

from jsdf.server.admission.fair_queue import FairQueue
from jsdf.server.admission.memory_budget import MemoryBudget
from jsdf.server.errors import RequestRejected, quote_json
from jsdf.server.limits import MAX_BODIES, MAX_BODY, MAX_DRAINED_BYTES, MAX_INLINE_BODY, MAX_WAITING_BODIES
from jsdf.server.validation import parse_request
from jsdf.utils.process.thread_pool import ThreadPool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from starlette.requests import Request

    from jsdf.server.admission.memory_budget import MemoryShare
    from jsdf.server.validation import ValidatedRequest


class RequestReader:
    """Reader of classification requests: it receives, parses and validates their bodies within the memory budget.

    Large bodies are parsed in a thread, one at a time, so that they delay no other request and need no more memory than
    that of one.
    """

    def __init__(self) -> None:
        self._budget = MemoryBudget(MAX_BODIES)
        self._queue = FairQueue(1, MAX_WAITING_BODIES)
        self._pool = ThreadPool(1, "jsdf-parse")

    @asynccontextmanager
    async def read(self, request: Request) -> AsyncIterator[tuple[ValidatedRequest, MemoryShare]]:
        """Return a request, and the memory that it holds until the end of the `async with` block.

        Raises:
            RequestRejected: 400, 413, 415 or 422 where the body is invalid, 503 where the server is overloaded.
        """
        async with self._budget.share(request.state.client) as share:
            with share.arriving():
                body = await _read_all(request, MAX_BODY, share)
            if len(body) <= MAX_INLINE_BODY:
                validated = parse_request(body)
            else:
                async with self._queue.admit(share.client, cost=len(body)):
                    validated = await asyncio.get_running_loop().run_in_executor(self._pool, parse_request, body)
            del body
            share.resize(validated.memory())
            yield validated, share


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


async def _read_all(request: Request, max_bytes: int, share: MemoryShare) -> bytearray:
    body = bytearray()
    async with aclosing(iter_body(request, max_bytes)) as parts:
        async for chunk in parts:
            share.take(len(chunk))
            body += chunk
    return body


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
