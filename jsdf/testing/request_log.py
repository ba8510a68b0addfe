"""The fake's memory of what it was asked, answered and paid for; it never holds an API key."""

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
    """What happens to one request.

    Args:
        reply: What is done on the wire.
        outcome: See `Record`.
        request: What was read of it, None where it was refused before.
        client: Who asked, None where nobody knows.
        billed: Whether the work was paid for.
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
    """One request and what became of it.

    Args:
        number: In order of arrival, from 0.
        when: Its arrival on `time.monotonic`.
        seconds: From its arrival to its answer.
        path: What was asked for.
        status: The HTTP status sent, None where none was.
        outcome: `"answered"` as the contract says; `"spoilt"`: billed, and the answer came broken;
            `"refused"` for its contents, its key or its path; `"limited"` by a 429; `"failed"` by a
            script, unpaid; `"lost"`: no answer went out, or nobody waited for it.
        client: Who asked, as in `"key-0"`.
        billed: Whether its samples were paid for.
        request: What was asked, None where it was refused before it was read.
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
        """The values of its samples, empty where it was refused before they were read."""
        return () if self.request is None else self.request.values

    @property
    def samples(self) -> int:
        """How many samples it had."""
        return len(self.values)


class Exchange:
    """One request that waits for its reply.

    Wait inside its `with` block, or call `settle` after: either writes the record, before the reply.

    Args:
        reply: What to do on the wire, afterwards.
        wait: Seconds to wait before; an exception meanwhile means that nobody waited.
        note: Called once, with whether the reply was lost.
    """

    def __init__(self, reply: Action, wait: float = 0.0, note: Callable[[bool], None] | None = None) -> None:
        self.reply = reply
        self.wait = wait
        self._note = note

    def settle(self, *, lost: bool = False) -> None:
        """Write the record; a second time does nothing."""
        note, self._note = self._note, None
        if note is not None:
            note(lost)

    def __enter__(self) -> Exchange:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.settle(lost=kind is not None)


class Responder(Protocol):
    """What a server or a transport passes requests to; `FakeService` is one."""

    def open(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes, *, scheme: str = "http"
    ) -> Exchange:
        """Take a request; see `FakeService.open`."""
        ...


class RequestLog:
    """Counts; may be read from any thread, at any time.

    Args:
        on_record: Called with each record before its reply goes out.
    """

    def __init__(self, on_record: Callable[[Record], None] | None) -> None:
        self._on_record = on_record
        self._lock = threading.RLock()  # so that `on_record` may read the counts
        self._records: list[Record] = []
        self._billed: Counter[str] = Counter()
        self._arrivals = 0
        self.in_flight = 0
        self.peak_in_flight = 0

    def begin(self, path: str, verdict: PlannedReply) -> Exchange:
        """Note an arrival. What is billed is billed at once: the service works whoever waits for it."""
        when = time.monotonic()
        with self._lock:
            number, self._arrivals = self._arrivals, self._arrivals + 1
            self.in_flight += 1
            self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
            if verdict.billed and verdict.request is not None:
                self._billed.update(verdict.request.values)

        def note(lost: bool) -> None:
            self._end(_record(number, when, path, verdict, lost))

        return Exchange(verdict.reply, verdict.wait, note)

    def _end(self, record: Record) -> None:
        with self._lock:
            self.in_flight -= 1
            self._records.append(record)
            if self._on_record is not None:
                self._on_record(record)

    @property
    def records(self) -> list[Record]:
        """What is settled, in order of arrival."""
        with self._lock:
            return sorted(self._records, key=lambda r: r.number)

    @property
    def billed(self) -> Counter[str]:
        """How many times each value was paid for."""
        with self._lock:
            return Counter(self._billed)

    def count(self, outcome: Outcome) -> int:
        """How many requests ended so."""
        with self._lock:
            return sum(r.outcome == outcome for r in self._records)


def _record(number: int, when: float, path: str, verdict: PlannedReply, lost: bool) -> Record:
    return Record(
        number=number,
        when=when,
        seconds=time.monotonic() - when,
        path=path,
        status=None if lost else getattr(verdict.reply, "status", None),
        outcome="lost" if lost else verdict.outcome,
        client=verdict.client,
        billed=verdict.billed,
        request=verdict.request,
    )
