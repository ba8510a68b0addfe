"""Gallery tile of plain ipywidgets, reused for another row on every page."""

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
    """Tile with an image or a text, its label, and buttons for the actions on it.

    Args:
        model: The gallery or review.
        send: Called with the user's actions, as messages of `jsdf.display.gallery.messages`.
    """

    def __init__(self, model: GalleryModel, send: Send) -> None:
        self.row: int | None = None
        self._model, self._send, self._is_filling = model, send, False
        self._multiple = model.row_labels is not None and model.row_labels.multiple
        self._has_dropdown = model.is_editable and not self._multiple  # it shows the label, so no caption is needed
        side = f"{model.size}px"
        self._picture = W.Image(
            format="webp", layout=W.Layout(height=side, object_fit="contain", max_width="100%", flex="none")
        )
        self._text = W.Textarea(disabled=True, layout=W.Layout(height=side, width="98%"))
        self._caption, self._facts = _text_line(), _text_line()
        self._label = self._make_chooser()
        controls = [
            self._label,
            W.HBox([button("Accept", self._action("accept")), button("Mark", self._action("mark"))]),
        ]
        lines = [self._caption, self._facts, *(controls if model.is_editable else [])]
        layout = W.Layout(width=f"{model.size + 60}px", border="1px solid gray", padding="2px", margin="2px")
        self.box = W.VBox([self._picture, self._text, *lines, button("Enlarge", self._enlarge)], layout=layout)

    def fill(self, tile: Tile | None) -> None:
        """Show this row; None hides the tile."""
        self._is_filling = True
        try:
            self.box.layout.display = "none" if tile is None else None
            self.row = None if tile is None else tile.row
            if tile is not None:
                self._fill(tile)
        finally:
            self._is_filling = False

    def _fill(self, tile: Tile) -> None:
        self._picture.value = base64.b64decode(tile.uri.partition(",")[2])
        self._picture.layout.display = None if tile.uri else "none"
        self._text.layout.display = "none" if tile.uri else None
        self._text.value = f"no image: {tile.reason}" if tile.is_image else tile.text
        # Short facts first and the label on a separate line: a narrow tile then cuts off neither.
        score = [f"{tile.score:.2f}"] if tile.score is not None else []
        flags = [name for name in ("changed", "marked", "reviewed") if getattr(tile, name)]
        self._caption.value = tile.caption or tile.status
        self._caption.layout.display = "none" if self._has_dropdown and tile.caption else None
        self._facts.value = " · ".join([*score, f"row {tile.index}", *flags])
        set_options(self._label, self._options())
        self._label.value = tile.labels if self._multiple else next(iter(tile.labels), NO_LABEL)

    def _make_chooser(self) -> Any:
        options, layout = self._options(), W.Layout(width="98%")
        if self._multiple:
            chooser = W.SelectMultiple(options=options, rows=min(4, len(options) or 1), layout=layout)
        else:
            chooser = W.Dropdown(options=options, layout=layout)
        chooser.observe(self._on_choice, "value")
        return chooser

    def _options(self) -> list[tuple[str, int]]:
        row_labels = self._model.row_labels
        # ipywidgets uses None for "nothing selected", so "no label" needs a number too.
        has_no_label_option = not self._multiple and (row_labels is None or row_labels.can_clear)
        return [*([("no label", NO_LABEL)] if has_no_label_option else []), *options_of(self._model)]

    def _on_choice(self, change: Any) -> None:
        if self._is_filling:
            return
        old, new = change["old"], change["new"]
        # A message toggles one of several labels; a click may change more than one.
        labels = sorted(set(old) ^ set(new)) if self._multiple else [new]
        for label in labels:
            self._send_choice(label)

    def _send_choice(self, label: int) -> None:
        action = {"do": "clear"} if label == NO_LABEL else {"do": "choose", "label": label}
        self._send({**action, "rows": [self.row]})

    def _action(self, name: str) -> Any:
        return lambda _: self._send({"do": name, "rows": [self.row]})

    def _enlarge(self, _: Any) -> None:
        self._send({"do": "enlarge", "row": self.row})


def options_of(model: GalleryModel) -> list[tuple[str, int]]:
    """Return the labels as options of an ipywidgets selection."""
    return [(sanitize(name, 60), i) for i, name in enumerate(model.names)]


def set_options(chooser: Any, options: list[tuple[str, int]]) -> None:
    """Update the options of a selection if they have changed: a loaded file may add labels."""
    if list(chooser.options) != options:
        chooser.options = options


def button(text: str, action: Any) -> Any:
    """Return a button as wide as its text, which calls `action`."""
    widget = W.Button(description=text, layout=W.Layout(width="auto"))
    widget.on_click(action)
    return widget


def _text_line() -> Any:
    return W.Text(disabled=True, layout=W.Layout(width="98%"))
