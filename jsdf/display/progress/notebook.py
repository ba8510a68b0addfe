"""The live view in a notebook: one output, which a widget keeps up to date and which ends as plain HTML."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from jsdf.display.progress.state import ProgressState
from jsdf.display.progress.thumbnail_strip import ThumbnailStrip
from jsdf.formatting.html import card

if TYPE_CHECKING:
    from jsdf.results.usage import Progress

_WIDGET_INTERVAL = 0.1  # seconds between two drawings of a widget
_OUTPUT_INTERVAL = 0.5  # and of an output without one, whose every state may be kept by a shared notebook
_IDLE_INTERVAL = 1.0  # seconds after which time and rate are drawn again though nothing has come
_TOOLTIP = "Begin nothing new; what has landed is kept"
_HINT = "Where Stop comes late, interrupt the kernel: what has landed is kept."


class ProgressOutput(Protocol):
    """Where a watch is drawn."""

    pause: float

    def draw(self, watch: ProgressState, strip: ThumbnailStrip) -> None:
        """Show where the run stands."""
        ...

    def finish(self, bundle: dict[str, Any]) -> None:
        """Leave this, which needs no kernel any more."""
        ...


class NotebookView:
    """The view of one run; every method is called on one thread.

    Args:
        stop: What the Stop button calls, None for no button.
        clock: Monotonic seconds.
        screen: Made at the first event, with the first bundle; None to choose.
        awaited: See `ProgressState`.
    """

    def __init__(
        self,
        stop: Callable[[], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        screen: Callable[[dict[str, Any]], ProgressOutput] | None = None,
        *,
        awaited: bool = False,
    ) -> None:
        self._state, self._strip = ProgressState(clock, awaited=awaited), ThumbnailStrip(clock=clock)
        self._clock = clock
        self._open = screen or (lambda bundle: open_output(bundle, stop))
        self._output: ProgressOutput | None = None
        self._drawn = 0.0
        self._stale = False

    def show(self, event: Progress) -> None:
        """Take an event, and draw it unless the last drawing is fresh."""
        if self._state.is_finished:
            return
        self._state.update(event)
        self._strip.update(event.latest)
        self._stale = True
        if self._output is None:
            self._output = self._open(self._bundle())
            self._drew()
        elif not event.finished and self._clock() - self._drawn >= self._output.pause:
            self._draw()

    def idle(self) -> None:
        """Draw what was left out; called where no event comes."""
        if self._output is None or self._state.is_finished or self._state.event is None:
            return
        self._strip.update(self._state.event.latest)
        since = self._clock() - self._drawn
        if since >= (self._output.pause if self._stale else _IDLE_INTERVAL):
            self._draw()

    def end(self, error: BaseException | None = None) -> None:
        """Leave a picture of the end."""
        if self._output is None or self._state.is_finished or self._state.event is None:
            return
        self._state.end(error)
        self._strip.finish(self._state.event.latest)
        self._output.finish(self._bundle())

    def _bundle(self) -> dict[str, Any]:
        strip = [self._strip.html()]
        return {"text/html": self._state.html(strip), "text/plain": self._state.text()}

    def _draw(self) -> None:
        if self._output is not None:
            self._output.draw(self._state, self._strip)
            self._drew()

    def _drew(self) -> None:
        self._drawn, self._stale = self._clock(), False


def open_output(bundle: dict[str, Any], stop: Callable[[], None] | None) -> ProgressOutput:
    """A widget where there are widgets, else an output that is written again and again."""
    try:
        import ipywidgets
    except Exception:  # noqa: BLE001 - whatever keeps it from being imported, there is a plainer way
        return DisplayHandleOutput(bundle)
    return WidgetOutput(ipywidgets, bundle, stop)


class DisplayHandleOutput:
    """An output that is written again and again."""

    pause = _OUTPUT_INTERVAL

    def __init__(self, bundle: dict[str, Any]) -> None:
        self._handle = _display(bundle)

    def draw(self, watch: ProgressState, strip: ThumbnailStrip) -> None:  # noqa: ARG002 - pictures wait for the end
        """See `ProgressOutput`."""
        self._handle.update({"text/html": watch.html(), "text/plain": watch.text()}, raw=True)

    def finish(self, bundle: dict[str, Any]) -> None:
        """See `ProgressOutput`."""
        self._handle.update(bundle, raw=True)


class WidgetOutput:
    """Plain ipywidgets: what moves, beside it a button that stays where it is, and the pictures apart from both.

    Its HTML comes from `jsdf.formatting.html`, which escapes whatever the data holds; nothing else is put in.
    """

    pause = _WIDGET_INTERVAL

    def __init__(self, widgets: Any, bundle: dict[str, Any], stop: Callable[[], None] | None) -> None:
        snug = widgets.Layout(flex="1 1 auto", margin="0")
        self._moving = widgets.HTML(bundle["text/html"], layout=snug)
        self._pictures = widgets.HTML("", layout=snug)
        aside = widgets.Layout(flex="none", width="80px", margin="0 0 0 10px")
        self._button = widgets.Button(description="Stop", tooltip=_TOOLTIP, layout=aside)
        self._stop = stop
        self._button.on_click(self._pressed)
        self._top = widgets.HBox([self._moving, *([self._button] if stop is not None else [])])
        self._box = widgets.VBox([self._top, self._pictures])
        self._box.add_class("jsdf-card")  # one ground for all of it
        self._handle = _display({**self._box._repr_mimebundle_(), **bundle})

    def _pressed(self, _button: Any) -> None:
        self._spend()
        if self._stop is not None:
            self._stop()

    def _spend(self) -> None:
        self._button.description, self._button.disabled = "Stopping", True

    def draw(self, watch: ProgressState, strip: ThumbnailStrip) -> None:
        """See `ProgressOutput`."""
        if watch.stop_reason:  # an interrupt or a budget stops it as well
            self._spend()
        self._moving.value = watch.html() if self._stop is None else watch.html(hint=_HINT)
        self._pictures.value = card([strip.html()]) if strip.pictures else ""

    def finish(self, bundle: dict[str, Any]) -> None:
        """See `ProgressOutput`; the widgets are closed, since a saved notebook would go on holding them."""
        try:
            self._handle.update(bundle, raw=True)
            self._moving.value = self._pictures.value = ""  # some that save a notebook keep closed widgets too
        finally:
            for widget in (self._box, self._top, self._moving, self._pictures, self._button):
                for part in ("style", "layout"):
                    with contextlib.suppress(Exception):  # a box has no style
                        getattr(widget, part).close()
                widget.close()


def _display(bundle: dict[str, Any]) -> Any:
    from IPython.display import display

    return display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
