"""Read the body of a response piece by piece, within a limit on its size as sent and as decompressed."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import anyio.lowlevel

from jsdf.errors import APIError, TransientError

if TYPE_CHECKING:
    import httpx

#: Bytes of an answer, as sent and as decompressed; the answer to 32 samples has a few thousand.
MAX_ANSWER_BYTES = 4 * 2**20
#: Commas, colons and brackets of an answer. In memory, a list of empty lists takes twenty times its size as JSON.
MAX_ANSWER_SEPARATORS = 100_000
#: Bytes of a refusal that are read; more is left unread, since only its beginning is shown.
MAX_REFUSAL_BYTES = 2**16
#: Compressions that are asked for. Those of other libraries cannot be stopped at a limit.
ACCEPT_ENCODING = "gzip, deflate"
#: Pieces after which other requests have their turn, since pieces that have arrived already are read without a pause.
_PIECES_A_TURN = 100
_SEPARATORS = (b",", b":", b"[", b"{")
_WINDOW_BITS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}


async def read_body(response: httpx.Response) -> bytes:
    """Return the decompressed body; that of a refusal is cut after `MAX_REFUSAL_BYTES`.

    Raises:
        APIError: An answer is larger than `MAX_ANSWER_BYTES`, holds more than `MAX_ANSWER_SEPARATORS`, or is in a
            compression that was not asked for. It stops the run, since the same request would be answered and billed
            in the same way.
        TransientError: The compressed data is damaged or incomplete.
    """
    body, is_answer = Body(response), response.is_success
    limit = MAX_ANSWER_BYTES if is_answer else MAX_REFUSAL_BYTES
    announced = response.headers.get("content-length", "")
    if is_answer and announced.isdecimal() and (len(announced) > 12 or int(announced) > limit):
        raise _too_large(response)
    read = pieces = 0
    async for chunk in response.stream:  # type: ignore[union-attr]
        read, pieces = read + len(chunk), pieces + 1
        if pieces % _PIECES_A_TURN == 0:
            await anyio.lowlevel.checkpoint()
        try:
            is_whole = body.add(chunk[: limit + 1], limit + 1)
        except TransientError:
            if is_answer:
                raise
            is_whole = False  # the status says enough
        if not is_whole or read > limit or len(body.content) > limit:
            if is_answer:
                raise _too_large(response)
            return bytes(body.content[:limit])
    if is_answer:
        body.finish()
        if sum(map(body.content.count, _SEPARATORS)) > MAX_ANSWER_SEPARATORS:
            raise _too_large(response)
    return bytes(body.content)


class Body:
    """Body of a response that is decompressed as it arrives.

    Args:
        response: The response; its header `content-encoding` names the compression.

    Raises:
        APIError: The compression is one that was not asked for.
    """

    def __init__(self, response: httpx.Response) -> None:
        self.content = bytearray()
        self._status = response.status_code
        name = response.headers.get("content-encoding", "").strip().lower() or "identity"
        if name != "identity" and name not in _WINDOW_BITS and response.is_success:
            raise APIError(
                f"the service's response is compressed as {name[:40]!r}, which was not asked for",
                status=self._status,
                permanent=True,
            )
        self._bits = _WINDOW_BITS.get(name)
        self._unpacker = None if self._bits is None else zlib.decompressobj(self._bits)

    def add(self, chunk: bytes, max_bytes: int) -> bool:
        """Add a piece as it was sent; return False if more than `max_bytes` would be in the body."""
        if self._unpacker is None:
            self.content += chunk
            return True
        if self._unpacker.eof:  # what follows the compressed data is no part of the body
            return True
        self.content += self._unpack(chunk, max_bytes - len(self.content))
        return not self._unpacker.unconsumed_tail

    def _unpack(self, chunk: bytes, max_bytes: int) -> bytes:
        assert self._unpacker is not None  # noqa: S101 - set if there is a compression
        try:
            return self._unpacker.decompress(chunk, max(1, max_bytes))
        except zlib.error as error:
            if self._bits == zlib.MAX_WBITS and not self.content:  # some servers send deflate without its header
                self._bits = -zlib.MAX_WBITS
                self._unpacker = zlib.decompressobj(self._bits)
                return self._unpack(chunk, max_bytes)
            raise self._damaged(str(error)) from None

    def finish(self) -> None:
        """Check that compressed data is complete.

        Raises:
            TransientError: It is not.
        """
        if self._unpacker is not None and self.content and not self._unpacker.eof:
            raise self._damaged("it is incomplete")

    def _damaged(self, reason: str) -> TransientError:
        return TransientError(
            f"the service's response could not be decompressed: {reason}", status=self._status, maybe_billed=True
        )


def _too_large(response: httpx.Response) -> APIError:
    return APIError(
        f"the service's answer is larger than {MAX_ANSWER_BYTES // 2**20} MB or {MAX_ANSWER_SEPARATORS:,} values, and "
        "was not read: the address is not the service's, or something on the way changes its answers",
        status=response.status_code,
        permanent=True,
    )
