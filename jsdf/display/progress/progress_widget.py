"""Live view as an anywidget: traits and one message; the texts are made by the state."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from jsdf.display.progress.bundles import display_bundle, static_bundle
from jsdf.display.progress.static_html import hint, rules
from jsdf.display.progress.stop_button import is_click_heard
from jsdf.formatting.text import one_line, top_labels

if TYPE_CHECKING:
    from jsdf.display.progress.live_view import LiveView
    from jsdf.display.progress.state import ProgressState
    from jsdf.display.progress.thumbnail_strip import ThumbnailStrip

_MAX_BARS = 12  # labels with a bar; more would push the rest of the notebook out of view


class ProgressWidget(anywidget.AnyWidget):
    """Widget of a live view. Its message `{"do": "stop"}` is a click on the button."""

    _esm = (Path(__file__).parent / "static" / "progress.js").read_text("utf-8")
    _css = rules()
    state = traitlets.Dict().tag(sync=True)
    pictures: traitlets.List[Any] = traitlets.List().tag(sync=True)


class WidgetOutput:
    """Progress output as a widget with a button, where a click is heard while the run goes on.

    Args:
        view: The view that is drawn.
    """

    interval = 0.1

    def __init__(self, view: LiveView) -> None:
        self._view = view
        self._widget = ProgressWidget(state=self._describe(view.state))
        try:
            self._widget.on_msg(self._on_message)
            bundle: Any = self._widget._repr_mimebundle_() or {}
            data = bundle[0] if isinstance(bundle, tuple) else bundle
            self._handle = display_bundle({**data, **static_bundle(view.state)})
        except BaseException:  # an interrupt, after which nobody has the output to finish it
            self._close()
            raise

    def _on_message(self, _widget: Any, message: Any, _buffers: Any) -> None:
        if isinstance(message, dict) and message.get("do") == "stop" and self._view.stop is not None:
            self._view.stop()

    def _describe(self, state: ProgressState) -> dict[str, Any]:
        """Return what the browser shows; all texts are on one line, and are set as text there."""
        event = state.event
        assert event is not None  # noqa: S101 - there is no output before the first event
        has_button = self._view.stop is not None and is_click_heard(awaited=state.awaited)
        shown, others, rows = top_labels(event.label_counts, _MAX_BARS)
        return {
            "headline": one_line(state.headline(), 200),
            "status": one_line(state.status(), 300),
            "kind": state.kind,
            "seconds": state.seconds,
            "done": event.done,
            "rows": event.rows,
            "figures": [one_line(part, 200) for part in state.figures()],
            "labels": [[one_line(name), count] for name, count in shown] if any(n for _, n in shown) else [],
            "others": [others, rows] if others else [],
            "has_button": has_button,
            "is_stopping": state.stop_reason is not None,
            "hint": hint(state, has_button=has_button),
        }

    def draw(self, state: ProgressState, strip: ThumbnailStrip) -> None:
        """Send the present state and the latest images."""
        with self._widget.hold_sync():
            self._widget.state = self._describe(state)
            self._widget.pictures = strip.pictures

    def finish(self, state: ProgressState) -> None:
        """Replace the output by the final state as static HTML, and close the widget, which a notebook would keep."""
        try:
            self._handle.update(static_bundle(state), raw=True)
        finally:
            self._close()

    def _close(self) -> None:
        # Some tools save the state of closed widgets too, so leave no content in it.
        self._widget.state, self._widget.pictures = {}, []
        with contextlib.suppress(Exception):
            self._widget.layout.close()
        self._widget.close()
