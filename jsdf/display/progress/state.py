"""State of a live view: takes progress events and formats them as text and HTML. It draws nothing itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from jsdf.formatting.html import bars, card, paragraph, progress_bar, span
from jsdf.formatting.text import duration, escape_html, one_line, percent, pluralize, top_labels
from jsdf.results.usage import Progress

_MIN_RATE_SECONDS = 0.3  # a rate measured over less time would be a guess
_MAX_LABELS = 6  # labels in the text
_INTERRUPT_HINT = "To stop, interrupt the kernel: completed rows are kept."
_STOPPING_HINT = "A second interrupt abandons the requests in flight."
# A kernel ignores a second interrupt while a cell awaits.
_STOPPING_HINT_AWAITED = "Requests in flight are completed first, and their answers are kept."
_PARTIAL_RUN_HINT = "Completed rows are in jsdf.last_run()."


class ProgressState:
    """Progress of one run as text, figures and HTML.

    Args:
        clock: Monotonic seconds.
        awaited: True if a coroutine of the caller awaits the run.

    Attributes:
        event: The latest event; None before the first one.
        is_finished: True once `end` was called.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, awaited: bool = False) -> None:
        self.event: Progress | None = None
        self.is_finished = False
        self._stop_reason: str | None = None
        self._clock = clock
        self._stopping_hint = _STOPPING_HINT_AWAITED if awaited else _STOPPING_HINT
        self._started_at = self._rate_since = self._ended_at = clock()
        self._rows_at_start = 0  # rows that needed no answer when the run began

    def update(self, event: Progress) -> None:
        """Record an event; ignored after the end of the run."""
        if self.is_finished:
            return
        if self.event is None:
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
        return 0 if self.event is None else self.event.done - self._rows_at_start - self.event.usage.rows_cached

    @property
    def _now(self) -> float:
        return self._ended_at if self.is_finished else self._clock()

    @property
    def seconds(self) -> float:
        """Seconds since this state was made, up to the end of the run."""
        return self._now - self._started_at

    @property
    def rate(self) -> float | None:
        """Rows answered by requests per second; None until it can be measured."""
        elapsed = self._now - self._rate_since
        return self._requested_rows / elapsed if self._requested_rows > 0 and elapsed >= _MIN_RATE_SECONDS else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds that the remaining rows take at the current rate; None if unknown or stopping."""
        event, rate = self.event, self.rate
        return (
            None
            if event is None or self.is_finished or self.stop_reason or not rate
            else (event.rows - event.done) / rate
        )

    @property
    def stop_reason(self) -> str | None:
        """Reason for which the run ended early or is stopping; None if neither."""
        return self._stop_reason or (self.event.stopped if self.event is not None else None)

    def state(self) -> str:
        """Return a short status, such as "done in 4 s" or "stopping: interrupted"; empty while the run goes on."""
        if not self.is_finished:
            note = "" if self.event is None else self.event.note
            return (note or f"stopping: {self.stop_reason}") if self.stop_reason else ""
        after = duration(self.seconds)
        if self.stop_reason is None:
            return f"done in {after}"
        return (
            f"interrupted after {after}"
            if self.stop_reason == "interrupted"
            else f"stopped after {after}: {self.stop_reason}"
        )

    def headline(self) -> str:
        """Return the engine and the number of completed rows."""
        event = self.event
        if event is None:
            return ""
        part = "" if event.done == event.rows else f" ({percent(event.done, event.rows)})"
        return f"{event.engine}: {event.done:,}/{event.rows:,} rows{part}"

    def figures(self) -> list[str]:
        """Return rate, time left, requests, tokens, rows from the store, failures and the event's note."""
        event = self.event
        if event is None:
            return []
        rate, seconds_left = self.rate, self.seconds_left
        parts = [] if rate is None else [f"{rate:,.0f} rows/s" if rate >= 10 else f"{rate:.1f} rows/s"]
        parts += [f"{duration(seconds_left)} left"] if seconds_left else []
        parts += _usage_figures(event)
        return [*parts, event.note] if event.note and not self.is_finished and not self.stop_reason else parts

    def text(self) -> str:
        """Return headline, status, figures and label counts on one line."""
        if self.event is None:
            return ""
        shown, others, _ = top_labels(self.event.label_counts, _MAX_LABELS)
        labels = ", ".join(
            [f"{one_line(name, 30)} {n:,}" for name, n in shown if n] + ([f"{others} more"] if others else [])
        )
        figures = ", ".join([one_line(part, 200) for part in self.figures()])
        return " | ".join(part for part in (self.headline(), one_line(self.state(), 200), figures, labels) if part)

    def html(self, strip: Iterable[str] = (), hint: str = _INTERRUPT_HINT) -> str:
        """Return everything as static HTML, without scripts.

        Args:
            strip: HTML fragments to insert below the labels.
            hint: Advice on stopping the run, shown while it goes on.
        """
        if self.event is None:
            return ""
        event = self.event
        state = self.state()
        kind = ("bad" if self.stop_reason != "interrupted" else "warn") if self.stop_reason else "good"
        kind = "warn" if event.failed and not self.stop_reason else kind
        head = f"<p><b>{escape_html(self.headline())}</b> {span(state, kind, 300)}</p>"
        foot_text = (
            (_PARTIAL_RUN_HINT if self.stop_reason and event.label_counts else "")
            if self.is_finished
            else self._stopping_hint
            if self.stop_reason
            else hint
        )
        foot = paragraph(foot_text, "muted") if foot_text else ""
        figures = paragraph(" · ".join(one_line(part, 200) for part in self.figures()), "muted")
        return card([head, progress_bar(event.done, event.rows), figures, bars(event.label_counts), *strip, foot])


def _usage_figures(event: Progress) -> list[str]:
    """Return requests, tokens, rows from the store and failures, each only if there are any."""
    usage = event.usage
    parts = [pluralize(usage.requests, "request")] if usage.requests else []
    parts += [pluralize(usage.total_tokens, "token")] if usage.total_tokens else []
    parts += [f"{usage.rows_cached:,} from the store"] if usage.rows_cached else []
    return parts + ([f"{event.failed:,} failed"] if event.failed else [])
