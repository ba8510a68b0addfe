"""Live view in marimo: the output of the running cell, replaced while the run lasts."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsdf.display.progress.state import ProgressState
    from jsdf.display.progress.thumbnail_strip import ThumbnailStrip


def in_marimo() -> bool:
    """True if the calling code runs in a cell of a marimo notebook."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())


class MarimoOutput:
    """Progress output of a marimo cell; it has no Stop button, whose click would arrive after the run.

    Args:
        bundle: First content, as MIME type -> text.
    """

    interval = 0.2

    def __init__(self, bundle: dict[str, Any]) -> None:
        self.finish(bundle)

    def draw(self, state: ProgressState, strip: ThumbnailStrip) -> None:
        """Replace the cell's output by the current state."""
        self.finish({"text/html": state.html([strip.html()])})

    def finish(self, bundle: dict[str, Any]) -> None:
        """Replace the cell's output by this bundle's HTML."""
        import marimo

        marimo.output.replace(marimo.Html(bundle["text/html"]))
