"""Log of the fake's requests, replies and billed samples. It never contains an API key."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from jsdf.testing.messages import Action
    from jsdf.testing.validation import Request

Outcome: TypeAlias = Literal["answered", "spoilt", "refused", "limited", "failed", "lost"]


@dataclass(frozen=True)
class PlannedReply:
    """The reply that the service decided on for one request.

    Args:
        reply: The response to send, or a reset.
        outcome: As in `Record`.
        request: The parsed request, None where it was refused before it was parsed.
        client: The name of the caller, None where its API key was refused or not checked.
        billed: True if the samples were billed.
        wait: Seconds before the reply.
    """

    reply: Action
    outcome: Outcome
    request: Request | None = None
    client: str | None = None
    billed: bool = False
    wait: float = 0.0


@dataclass(frozen=True)
class Record:
    """One request and its outcome.

    Args:
        number: The number of the request in order of arrival, from 0.
        when: The time of its arrival on `time.monotonic`.
        seconds: The time from its arrival to its reply.
        path: The path of its URL.
        status: The HTTP status of the response, None without a response.
        outcome: `"answered"`: answered correctly; `"spoilt"`: billed, but the answer was broken;
            `"refused"`: its contents, key or path were invalid; `"limited"`: answered with a 429; `"failed"`: failed
            by a scripted fault, not billed; `"lost"`: no answer was sent, or the client did not wait for it.
        client: The name of the caller, as in `"key-0"`; None where its API key was refused or not checked.
        billed: True if its samples were billed.
        request: The parsed request, None where it was refused before it was parsed.
    """

    number: int
    when: float
    seconds: float
    path: str
    status: int | None
    outcome: Outcome
    client: str | None
    billed: bool
    request: Request | None = field(repr=False)

    @property
    def values(self) -> tuple[str, ...]:
        """The values of its samples, empty where it was refused before it was parsed."""
        return () if self.request is None else self.request.values

    @property
    def samples(self) -> int:
        """The number of its samples."""
        return len(self.values)


class Exchange:
    """One request that waits for its reply.

    Wait inside its `with` block, or call `settle` after the wait. Both write the record, before the reply is sent.

    Args:
        reply: The response to send, or a reset, after the wait.
        wait: Seconds to wait; an exception during the wait means that the client did not wait for the reply.
        on_settle: Called once, with True if the reply was lost.
    """

    def __init__(self, reply: Action, wait: float = 0.0, on_settle: Callable[[bool], None] | None = None) -> None:
        self.reply = reply
        self.wait = wait
        self._on_settle = on_settle

    def settle(self, *, lost: bool = False) -> None:
        """Write the record; a second call does nothing."""
        on_settle, self._on_settle = self._on_settle, None
        if on_settle is not None:
            on_settle(lost)

    def __enter__(self) -> Exchange:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.settle(lost=kind is not None)


class Responder(Protocol):
    """Protocol of the object to which servers and transports pass requests, such as `FakeService`."""

    def open(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, *, scheme: str = "http"
    ) -> Exchange:
        """Accept a request and return its planned reply, as `FakeService.open` does."""
        ...


class RequestLog:
    """Records and counters of all requests, which any thread may read at any time.

    Args:
        on_record: Called with each record before its reply goes out.
    """

    def __init__(self, on_record: Callable[[Record], None] | None) -> None:
        self._on_record = on_record
        self._lock = threading.RLock()  # reentrant, since `on_record` may read the counters
        self._records: list[Record] = []
        self._billed: Counter[str] = Counter()
        self._arrivals = 0
        self.in_flight = 0
        self.peak_in_flight = 0

    def begin(self, path: str, planned: PlannedReply) -> Exchange:
        """Count an arrival and return its exchange. Samples are billed at once, even if the client disconnects."""
        when = time.monotonic()
        with self._lock:
            number, self._arrivals = self._arrivals, self._arrivals + 1
            self.in_flight += 1
            self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
            if planned.billed and planned.request is not None:
                self._billed.update(planned.request.values)

        def on_settle(lost: bool) -> None:
            self._add(_record(number, when, path, planned, lost))

        return Exchange(planned.reply, planned.wait, on_settle)

    def _add(self, record: Record) -> None:
        with self._lock:
            self.in_flight -= 1
            self._records.append(record)
            if self._on_record is not None:
                self._on_record(record)

    @property
    def records(self) -> list[Record]:
        """The settled requests, in order of arrival."""
        with self._lock:
            return sorted(self._records, key=lambda r: r.number)

    @property
    def billed(self) -> Counter[str]:
        """The number of times that each value was billed."""
        with self._lock:
            return Counter(self._billed)

    def count(self, outcome: Outcome) -> int:
        """Return the number of requests with this outcome."""
        with self._lock:
            return sum(r.outcome == outcome for r in self._records)


def _record(number: int, when: float, path: str, planned: PlannedReply, lost: bool) -> Record:
    return Record(
        number=number,
        when=when,
        seconds=time.monotonic() - when,
        path=path,
        status=None if lost else getattr(planned.reply, "status", None),
        outcome="lost" if lost else planned.outcome,
        client=planned.client,
        billed=planned.billed,
        request=planned.request,
    )
