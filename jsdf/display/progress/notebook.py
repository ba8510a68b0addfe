"""Outputs of a live view in a notebook: a widget, or else one display that is updated; both end as static HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jsdf.display.progress.bundles import display_bundle, static_bundle

if TYPE_CHECKING:
    from jsdf.display.progress.live_view import LiveView, ProgressOutput
    from jsdf.display.progress.state import ProgressState
    from jsdf.display.progress.thumbnail_strip import ThumbnailStrip


def open_output(view: LiveView) -> ProgressOutput:
    """Display a view as a widget if anywidget can be imported, else as a display that is updated."""
    try:
        from jsdf.display.progress.progress_widget import WidgetOutput
    except Exception:  # noqa: BLE001 - for any import failure there is a simpler output
        return DisplayHandleOutput(view)
    return WidgetOutput(view)


class DisplayHandleOutput:
    """Progress output without widgets: one display handle whose content is replaced. It shows no images.

    Args:
        view: The view that is drawn.
    """

    interval = 0.5  # a shared notebook may store every update

    def __init__(self, view: LiveView) -> None:
        self._handle = display_bundle(static_bundle(view.state))

    def draw(self, state: ProgressState, strip: ThumbnailStrip) -> None:  # noqa: ARG002 - images are for widgets
        """Replace the display by the present state."""
        self._handle.update(static_bundle(state), raw=True)

    def finish(self, state: ProgressState) -> None:
        """Replace the display by the final state."""
        self._handle.update(static_bundle(state), raw=True)
