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
    facets = traitlets.Dict().tag(sync=True)
    pictures = traitlets.Dict().tag(sync=True)
    focus = traitlets.Dict().tag(sync=True)

    def __init__(self, model: GalleryModel) -> None:
        self._state = model
        super().__init__(**messages.traits(model))
        self.on_msg(self._on_message)
        model.on_change(self._refresh)
        model.prefetch()

    def _on_message(self, _widget: Any, message: Any, _buffers: Any) -> None:
        messages.handle_message(self._state, message)

    def _refresh(self) -> None:
        with self.hold_sync():
            for name, value in messages.traits(self._state).items():
                setattr(self, name, value)  # an equal value is not sent
        if self._state.focused is None:
            self._state.prefetch()
        else:
            self._state.prefetch_neighbours()
