"""Front end for anywidget: traits and messages only; the logic is in the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from jsdf.display.gallery import assets, messages

if TYPE_CHECKING:
    from jsdf.display.gallery.model import GalleryModel


class GalleryWidget(anywidget.AnyWidget):
    """Widget of a gallery or a review; it follows every change of the model.

    Args:
        model: The gallery or review.
    """

    _esm = assets.script()
    _css = assets.rules()
    saved_page = traitlets.Dict().tag(sync=True)  # set by `SavedPage`
    setup = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    pictures = traitlets.Dict().tag(sync=True)
    large = traitlets.Dict().tag(sync=True)

    def __init__(self, model: GalleryModel) -> None:
        self._state = model
        self._revision = 0
        view, pictures = messages.page_state(model)
        super().__init__(setup=messages.initial_state(model), view=view, pictures=pictures, large={})
        self.on_msg(self._on_message)
        model.on_change(self._refresh)
        model.prefetch()

    def _on_message(self, _widget: Any, message: Any, _buffers: Any) -> None:
        row = messages.handle_message(self._state, message)
        if row is not None:
            self._revision += 1  # makes the trait change when the same row is enlarged again
            self.large = messages.enlarged_state(self._state, row) | {"revision": self._revision}

    def _refresh(self) -> None:
        self._revision += 1
        view, pictures = messages.page_state(self._state)
        with self.hold_sync():
            self.setup, self.pictures = messages.initial_state(self._state), pictures
            self.view = view | {"revision": self._revision}
        self._state.prefetch()
