"""Front end for plain ipywidgets: a pool of tiles, made once and filled again for each page.

No value from the data is passed to `W.HTML`; texts go to widgets that show them as plain text.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import ipywidgets as W  # noqa: N812 - as its users write it

from jsdf.display.gallery import messages
from jsdf.display.gallery.filtering import NO_LABEL
from jsdf.display.gallery.ipywidgets_tile import IpywidgetsTile, button, options_of, set_options
from jsdf.formatting.text import sanitize

if TYPE_CHECKING:
    from jsdf.display.gallery.model import GalleryModel

#: Options without a filter; ipywidgets uses None for "nothing selected".
_ALL_LABELS, _ALL_STATUSES = -2, ""


def make_widget(model: GalleryModel) -> Any:
    """Return a widget for a gallery or a review; it follows every change of the model."""
    return _IpywidgetsGrid(model).box


class _IpywidgetsGrid:
    """Pool of tiles with the filters and buttons of a gallery."""

    def __init__(self, model: GalleryModel) -> None:
        self._model, self._is_filling = model, False
        self._tiles = [IpywidgetsTile(model, self._send) for _ in range(model.page_size)]
        self._make_filters()
        self._page_label = W.Label()
        self._summary = W.Text(disabled=True, layout=W.Layout(width="40em"))
        self._previous, self._next = (
            button("Previous page", self._page_turner(-1)),
            button("Next page", self._page_turner(1)),
        )
        buttons = [self._previous, self._page_label, self._next]
        if model.is_editable:
            buttons += [button("Undo", lambda _: self._send({"do": "undo"})), button("Refresh", self._filter)]
        self._large = W.VBox([])
        wrap = W.Layout(flex_flow="row wrap")
        filters = W.HBox([self._label, self._status, self._sort, self._text], layout=wrap)
        tiles = W.HBox([tile.box for tile in self._tiles], layout=_tiles_layout(model))
        bar = W.HBox([*buttons, self._summary], layout=W.Layout(flex_flow="row wrap"))
        self.box = W.VBox([filters, bar, self._large, tiles])
        model.on_change(self._refresh)
        self._refresh()

    def _make_filters(self) -> None:
        model = self._model
        self._label = W.Dropdown(options=self._label_options(), description="label")
        self._status = W.Dropdown(
            options=[("all", _ALL_STATUSES), *[(s, s) for s in model.statuses]], description="status"
        )
        self._sort = W.Dropdown(
            options=[(v, k) for k, v in model.sorts.items()], value=model.order_by, description="order"
        )
        self._text = W.Text(description="search", continuous_update=False)
        for control in (self._label, self._status, self._text):
            control.observe(self._filter, "value")
        self._sort.observe(lambda change: self._send_by_user({"do": "sort", "by": change["new"]}), "value")

    def _label_options(self) -> list[tuple[str, int]]:
        return [("all", _ALL_LABELS), *options_of(self._model), ("none", NO_LABEL)]

    def _send(self, message: dict[str, Any]) -> None:
        row = messages.handle_message(self._model, message)
        if row is not None:
            self._enlarge(messages.enlarged_state(self._model, row))

    def _send_by_user(self, message: dict[str, Any]) -> None:
        if not self._is_filling:
            self._send(message)

    def _filter(self, _: Any) -> None:
        label = None if self._label.value == _ALL_LABELS else self._label.value
        self._send_by_user(
            {"do": "filter", "label": label, "status": self._status.value or None, "text": self._text.value}
        )

    def _page_turner(self, by: int) -> Any:
        def turn(_: Any) -> None:
            self._send({"do": "go_to_page", "page": self._model.page + by})
            # A pressed button that is then disabled loses the focus, so move it to the other one.
            if (self._next if by > 0 else self._previous).disabled:
                (self._previous if by > 0 else self._next).focus()

        return turn

    def _enlarge(self, large: dict[str, Any]) -> None:
        content = base64.b64decode(large["uri"].partition(",")[2])
        image = [W.Image(value=content, format="webp", layout=W.Layout(max_width="256px"))] if content else []
        content_text = f"row {large['index']}\n{large['text']}" + (f"\n{large['reason']}" if large["reason"] else "")
        height = "4em" if image else "16em"
        text = W.Textarea(value=content_text, disabled=True, layout=W.Layout(width="98%", height=height))
        old, close = self._large.children, button("Close", self._close)
        self._large.children = [*image, text, close]
        close.focus()
        _close_all(old)

    def _close(self, _: Any) -> None:
        old, self._large.children = self._large.children, []
        _close_all(old)

    def _refresh(self) -> None:
        model = self._model
        self._is_filling = True
        try:
            tiles = model.tiles()
            for i, tile in enumerate(self._tiles):
                tile.fill(tiles[i] if i < len(tiles) else None)
            set_options(self._label, self._label_options())
            self._label.value = _ALL_LABELS if model.label is None else model.label
            self._status.value = model.status or _ALL_STATUSES
            self._sort.value, self._text.value = model.order_by, sanitize(model.text)
            self._fill_bar()
        finally:
            self._is_filling = False
        model.prefetch()

    def _fill_bar(self) -> None:
        model = self._model
        self._page_label.value = f"page {model.page + 1} of {model.pages}"
        no_match = "" if len(model) else "no row matches the filters"
        self._summary.value = " · ".join(
            filter(None, [sanitize(model.summary()), no_match, sanitize(model.status_message)])
        )
        self._previous.disabled, self._next.disabled = model.page == 0, model.page == model.pages - 1


def _tiles_layout(model: GalleryModel) -> Any:
    """Return a layout of `columns` tiles per line, fewer on a narrow page."""
    return W.Layout(flex_flow="row wrap", max_width=f"{model.columns * (model.size + 68)}px")


def _close_all(widgets: Any) -> None:
    """Close widgets that are no longer shown; the kernel keeps every widget until it is closed."""
    for widget in widgets:
        widget.close()
