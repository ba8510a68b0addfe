"""What a live view knows of a run: events in, words and HTML out. No widget, no clock of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable

from jsdf.formatting.html import bars, card, paragraph, progress_bar, span
from jsdf.formatting.text import duration, escape_html, one_line, percent, pluralize, top_labels
from jsdf.results.usage import Progress

#: Seconds before which a rate would be a guess.
_SETTLED = 0.3
_MAX_LABELS = 6  # labels in the text
_HINT = "To stop, interrupt the kernel: what has landed is kept."
_STOPPING = "A second interrupt gives up what is in flight."
_LANDING = "What is in flight lands first, and is kept."  # kernels hear no second interrupt of a cell that awaits
_RATE_SAMPLES = "What was answered is at jsdf.last_run()."


class ProgressState:
    """Where a run stands, as people read it.

    Args:
        clock: Monotonic seconds.
        awaited: Whether it is a coroutine of the caller's that waits for the run.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, awaited: bool = False) -> None:
        self.event: Progress | None = None
        self.is_finished = False
        self._stop_reason: str | None = None
        self._clock = clock
        self._stopping = _LANDING if awaited else _STOPPING
        self._began = self._since = self._ended = clock()
        self._before = 0  # rows that were settled when the run began

    def update(self, event: Progress) -> None:
        """Take an event, unless the run is over."""
        if self.is_finished:
            return
        if self.event is None:
            self._before = event.done - event.usage.rows_cached
        self.event = event
        if not self._asked:
            self._since = self._clock()

    def end(self, error: BaseException | None = None) -> None:
        """The run is over: it came to its end, or this error came out of it."""
        self.is_finished, self._ended = True, self._clock()
        if isinstance(error, (KeyboardInterrupt, asyncio.CancelledError)):
            self._stop_reason = "interrupted"
        elif error is not None:
            self._stop_reason = str(error) or type(error).__name__

    @property
    def _asked(self) -> int:
        """Rows that were settled by asking: not those that the store had, nor those that need no answer."""
        return 0 if self.event is None else self.event.done - self._before - self.event.usage.rows_cached

    @property
    def seconds(self) -> float:
        """Since the first event, up to the end."""
        return (self._ended if self.is_finished else self._clock()) - self._began

    @property
    def rate(self) -> float | None:
        """Rows a second, None before it can be told."""
        spent = (self._ended if self.is_finished else self._clock()) - self._since
        return self._asked / spent if self._asked > 0 and spent >= _SETTLED else None

    @property
    def seconds_left(self) -> float | None:
        """Seconds that the rest takes at this rate, None where that cannot be told."""
        event, rate = self.event, self.rate
        return (
            None
            if event is None or self.is_finished or self.stop_reason or not rate
            else (event.rows - event.done) / rate
        )

    @property
    def stop_reason(self) -> str | None:
        """Why it ended early, or is about to."""
        return self._stop_reason or (self.event.stopped if self.event is not None else None)

    def state(self) -> str:
        """In a few words: how far it is, or how it ended."""
        if not self.is_finished:
            noted = "" if self.event is None else self.event.note
            return (noted or f"stopping: {self.stop_reason}") if self.stop_reason else ""
        after = duration(self.seconds)
        if self.stop_reason is None:
            return f"done in {after}"
        return (
            f"interrupted after {after}"
            if self.stop_reason == "interrupted"
            else f"stopped after {after}: {self.stop_reason}"
        )

    def headline(self) -> str:
        """Who answers, and how many rows are done."""
        event = self.event
        if event is None:
            return ""
        part = "" if event.done == event.rows else f" ({percent(event.done, event.rows)})"
        return f"{event.engine}: {event.done:,}/{event.rows:,} rows{part}"

    def figures(self) -> list[str]:
        """Rate, time left, requests, tokens, rows from the store, failures, and what is happening besides."""
        event = self.event
        if event is None:
            return []
        rate, left = self.rate, self.seconds_left
        parts = [] if rate is None else [f"{rate:,.0f} rows/s" if rate >= 10 else f"{rate:.1f} rows/s"]
        parts += [f"{duration(left)} left"] if left else []
        parts += what_it_took(event)
        return [*parts, event.note] if event.note and not self.is_finished and not self.stop_reason else parts

    def text(self) -> str:
        """All of it on one line."""
        if self.event is None:
            return ""
        shown, others, _ = top_labels(self.event.label_counts, _MAX_LABELS)
        tally = ", ".join(
            [f"{one_line(name, 30)} {n:,}" for name, n in shown if n] + ([f"{others} more"] if others else [])
        )
        told = ", ".join([one_line(part, 200) for part in self.figures()])
        return " | ".join(part for part in (self.headline(), one_line(self.state(), 200), told, tally) if part)

    def html(self, strip: Iterable[str] = (), hint: str = _HINT) -> str:
        """All of it as a picture that needs no script.

        Args:
            strip: Pieces of HTML to put under the labels.
            hint: How to stop it, shown while it runs.
        """
        if self.event is None:
            return ""
        event = self.event
        state = self.state()
        kind = ("bad" if self.stop_reason != "interrupted" else "warn") if self.stop_reason else "good"
        kind = "warn" if event.failed and not self.stop_reason else kind
        head = f"<p><b>{escape_html(self.headline())}</b> {span(state, kind, 300)}</p>"
        foot = (
            (_RATE_SAMPLES if self.stop_reason and event.label_counts else "")
            if self.is_finished
            else self._stopping
            if self.stop_reason
            else hint
        )
        end = paragraph(foot, "muted") if foot else ""
        told = paragraph(" · ".join(one_line(part, 200) for part in self.figures()), "muted")
        return card([head, progress_bar(event.done, event.rows), told, bars(event.label_counts), *strip, end])


def what_it_took(event: Progress) -> list[str]:
    """Requests, tokens, rows from the store and failures, as far as there are any."""
    usage = event.usage
    parts = [pluralize(usage.requests, "request")] if usage.requests else []
    parts += [pluralize(usage.total_tokens, "token")] if usage.total_tokens else []
    parts += [f"{usage.rows_cached:,} from the store"] if usage.rows_cached else []
    return parts + ([f"{event.failed:,} failed"] if event.failed else [])
