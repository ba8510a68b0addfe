"""Public class `Gallery`: the gallery's model with its representations for notebooks and terminals."""

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
        """The widget that a notebook shows, for use in layouts of your own; None if no widget library is installed."""
        if self._widget is None:
            self._widget = _make_widget(_model(self))
        return self._widget

    def _repr_mimebundle_(self, **_: Any) -> Any:
        """Return the widget, static HTML for front ends without widgets, and text, in one MIME bundle.

        Returns:
            MIME type -> content; a tuple of that and the widget's metadata if there is a widget.
        """
        model, widget = _model(self), self.widget
        if widget is None:
            return {"text/plain": text(model, with_hint=True), "text/html": html(model)}
        # The widget has made the first page's thumbnails; more of them would delay the cell.
        static = {"text/plain": text(model), "text/html": html(model, model.page_size, wait=False)}
        bundle = widget._repr_mimebundle_() or {}
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, **static}, metadata

    def _repr_html_(self) -> str:
        return html(_model(self))

    def __repr__(self) -> str:
        """Return a summary and the first rows as text."""
        return text(_model(self))


class Gallery(Displayable, GalleryModel):
    """Gallery of a column's rows as tiles, returned by `jsdf.gallery`; a notebook shows it as a cell's last value."""


def _model(gallery: Displayable) -> GalleryModel:
    return cast("GalleryModel", gallery)


def _make_widget(model: GalleryModel) -> Any:
    # Decided by what is installed: the kernel's environment does not tell which browser shows the widget.
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
    except (ImportError, ValueError):  # its entry in sys.modules is None, which hides it
        return False
