"""The front end of ipywidgets alone: tiles that are made once and filled again for each page.

No value reaches `W.HTML`: texts go where the browser takes them as texts.
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

#: Choices that filter nothing: a list of ipywidgets takes None for "nothing is chosen".
_ALL, _ANY = -2, ""


def make_widget(state: GalleryModel) -> Any:
    """A widget that shows a gallery or a review, and every change of it."""
    return _IpywidgetsGrid(state).box


class _IpywidgetsGrid:
    """The pool, the filters and the buttons."""

    def __init__(self, state: GalleryModel) -> None:
        self._state, self._filling = state, False
        self._tiles = [IpywidgetsTile(state, self._send) for _ in range(state.page_size)]
        self._make_filters()
        self._place = W.Label()
        self._summary = W.Text(disabled=True, layout=W.Layout(width="40em"))
        self._previous, self._next = button("Previous page", self._turn(-1)), button("Next page", self._turn(1))
        buttons = [self._previous, self._place, self._next]
        if state.is_editable:
            buttons += [button("Undo", lambda _: self._send({"do": "undo"})), button("Refresh", self._filter)]
        self._large = W.VBox([])
        wrap = W.Layout(flex_flow="row wrap")
        filters = W.HBox([self._label, self._status, self._sort, self._text], layout=wrap)
        tiles = W.HBox([tile.box for tile in self._tiles], layout=_lines(state))
        bar = W.HBox([*buttons, self._summary], layout=W.Layout(flex_flow="row wrap"))
        self.box = W.VBox([filters, bar, self._large, tiles])
        state.on_change(self._refresh)
        self._refresh()

    def _make_filters(self) -> None:
        state = self._state
        self._label = W.Dropdown(options=self._labels(), description="label")
        self._status = W.Dropdown(options=[("all", _ANY), *[(s, s) for s in state.statuses]], description="status")
        self._sort = W.Dropdown(
            options=[(v, k) for k, v in state.sorts.items()], value=state.order_by, description="order"
        )
        self._text = W.Text(description="search", continuous_update=False)
        for control in (self._label, self._status, self._text):
            control.observe(self._filter, "value")
        self._sort.observe(lambda change: self._ask({"do": "sort", "by": change["new"]}), "value")

    def _labels(self) -> list[tuple[str, int]]:
        return [("all", _ALL), *options_of(self._state), ("none", NO_LABEL)]

    def _send(self, message: dict[str, Any]) -> None:
        row = messages.handle_message(self._state, message)
        if row is not None:
            self._enlarge(messages.enlarged_state(self._state, row))

    def _ask(self, message: dict[str, Any]) -> None:
        if not self._filling:
            self._send(message)

    def _filter(self, _: Any) -> None:
        label = None if self._label.value == _ALL else self._label.value
        self._ask({"do": "filter", "label": label, "status": self._status.value or None, "text": self._text.value})

    def _turn(self, by: int) -> Any:
        def turn(_: Any) -> None:
            self._send({"do": "go_to_page", "page": self._state.page + by})
            # A button that is pressed and then disabled drops the focus, so the other one takes it.
            if (self._next if by > 0 else self._previous).disabled:
                (self._previous if by > 0 else self._next).focus()

        return turn

    def _enlarge(self, large: dict[str, Any]) -> None:
        content = base64.b64decode(large["uri"].partition(",")[2])
        picture = [W.Image(value=content, format="webp", layout=W.Layout(max_width="256px"))] if content else []
        words = f"row {large['index']}\n{large['text']}" + (f"\n{large['reason']}" if large["reason"] else "")
        height = "4em" if picture else "16em"
        text = W.Textarea(value=words, disabled=True, layout=W.Layout(width="98%", height=height))
        old, close = self._large.children, button("Close", self._close)
        self._large.children = [*picture, text, close]
        close.focus()
        _end(old)

    def _close(self, _: Any) -> None:
        old, self._large.children = self._large.children, []
        _end(old)

    def _refresh(self) -> None:
        state = self._state
        self._filling = True
        try:
            tiles = state.tiles()
            for i, tile in enumerate(self._tiles):
                tile.fill(tiles[i] if i < len(tiles) else None)
            set_options(self._label, self._labels())
            self._label.value = _ALL if state.label is None else state.label
            self._status.value = state.status or _ANY
            self._sort.value, self._text.value = state.order_by, sanitize(state.text)
            self._fill_bar()
        finally:
            self._filling = False
        state.prefetch()

    def _fill_bar(self) -> None:
        state = self._state
        self._place.value = f"page {state.page + 1} of {state.pages}"
        nothing = "no row passes the filters" if not len(state) else ""
        self._summary.value = " · ".join(
            filter(None, [sanitize(state.summary()), nothing, sanitize(state.status_message)])
        )
        self._previous.disabled, self._next.disabled = state.page == 0, state.page == state.pages - 1


def _lines(state: GalleryModel) -> Any:
    """As many tiles in a line as were asked for, and fewer where the page is narrow."""
    return W.Layout(flex_flow="row wrap", max_width=f"{state.columns * (state.size + 68)}px")


def _end(widgets: Any) -> None:
    """Close what is seen no more, since a kernel keeps every widget until then."""
    for widget in widgets:
        widget.close()
