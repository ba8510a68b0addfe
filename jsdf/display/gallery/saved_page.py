"""Static page of a gallery in a notebook's file: a second output beside the widget, replaced after every change.

An output of its own, since an update of the widget's output draws the widget anew, without the keyboard focus. The
page is hidden while a browser shows the widget (`static/saved.js`), and is what the file shows without a kernel.
"""

from __future__ import annotations

import contextvars
import threading
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jsdf.display.gallery.assets import saved_rules
from jsdf.display.gallery.static_view import html, text

if TYPE_CHECKING:
    from jsdf.display.gallery.anywidget_view import GalleryWidget
    from jsdf.display.gallery.model import GalleryModel

#: Seconds between a change and the page that shows it, so that fast keys make one page and not one each.
_DELAY_SECONDS = 0.5
#: Limit for a page that is made anew again and again: the first page of the widget has made these thumbnails.
_MAX_TILES = 24
#: Alternatives of the widget for front ends that show none: nothing, since the page beside it says everything.
_NO_WIDGET = {"text/html": "", "text/plain": ""}


class SavedPage:
    """Static page of a gallery beside its widget in a Jupyter notebook.

    Args:
        model: The gallery or review.
        widget: Its widget, whose front end is told where the page is and which revision it should have.
        schedule: Calls a function later, on any thread.
    """

    def __init__(
        self,
        model: GalleryModel,
        widget: GalleryWidget,
        schedule: Callable[[Callable[[], None]], object] | None = None,
    ) -> None:
        self._model, self._widget = model, widget
        self._schedule = schedule or _call_later
        self._lock = threading.Lock()
        self._is_scheduled = False
        self._handle: Any = None
        self._id, self._revision = uuid.uuid4().hex, 0
        self._content = self._make_content()
        widget.saved_page = self._reference()
        widget.on_msg(self._on_message)
        model.on_change(self._changed)

    def show(self) -> None:
        """Display the widget and the page as two outputs of the current cell."""
        from IPython.display import display

        data, metadata = self._widget._repr_mimebundle_() or ({}, {})
        display({**data, **_NO_WIDGET}, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]
        with self._model.lock:
            self._update_content()
            self._handle = display(self._bundle(), raw=True, display_id=self._id)  # type: ignore[no-untyped-call]
            self._widget.saved_page = self._reference()

    def update(self) -> None:
        """Replace the page in the notebook if it is not up to date."""
        with self._lock:
            self._is_scheduled = False
        with self._model.lock:
            if self._update_content() and self._handle is not None:
                self._handle.update(self._bundle(), raw=True)
                self._widget.saved_page = self._reference()

    def _changed(self) -> None:
        with self._lock:
            if self._is_scheduled or self._handle is None:
                return
            self._is_scheduled = True
        self._schedule(self.update)

    def _on_message(self, _widget: Any, message: Any, _buffers: Any) -> None:
        """Answer a browser whose notebook has an older page, as after a reload, with the page."""
        if isinstance(message, dict) and message.get("do") == "saved_page":
            with self._model.lock:  # the page and its revision belong together
                self._widget.send({"saved_page": self._reference() | {"data": self._bundle()}})

    def _update_content(self) -> bool:
        """Make the content anew; True if it is another one."""
        content = self._make_content()
        if content == self._content:
            return False
        self._content = content
        self._revision += 1
        return True

    def _make_content(self) -> tuple[str, str]:
        return html(self._model, _MAX_TILES, wait=False), text(self._model)

    def _reference(self) -> dict[str, Any]:
        return {"id": self._id, "revision": self._revision}

    def _bundle(self) -> dict[str, str]:
        page, plain = self._content
        attributes = f'class="jsdf-saved" data-jsdf-saved="{self._id}" data-jsdf-revision="{self._revision}"'
        return {"text/html": f"<div {attributes}><style>{saved_rules()}</style>{page}</div>", "text/plain": plain}


def _call_later(function: Callable[[], None]) -> None:
    # In the caller's context, in which a kernel keeps the request that it answers: VS Code takes updates of outputs
    # only as answers to requests of the widget's cell.
    timer = threading.Timer(_DELAY_SECONDS, contextvars.copy_context().run, [function])
    timer.daemon = True
    timer.start()
