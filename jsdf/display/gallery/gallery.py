"""Public class `Gallery`: the gallery's model with its representations for notebooks and terminals."""

from __future__ import annotations

from typing import Any, cast

from jsdf.display.gallery.model import GalleryModel
from jsdf.display.gallery.saved_page import SavedPage
from jsdf.display.gallery.static_view import html, text
from jsdf.formatting.jupyter import in_jupyter_kernel


class Displayable:
    """Display mixin: the widget, plus HTML and text in every MIME bundle for front ends that show no widgets."""

    _widget: Any = None
    _saved_page: SavedPage | None = None

    @property
    def widget(self) -> Any:
        """The widget that a notebook shows, for use in layouts of your own."""
        if self._widget is None:
            from jsdf.display.gallery.anywidget_view import GalleryWidget

            self._widget = GalleryWidget(_model(self))
        return self._widget

    def _ipython_display_(self) -> None:
        """Display, in a Jupyter notebook, the widget and beside it the static page that the notebook's file keeps."""
        if not in_jupyter_kernel():
            raise NotImplementedError  # IPython then takes the other representations
        if self._saved_page is None:
            self._saved_page = SavedPage(_model(self), self.widget)
        self._saved_page.show()

    def _display_(self) -> Any:
        """Return the widget, which is what marimo shows."""
        return self.widget

    def _repr_mimebundle_(self, **_: Any) -> Any:
        """Return the widget, static HTML for front ends without widgets, and text, in one MIME bundle.

        Returns:
            MIME type -> content, and the widget's metadata.
        """
        model, widget = _model(self), self.widget
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
