"""State of a live view: takes progress events and describes them in short texts. It draws nothing itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from jsdf.formatting.text import duration, one_line, percent, pluralize, top_labels
from jsdf.results.cost import format_cost
from jsdf.results.usage import Progress

_MIN_RATE_SECONDS = 0.3  # a rate measured over less time would be a guess
_MAX_LABELS = 6  # labels in the text
_MAX_LABEL_CHARS = 90  # of all labels together, so that the final text stays one line
_LAST_RUN_HINT = "see jsdf.last_run()"


class ProgressState:
    """Progress of one run as short texts and figures.

    Args:
        clock: Monotonic seconds.

    Attributes:
        event: The latest event; None before the first one.
        is_finished: True once `end` was called.
        awaited: True if a coroutine of the caller awaits the run.
        keeps_run: True if `jsdf.last_run()` is the run, which the final text says.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.event: Progress | None = None
        self.is_finished = self.awaited = self.keeps_run = False
        self._stop_reason: str | None = None
        self._clock = clock
        self._started_at = self._rate_since = self._ended_at = clock()
        self._rows_at_start: int | None = None  # rows that needed no answer when the run began

    def update(self, event: Progress) -> None:
        """Record an event; ignored after the end of the run."""
        if self.is_finished:
            return
        if self._rows_at_start is None and event.engine:  # before, the arguments are being checked
            self._rows_at_start = event.done - event.usage.rows_cached
        self.event = event
        if not self._requested_rows:
            self._rate_since = self._clock()

    def end(self, error: BaseException | None = None) -> None:
        """Record the end of the run; `error` is the exception that ended it, None for a normal end."""
        self.is_finished, self._ended_at = True, self._clock()
        if isinstance(error, (KeyboardInterrupt, asyncio.CancelledError)):
            self._stop_reason = "interrupted"
        elif error is not None:
            self._stop_reason = str(error) or type(error).__name__

    @property
    def _requested_rows(self) -> int:
        """Rows answered by requests, without those from the store and those that need no answer."""
        event, before = self.event, self._rows_at_start
        return 0 if event is None or before is None else event.done - before - event.usage.rows_cached

    @property
    def seconds(self) -> float:
        """Seconds since this state was made, up to the end of the run."""
        return (self._ended_at if self.is_finished else self._clock()) - self._started_at

    @property
    def rate(self) -> float | None:
        """Rows answered by requests per second; None until it can be measured."""
        elapsed = (self._ended_at if self.is_finished else self._clock()) - self._rate_since
        return self._requested_rows / elapsed if self._requested_rows > 0 and elapsed >= _MIN_RATE_SECONDS else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds that the remaining rows take at the current rate; None if unknown or stopping."""
        event, rate = self.event, self.rate
        is_unknown = event is None or self.is_finished or self.stop_reason or not rate
        return None if event is None or is_unknown or not rate else (event.rows - event.done) / rate

    @property
    def stop_reason(self) -> str | None:
        """Reason for which the run ended early or is stopping; None if neither."""
        return self._stop_reason or (self.event.stopped if self.event is not None else None)

    @property
    def kind(self) -> str:
        """Colour of the status: `good`, `warn` or `bad`; empty while the run goes on."""
        if self.stop_reason:
            return "warn" if self.stop_reason == "interrupted" else "bad"
        is_failing = self.event is not None and self.event.failed > 0
        return "warn" if self.is_finished and is_failing else "good" if self.is_finished else ""

    def headline(self) -> str:
        """Return the engine and the number of completed rows; at the end, also the time."""
        event = self.event
        if event is None:
            return ""
        engine = f"{one_line(event.engine)}: " if event.engine else ""
        if not self.is_finished:
            part = "" if event.done == event.rows else f" ({percent(event.done, event.rows)})"
            return f"{engine}{event.done:,}/{event.rows:,} rows{part}"
        done = "" if event.done == event.rows else f"{event.done:,} of "
        return f"{engine}{done}{pluralize(event.rows, 'row')} in {duration(self.seconds)}"

    def status(self) -> str:
        """Return the present phase, as "loading the model", or the end, as "done, 6 failed"; empty if neither."""
        event, reason = self.event, self.stop_reason
        if event is None:
            return ""
        if not self.is_finished:
            return event.note or (f"stopping: {reason}" if reason else "")
        failed = f", {event.failed:,} failed" if event.failed else ""
        if reason is None:
            return f"done{failed}"
        return f"interrupted{failed}" if reason == "interrupted" else f"stopped{failed}: {reason}"

    def figures(self) -> list[str]:
        """Return rate, time left, requests, tokens, cost and rows from the store; failures only while it runs."""
        event = self.event
        if event is None:
            return []
        rate, seconds_left, usage = None if self.is_finished else self.rate, self.seconds_left, event.usage
        parts = [] if rate is None else [f"{rate:,.0f} rows/s" if rate >= 10 else f"{rate:.1f} rows/s"]
        parts += [f"{duration(seconds_left)} left"] if seconds_left else []
        parts += [pluralize(usage.requests, "request")] if usage.requests else []
        parts += [pluralize(usage.total_tokens, "token")] if usage.total_tokens else []
        parts += [format_cost(usage.cost)] if usage.cost else []
        parts += [f"{usage.rows_cached:,} from the store"] if usage.rows_cached else []
        return parts + ([f"{event.failed:,} failed"] if event.failed and not self.is_finished else [])

    def elapsed(self) -> str:
        """Return the whole seconds since the start, which move also while no answer comes."""
        return duration(float(int(self.seconds))).replace(".0 s", " s")

    def labels(self) -> str:
        """Return the most frequent labels with their rows, in as many characters as fit one line."""
        counts = {} if self.event is None else self.event.label_counts
        shown = [(name, n) for name, n in top_labels(counts, _MAX_LABELS)[0] if n]
        texts = [f"{one_line(name, 30)} {n:,}" for name, n in shown]
        while len(texts) > 1 and len(", ".join(texts)) > _MAX_LABEL_CHARS:
            texts.pop()
        others = sum(1 for n in counts.values() if n) - len(texts)
        return ", ".join([*texts, f"{others:,} more"] if others else texts)

    def details(self) -> list[str]:
        """Return everything but headline and status, as short texts."""
        has_run = self.is_finished and self.keeps_run
        elapsed = [] if self.is_finished else [self.elapsed()]
        parts = [*elapsed, *self.figures(), self.labels(), _LAST_RUN_HINT if has_run else ""]
        return [one_line(part, 200) for part in parts if part]

    def text(self) -> str:
        """Return headline, status and details on one line."""
        if self.event is None:
            return ""
        parts = self.headline(), one_line(self.status(), 200), ", ".join(self.details())
        return " | ".join(part for part in parts if part)
