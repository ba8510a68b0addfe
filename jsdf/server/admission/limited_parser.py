"""Parser of HTTP/1.1 with limits on heads and chunks, and a pause after some events."""

from __future__ import annotations

from typing import Any

import h11

from jsdf.server.limits import MAX_HEAD_LINES, MAX_SMALL_CHUNKS, MIN_CHUNK_BYTES


class LimitedConnection(h11.Connection):
    """Parser that rejects heads of many lines and bodies in many tiny chunks, which cost far more than their bytes.

    Attributes:
        events_left: The number of events that `next_event` returns before it pretends to have no more data; -1 after
            that.
    """

    events_left = 0
    _chunks = _body_bytes = 0

    @property
    def has_more(self) -> bool:
        """True if bytes have arrived that are not parsed yet."""
        return len(self._receive_buffer) > 0

    def next_event(self) -> Any:
        """Return the next event, or `NEED_DATA`; raise `h11.RemoteProtocolError` where a limit is exceeded."""
        self.events_left -= 1
        if self.events_left < 0:
            return h11.NEED_DATA
        if self.their_state is h11.IDLE and _has_many_lines(self.trailing_data[0]):
            raise h11.RemoteProtocolError("too many header lines")
        event = super().next_event()
        if isinstance(event, h11.Request):
            self._chunks = self._body_bytes = 0
        elif isinstance(event, h11.Data):
            self._body_bytes += len(event.data)
            self._chunks += event.chunk_end
            if self._chunks > MAX_SMALL_CHUNKS + self._body_bytes / MIN_CHUNK_BYTES:
                raise h11.RemoteProtocolError("too many small chunks")
        return event


def _has_many_lines(data: bytes) -> bool:
    """Return True if more than `MAX_HEAD_LINES` lines come before an empty one."""
    lines = data.split(b"\n", MAX_HEAD_LINES + 1)
    return len(lines) > MAX_HEAD_LINES + 1 and not any(line in (b"", b"\r") for line in lines[:-1])
