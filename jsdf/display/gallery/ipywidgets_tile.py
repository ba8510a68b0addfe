"""One tile of ipywidgets, which shows another row on every page."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import ipywidgets as W  # noqa: N812 - as its users write it

from jsdf.display.gallery.filtering import NO_LABEL
from jsdf.formatting.text import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable

    from jsdf.display.gallery.model import GalleryModel
    from jsdf.display.gallery.tile import Tile

    Send = Callable[[dict[str, Any]], None]


class IpywidgetsTile:
    """A picture or a text, its label, and what can be done with it.

    Args:
        state: What it shows a row of.
        send: Takes what a person asks for, as a message of `jsdf.display.desk`.
    """

    def __init__(self, state: GalleryModel, send: Send) -> None:
        self.row: int | None = None
        self._state, self._send, self._filling = state, send, False
        self._multiple = state.row_labels is not None and state.row_labels.multiple
        self._chooses = state.is_editable and not self._multiple  # then the list of labels says which it is
        side = f"{state.size}px"
        self._picture = W.Image(
            format="webp", layout=W.Layout(height=side, object_fit="contain", max_width="100%", flex="none")
        )
        self._text = W.Textarea(disabled=True, layout=W.Layout(height=side, width="98%"))
        self._caption, self._facts = _line(), _line()
        self._label = self._chooser()
        more = [self._label, W.HBox([button("Accept", self._action("accept")), button("Mark", self._action("mark"))])]
        words = [self._caption, self._facts, *(more if state.is_editable else [])]
        layout = W.Layout(width=f"{state.size + 60}px", border="1px solid gray", padding="2px", margin="2px")
        self.box = W.VBox([self._picture, self._text, *words, button("Enlarge", self._enlarge)], layout=layout)

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
        self._picture.value = base64.b64decode(tile.uri.partition(",")[2])
        self._picture.layout.display = None if tile.uri else "none"
        self._text.layout.display = "none" if tile.uri else None
        self._text.value = f"no picture: {tile.reason}" if tile.is_image else tile.text
        # What is short comes first, and the label on a line of its own, so that a narrow tile cuts off neither.
        score = [f"{tile.score:.2f}"] if tile.score is not None else []
        flags = [name for name in ("changed", "marked", "reviewed") if getattr(tile, name)]
        self._caption.value = tile.caption or tile.status
        self._caption.layout.display = "none" if self._chooses and tile.caption else None
        self._facts.value = " · ".join([*score, f"row {tile.index}", *flags])
        set_options(self._label, self._options())
        self._label.value = tile.labels if self._multiple else next(iter(tile.labels), NO_LABEL)

    def _chooser(self) -> Any:
        options, layout = self._options(), W.Layout(width="98%")
        if self._multiple:
            chooser = W.SelectMultiple(options=options, rows=min(4, len(options) or 1), layout=layout)
        else:
            chooser = W.Dropdown(options=options, layout=layout)
        chooser.observe(self._on_choice, "value")
        return chooser

    def _options(self) -> list[tuple[str, int]]:
        row_labels = self._state.row_labels
        # A list of ipywidgets takes None for "nothing is chosen", so that no label is a number like the others.
        none = not self._multiple and (row_labels is None or row_labels.can_clear)
        return [*([("no label", NO_LABEL)] if none else []), *options_of(self._state)]

    def _on_choice(self, change: Any) -> None:
        if self._filling:
            return
        old, new = change["old"], change["new"]
        # Of several labels a message takes away or adds one; a click that swaps them is several messages.
        labels = sorted(set(old) ^ set(new)) if self._multiple else [new]
        for label in labels:
            self._send_choice(label)

    def _send_choice(self, label: int) -> None:
        what = {"do": "clear"} if label == NO_LABEL else {"do": "choose", "label": label}
        self._send({**what, "rows": [self.row]})

    def _action(self, what: str) -> Any:
        return lambda _: self._send({"do": what, "rows": [self.row]})

    def _enlarge(self, _: Any) -> None:
        self._send({"do": "enlarge", "row": self.row})


def options_of(state: GalleryModel) -> list[tuple[str, int]]:
    """The labels as a list of ipywidgets takes them."""
    return [(sanitize(name, 60), i) for i, name in enumerate(state.names)]


def set_options(chooser: Any, options: list[tuple[str, int]]) -> None:
    """Give a list other options, where there are others by now: a file may bring labels along."""
    if list(chooser.options) != options:
        chooser.options = options


def button(text: str, action: Any) -> Any:
    """A button as wide as its text."""
    made = W.Button(description=text, layout=W.Layout(width="auto"))
    made.on_click(action)
    return made


def _line() -> Any:
    return W.Text(disabled=True, layout=W.Layout(width="98%"))
