"""Which front end shows a gallery: the best that is installed. None is guessed from where the kernel seems to run."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from jsdf.display.page import html, text

if TYPE_CHECKING:
    from jsdf.display.gallery import Gallery


def widget(state: Gallery) -> Any:
    """The widget of a gallery, made once; None where neither anywidget nor ipywidgets is installed."""
    if state.made is None:
        state.made = _make(state)
    return state.made


def bundle(state: Gallery) -> Any:
    """One bundle for every place: the widget, a page for where no widgets are, and a text.

    Returns:
        MIME type -> content; with metadata where the widget has some.
    """
    shown = widget(state)
    if shown is None:
        return {"text/plain": text(state, why=True), "text/html": html(state)}
    # The first page's pictures are made by now; more of them would make the cell wait.
    plain = {"text/plain": text(state), "text/html": html(state, state.page_size, wait=False)}
    found = shown._repr_mimebundle_() or {}
    data, metadata = found if isinstance(found, tuple) else (found, {})
    return {**data, **plain}, metadata


def _make(state: Gallery) -> Any:
    if _there("anywidget"):
        from jsdf.display.widget import GalleryWidget

        return GalleryWidget(state)
    if _there("ipywidgets"):
        from jsdf.display.plain import tiles_of

        return tiles_of(state)
    return None


def _there(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):  # hidden on purpose: its entry in sys.modules is None
        return False
