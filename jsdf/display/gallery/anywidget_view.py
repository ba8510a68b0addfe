"""The front end where anywidget is installed: traits and messages, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from jsdf.display.gallery import assets, messages

if TYPE_CHECKING:
    from jsdf.display.gallery.model import GalleryModel


class GalleryWidget(anywidget.AnyWidget):
    """Draws a gallery or a review in a browser.

    Args:
        state: What it shows; it shows every change of it.
    """

    _esm = assets.script()
    _css = assets.rules()
    setup = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    pictures = traitlets.Dict().tag(sync=True)
    large = traitlets.Dict().tag(sync=True)

    def __init__(self, state: GalleryModel) -> None:
        self._state = state
        self._moves = 0
        seen, pictures = messages.page_state(state)
        super().__init__(setup=messages.initial_state(state), view=seen, pictures=pictures, large={})
        self.on_msg(self._hear)
        state.on_change(self._refresh)
        state.prefetch()

    def _hear(self, _widget: Any, message: Any, _buffers: Any) -> None:
        row = messages.handle_message(self._state, message)
        if row is not None:
            self._moves += 1  # so that the same row enlarged again is a change
            self.large = messages.enlarged_state(self._state, row) | {"move": self._moves}

    def _refresh(self) -> None:
        self._moves += 1
        seen, pictures = messages.page_state(self._state)
        with self.hold_sync():
            self.setup, self.pictures = messages.initial_state(self._state), pictures
            self.view = seen | {"move": self._moves}
        self._state.prefetch()
