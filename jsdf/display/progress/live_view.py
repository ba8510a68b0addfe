"""Live view of one run: takes events, draws at a limited rate, and shows that time passes while no event comes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from jsdf.display.progress.state import ProgressState
from jsdf.display.progress.thumbnail_strip import ThumbnailStrip
from jsdf.utils.process.stop_signals import signals_deferred

if TYPE_CHECKING:
    from jsdf.results.usage import Progress


class ProgressOutput(Protocol):
    """Place that a `LiveView` draws into.

    Attributes:
        interval: Minimum seconds between two drawings.
    """

    interval: float

    def draw(self, state: ProgressState, strip: ThumbnailStrip) -> None:
        """Show the present state of the run."""
        ...

    def finish(self, state: ProgressState) -> None:
        """Show the final state, and release what the output holds."""
        ...


class LiveView:
    """View of one run; its methods are called by one thread at a time.

    Args:
        open_output: Opens the output with the first state; called at the first event.
        clock: Monotonic seconds.

    Attributes:
        state: The state that is drawn.
        stop: Stops the run as the first interrupt does; None if nothing but an interrupt can stop it.
    """

    def __init__(
        self, open_output: Callable[[LiveView], ProgressOutput], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.state = ProgressState(clock)
        self.stop: Callable[[], None] | None = None
        self._strip, self._clock, self._open_output = ThumbnailStrip(clock=clock), clock, open_output
        self._output: ProgressOutput | None = None
        self._drawn_at, self._drawn_second = 0.0, 0
        self._is_stale = False

    def show(self, event: Progress) -> None:
        """Record an event, and draw it unless the last drawing is more recent than the output's interval."""
        if self.state.is_finished:
            return
        self.state.update(event)
        self._strip.update(event.latest)
        self._is_stale = True
        if self._output is None:
            # An interrupt between the display and what remembers it would leave the next event to display it again.
            with signals_deferred():
                self._output = self._open_output(self)
                self._set_drawn()
        elif not event.finished and self._clock() - self._drawn_at >= self._output.interval:
            self._draw(self._output)

    def idle(self) -> None:
        """Draw events that were skipped, and the time each second; called every 0.1 s while no event comes."""
        if self._output is None or self.state.is_finished or self.state.event is None:
            return
        self._strip.update(self.state.event.latest)
        is_due = self._is_stale and self._clock() - self._drawn_at >= self._output.interval
        if is_due or int(self.state.seconds) != self._drawn_second:
            self._draw(self._output)

    def end(self, error: BaseException | None = None) -> None:
        """Show the final state; `error` is the exception that ended the run."""
        if self._output is None or self.state.is_finished:
            return
        with signals_deferred():
            self.state.end(error)
            self._output.finish(self.state)

    def _draw(self, output: ProgressOutput) -> None:
        output.draw(self.state, self._strip)
        self._set_drawn()

    def _set_drawn(self) -> None:
        self._drawn_at, self._is_stale = self._clock(), False
        self._drawn_second = int(self.state.seconds)
