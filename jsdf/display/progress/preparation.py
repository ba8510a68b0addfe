"""View of the time before a run: the arguments are checked, and a long column is read."""

from __future__ import annotations

import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from jsdf.formatting.text import pluralize
from jsdf.results.usage import Progress, Usage

if TYPE_CHECKING:
    from jsdf.display.progress.live_view import LiveView

#: Seconds before something is shown: most columns are read in less, and a mistake in the call shows no bar.
DELAY = 0.2
_TICK = 0.1


class Preparation:
    """Context manager that shows a view if its block takes long, drawn by a thread, as the caller's is busy.

    The view of the run takes over what is shown; see `take_over`.

    Args:
        make_view: Makes the view; None to show nothing.
        values: The column, whose length is shown if it has one.
        delay: Seconds before something is shown.
    """

    def __init__(self, make_view: Callable[[], LiveView] | None, values: Any, delay: float = DELAY) -> None:
        self._view = None if make_view is None else make_view()
        self._values, self._delay = values, delay
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Preparation:
        if self._view is not None:
            # In the caller's context, which says to which cell the output belongs.
            run = contextvars.copy_context().run
            self._thread = threading.Thread(target=run, args=(self._show,), name="jsdf-preparation", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        view = self.take_over()
        if view is not None and error is not None:
            with contextlib.suppress(Exception):  # a failing view must not replace the error of the call
                view.end(error)

    def take_over(self) -> LiveView | None:
        """End the drawing by the thread, and return the view, which the caller draws from now on."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()
        return self._view

    def _show(self) -> None:
        view = self._view
        if view is None or self._is_over.wait(self._delay):
            return
        with contextlib.suppress(Exception):  # a decoration must never fail the run
            rows = len(self._values) if hasattr(self._values, "__len__") else 0
            view.show(Progress("", rows, 0, 0, Usage(), f"reading {pluralize(rows, 'row')}" if rows else "reading"))
            while not self._is_over.wait(_TICK):
                view.idle()
