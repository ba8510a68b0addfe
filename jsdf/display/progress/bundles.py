"""Static MIME bundles of a live view, and their display."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsdf.display.progress.static_html import html

if TYPE_CHECKING:
    from jsdf.display.progress.state import ProgressState


def static_bundle(state: ProgressState) -> dict[str, Any]:
    """Return a MIME bundle that needs no kernel."""
    return {"text/html": html(state), "text/plain": state.text()}


def display_bundle(bundle: dict[str, Any]) -> Any:
    """Display a MIME bundle, and return the handle that replaces it."""
    from IPython.display import display

    return display(bundle, raw=True, display_id=True)  # type: ignore[no-untyped-call]
