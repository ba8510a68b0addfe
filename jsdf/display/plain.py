"""The front end of ipywidgets alone: tiles that are made once and filled again for each page.

No value reaches `W.HTML`: texts go where the browser takes them as texts.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import ipywidgets as W  # noqa: N812 - as its users write it

from jsdf.display import desk
from jsdf.display.tiles import clean

if TYPE_CHECKING:
    from jsdf.display.gallery import Gallery
    from jsdf.display.tiles import Tile

_WIDE = W.Layout  # every widget needs a layout of its own


def tiles_of(state: Gallery) -> Any:
    """A widget that shows a gallery or a review, and every change of it."""
    return _Grid(state).box


class _Tile:
    """One tile of the pool, which shows another row on every page."""

    def __init__(self, state: Gallery, send: Any) -> None:
        self.row: int | None = None
        self._send, self._filling = send, False
        self._multiple = state.labelling is not None and state.labelling.multiple
        side = f"{state.size}px"
        self.picture = W.Image(format="webp", layout=_WIDE(height=side, object_fit="contain", max_width="100%"))
        self.text = W.Textarea(disabled=True, layout=_WIDE(height=side, width="98%"))
        self.caption = W.Text(disabled=True, layout=_WIDE(width="98%"))
        self.label = self._chooser(state)
        self.accept, self.mark = _button("Accept", self._do("accept")), _button("Mark", self._do("mark"))
        self.enlarge = _button("Enlarge", self._enlarge)
        more = [self.label, W.HBox([self.accept, self.mark])] if state.reviewing else []
        layout = _WIDE(width=f"{state.size + 60}px", border="1px solid gray", padding="2px")
        self.box = W.VBox([self.picture, self.text, self.caption, *more, self.enlarge], layout=layout)

    def fill(self, tile: Tile | None) -> None:
        """Show this row, or nothing."""
        self._filling = True
        try:
            self.box.layout.display = "none" if tile is None else None
            self.row = None if tile is None else tile.row
            if tile is not None:
                self._fill(tile)
        finally:
            self._filling = False

    def _fill(self, tile: Tile) -> None:
        self.picture.value = base64.b64decode(tile.uri.partition(",")[2])
        self.picture.layout.display = None if tile.uri else "none"
        self.text.layout.display = "none" if tile.uri else None
        self.text.value = f"no picture: {tile.reason}" if tile.picture else tile.text
        score = [f"{tile.score:.2f}"] if tile.score is not None else []
        flags = [name for name in ("changed", "reviewed", "marked") if getattr(tile, name)]
        self.caption.value = " · ".join([tile.index, tile.caption or tile.status, *score, *flags])
        self.label.value = tile.labels if self._multiple else next(iter(tile.labels), None)

    def _chooser(self, state: Gallery) -> Any:
        options = [(clean(name, 60), i) for i, name in enumerate(state.names)]
        layout = _WIDE(width="98%")
        if self._multiple:
            chooser = W.SelectMultiple(options=options, rows=min(4, len(options) or 1), layout=layout)
        else:
            chooser = W.Dropdown(options=[("no label", None), *options], layout=layout)
        chooser.observe(self._chosen, "value")
        return chooser

    def _chosen(self, change: Any) -> None:
        if self._filling:
            return
        old, new = change["old"], change["new"]
        # Of several labels a message takes away or adds one; a click that swaps them is several messages.
        labels = sorted(set(old or ()) ^ set(new or ())) if self._multiple else [new]
        for label in labels:
            self._send({"do": "choose", "rows": [self.row], "label": label})

    def _do(self, what: str) -> Any:
        return lambda _: self._send({"do": what, "rows": [self.row]})

    def _enlarge(self, _: Any) -> None:
        self._send({"do": "enlarge", "row": self.row})


class _Grid:
    """The pool, the filters and the buttons."""

    def __init__(self, state: Gallery) -> None:
        self._state, self._filling = state, False
        self._tiles = [_Tile(state, self._send) for _ in range(state.page_size)]
        everything: list[tuple[str, Any]] = [("all", None)]
        names = [(clean(name, 60), i) for i, name in enumerate(state.names)]
        self._label = W.Dropdown(options=[*everything, *names, ("none", -1)], description="label")
        self._status = W.Dropdown(options=[*everything, *[(s, s) for s in state.statuses]], description="status")
        self._sort = W.Dropdown(options=[(v, k) for k, v in state.sorts.items()], value=state.by, description="order")
        self._text = W.Text(description="search", continuous_update=False)
        self._place, self._summary = W.Label(), W.Text(disabled=True, layout=_WIDE(width="40em"))
        buttons = [_button("Previous page", self._turn(-1)), self._place, _button("Next page", self._turn(1))]
        buttons += [_button("Undo", lambda _: self._send({"do": "undo"}))] if state.reviewing else []
        self._large = W.VBox([])
        lines = range(0, len(self._tiles), state.columns)
        grid = [_line(self._tiles[i : i + state.columns]) for i in lines]
        filters = W.HBox([self._label, self._status, self._sort, self._text], layout=_WIDE(flex_flow="row wrap"))
        self.box = W.VBox([filters, W.HBox([*buttons, self._summary]), self._large, *grid])
        for control in (self._label, self._status, self._text):
            control.observe(self._filter, "value")
        self._sort.observe(lambda change: self._ask({"do": "sort", "by": change["new"]}), "value")
        state.watch(self._refresh)
        self._refresh()

    def _send(self, message: dict[str, Any]) -> None:
        row = desk.handle(self._state, message)
        if row is not None:
            self._enlarge(desk.enlarged(self._state, row))

    def _ask(self, message: dict[str, Any]) -> None:
        if not self._filling:
            self._send(message)

    def _filter(self, _: Any) -> None:
        asked = {"label": self._label.value, "status": self._status.value, "text": self._text.value}
        self._ask({"do": "filter", **asked})

    def _turn(self, by: int) -> Any:
        return lambda _: self._send({"do": "turn", "page": self._state.page + by})

    def _enlarge(self, large: dict[str, Any]) -> None:
        content = base64.b64decode(large["uri"].partition(",")[2])
        picture = [W.Image(value=content, format="webp", layout=_WIDE(max_width="256px"))] if content else []
        words = large["text"] + (f"\n{large['reason']}" if large["reason"] else "")
        text = W.Textarea(value=words, disabled=True, layout=_WIDE(width="98%", height="8em"))
        old, self._large.children = self._large.children, [*picture, text, _button("Close", self._close)]
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
            self._label.value, self._status.value = state.label, state.status
            self._sort.value, self._text.value = state.by, clean(state.text)
            self._place.value = f"page {state.page + 1} of {state.pages}"
            self._summary.value = " · ".join(filter(None, [clean(state.summary()), clean(state.said)]))
        finally:
            self._filling = False
        state.prefetch()


def _button(text: str, action: Any) -> Any:
    button = W.Button(description=text, layout=_WIDE(width="auto"))
    button.on_click(action)
    return button


def _line(tiles: list[_Tile]) -> Any:
    return W.HBox([tile.box for tile in tiles])


def _end(widgets: Any) -> None:
    """Close what is seen no more, since a kernel keeps every widget until then."""
    for widget in widgets:
        widget.close()
