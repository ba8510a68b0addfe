"""Live view in a notebook: one output that is updated while the run lasts and ends as static HTML."""

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

_WIDGET_INTERVAL = 0.1  # minimum seconds between two updates of a widget
_OUTPUT_INTERVAL = 0.5  # the same without widgets; longer, since a shared notebook may store every update
_IDLE_INTERVAL = 1.0  # seconds after which time and rate are redrawn although no event has come
_STOP_TOOLTIP = "Send no new requests; completed rows are kept"
_STOP_HINT = "If Stop does not respond, interrupt the kernel: completed rows are kept."


class ProgressOutput(Protocol):
    """Output area that a `NotebookView` draws into.

    Attributes:
        interval: Minimum seconds between two updates.
    """

    interval: float

    def draw(self, state: ProgressState, strip: ThumbnailStrip) -> None:
        """Show the current state of the run."""
        ...

    def finish(self, bundle: dict[str, Any]) -> None:
        """Replace the output by this MIME bundle, which needs no kernel."""
        ...


class NotebookView:
    """Live view of one run; all methods are called on one thread.

    Args:
        stop: Callback of the Stop button; None for no button.
        clock: Monotonic seconds.
        make_output: First MIME bundle -> output, called at the first event; None for the best that is installed.
        awaited: True if the caller awaits the run; see `ProgressState`.
    """

    def __init__(
        self,
        stop: Callable[[], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        make_output: Callable[[dict[str, Any]], ProgressOutput] | None = None,
        *,
        awaited: bool = False,
    ) -> None:
        self._state, self._strip = ProgressState(clock, awaited=awaited), ThumbnailStrip(clock=clock)
        self._clock = clock
        self._make_output = make_output or (lambda bundle: open_output(bundle, stop))
        self._output: ProgressOutput | None = None
        self._drawn_at = 0.0
        self._is_stale = False

    def show(self, event: Progress) -> None:
        """Record an event, and draw it unless the last drawing is more recent than the output's interval."""
        if self._state.is_finished:
            return
        self._state.update(event)
        self._strip.update(event.latest)
        self._is_stale = True
        if self._output is None:
            self._output = self._make_output(self._bundle())
            self._set_drawn()
        elif not event.finished and self._clock() - self._drawn_at >= self._output.interval:
            self._draw()

    def idle(self) -> None:
        """Draw events that were skipped, and the elapsed time; called while no event comes."""
        if self._output is None or self._state.is_finished or self._state.event is None:
            return
        self._strip.update(self._state.event.latest)
        elapsed = self._clock() - self._drawn_at
        if elapsed >= (self._output.interval if self._is_stale else _IDLE_INTERVAL):
            self._draw()

    def end(self, error: BaseException | None = None) -> None:
        """Replace the output by the final state as static HTML; `error` is the exception that ended the run."""
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
            self._set_drawn()

    def _set_drawn(self) -> None:
        self._drawn_at, self._is_stale = self._clock(), False


def open_output(bundle: dict[str, Any], stop: Callable[[], None] | None) -> ProgressOutput:
    """Display a bundle as a widget if ipywidgets can be imported, else as an output that is updated."""
    try:
        import ipywidgets
    except Exception:  # noqa: BLE001 - for any import failure there is a simpler output
        return DisplayHandleOutput(bundle)
    return WidgetOutput(ipywidgets, bundle, stop)


class DisplayHandleOutput:
    """Progress output without widgets: one display handle whose content is replaced."""

    interval = _OUTPUT_INTERVAL

    def __init__(self, bundle: dict[str, Any]) -> None:
        self._handle = _display(bundle)

    def draw(self, state: ProgressState, strip: ThumbnailStrip) -> None:  # noqa: ARG002 - images are shown at the end
        """Replace the output by the current state, without images."""
        self._handle.update({"text/html": state.html(), "text/plain": state.text()}, raw=True)

    def finish(self, bundle: dict[str, Any]) -> None:
        """Replace the output by the final bundle."""
        self._handle.update(bundle, raw=True)


class WidgetOutput:
    """Progress output of plain ipywidgets: the progress card with a Stop button beside it, and the images below.

    The button never moves while the images below it grow. All HTML comes from `jsdf.formatting.html`, which escapes
    values from the data.
    """

    interval = _WIDGET_INTERVAL

    def __init__(self, widgets: Any, bundle: dict[str, Any], stop: Callable[[], None] | None) -> None:
        html_layout = widgets.Layout(flex="1 1 auto", margin="0")
        self._progress = widgets.HTML(bundle["text/html"], layout=html_layout)
        self._images = widgets.HTML("", layout=html_layout)
        button_layout = widgets.Layout(flex="none", width="80px", margin="0 0 0 10px")
        self._button = widgets.Button(description="Stop", tooltip=_STOP_TOOLTIP, layout=button_layout)
        self._stop = stop
        self._button.on_click(self._on_click)
        self._top = widgets.HBox([self._progress, *([self._button] if stop is not None else [])])
        self._box = widgets.VBox([self._top, self._images])
        self._box.add_class("jsdf-card")  # one background for all parts
        self._handle = _display({**self._box._repr_mimebundle_(), **bundle})

    def _on_click(self, _button: Any) -> None:
        self._disable_button()
        if self._stop is not None:
            self._stop()

    def _disable_button(self) -> None:
        self._button.description, self._button.disabled = "Stopping", True

    def draw(self, state: ProgressState, strip: ThumbnailStrip) -> None:
        """Update the progress card and the images; disable the button once the run is stopping."""
        if state.stop_reason:  # an interrupt or a budget stops the run as well
            self._disable_button()
        self._progress.value = state.html() if self._stop is None else state.html(hint=_STOP_HINT)
        self._images.value = card([strip.html()]) if strip.figures else ""

    def finish(self, bundle: dict[str, Any]) -> None:
        """Replace the output by the final bundle and close the widgets, which a saved notebook would keep."""
        try:
            self._handle.update(bundle, raw=True)
            # Some tools save the state of closed widgets too, so leave no content in it.
            self._progress.value = self._images.value = ""
        finally:
            for widget in (self._box, self._top, self._progress, self._images, self._button):
                for part in ("style", "layout"):
                    with contextlib.suppress(Exception):  # a box has no style
                        getattr(widget, part).close()
                widget.close()


def _display(bundle: dict[str, Any]) -> Any:
    from IPython.display import display

    return display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
