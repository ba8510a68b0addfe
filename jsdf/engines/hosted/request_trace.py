"""Trace of one HTTP request: how far it got before it failed, and who was at the other end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class RequestTrace:
    """Receives the events that httpcore reports to the request extension `trace`.

    A transport other than httpx's own reports none.

    Attributes:
        stage: Latest step that was started, such as `"connection.connect_tcp"`; "" before the first.
        host: Host of the latest new connection: the service's or a proxy's.
        is_sent: True once the body of the request, without which the service does nothing, began to leave.
    """

    def __init__(self) -> None:
        self.stage, self.host, self.is_sent = "", "", False

    async def __call__(self, event: str, info: Mapping[str, Any]) -> None:
        """Record an event, such as `"http11.send_request_body.started"`."""
        stage, _, state = event.rpartition(".")
        if state != "started":
            return
        self.stage = stage
        if stage.endswith("connect_tcp"):
            self.host = info["host"]
        elif stage.endswith("send_request_body"):
            self.is_sent = info["request"].method != b"CONNECT"  # CONNECT asks a proxy for a tunnel
