"""The public `Gallery`: its state, and the representations that a notebook or a terminal asks for."""

from __future__ import annotations

import importlib.util
from typing import Any, cast

from jsdf.display.gallery.model import GalleryModel
from jsdf.display.gallery.static_view import html, text


class Displayable:
    """Display mixin: anywidget or ipywidgets, whichever is installed, plus HTML and text in every MIME bundle."""

    _widget: Any = None

    @property
    def widget(self) -> Any:
        """The widget that a notebook shows, for a layout of your own; None where none is installed."""
        if self._widget is None:
            self._widget = _make_widget(_model(self))
        return self._widget

    def _repr_mimebundle_(self, **_: Any) -> Any:
        """The widget, HTML for places without widgets, and text, in one bundle.

        Returns:
            MIME type -> content; with metadata where the widget has some.
        """
        model, widget = _model(self), self.widget
        if widget is None:
            return {"text/plain": text(model, why=True), "text/html": html(model)}
        # The first page's pictures are made by now; more of them would make the cell wait.
        plain = {"text/plain": text(model), "text/html": html(model, model.page_size, wait=False)}
        found = widget._repr_mimebundle_() or {}
        data, metadata = found if isinstance(found, tuple) else (found, {})
        return {**data, **plain}, metadata

    def _repr_html_(self) -> str:
        return html(_model(self))

    def __repr__(self) -> str:
        """A summary and the first rows."""
        return text(_model(self))


class Gallery(Displayable, GalleryModel):
    """Rows as tiles; made by `jsdf.gallery`, shown by a notebook as a cell's last value."""


def _model(gallery: Displayable) -> GalleryModel:
    return cast("GalleryModel", gallery)


def _make_widget(model: GalleryModel) -> Any:
    # The best front end that is installed; where the kernel runs tells nothing about the browser.
    if _is_installed("anywidget"):
        from jsdf.display.gallery.anywidget_view import GalleryWidget

        return GalleryWidget(model)
    if _is_installed("ipywidgets"):
        from jsdf.display.gallery.ipywidgets_view import make_widget

        return make_widget(model)
    return None


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):  # hidden on purpose: its entry in sys.modules is None
        return False
