"""Live view in marimo: the output of the running cell, which is replaced while the run lasts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from jsdf.display.progress.static_html import html

if TYPE_CHECKING:
    from jsdf.display.progress.live_view import LiveView
    from jsdf.display.progress.state import ProgressState
    from jsdf.display.progress.thumbnail_strip import ThumbnailStrip


def in_marimo() -> bool:
    """True if the calling code runs in a cell of a marimo notebook."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())


class MarimoOutput:
    """Progress output of a marimo cell. It has no Stop button: its click would arrive after the run.

    Args:
        view: The view that is drawn.
    """

    interval = 0.25

    def __init__(self, view: LiveView) -> None:
        self.finish(view.state)

    def draw(self, state: ProgressState, strip: ThumbnailStrip) -> None:  # noqa: ARG002 - images are for widgets
        """Replace the cell's output by the present state."""
        self.finish(state)

    def finish(self, state: ProgressState) -> None:
        """Replace the cell's output by the final state; the cell's last value, if any, takes its place."""
        import marimo

        marimo.output.replace(marimo.Html(html(state)))
