"""Choose the live view of a run: a notebook output, a terminal bar, or no view."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from jsdf.config import options
from jsdf.display.progress.live_view import LiveView
from jsdf.display.progress.marimo_output import MarimoOutput, in_marimo
from jsdf.display.progress.preparation import Preparation
from jsdf.formatting.jupyter import in_jupyter_kernel
from jsdf.results.usage import Progress

#: Handler of progress events.
Show = Callable[[Progress], None]


def _show_nothing(_event: Progress) -> None:
    pass


def _no_op() -> None:
    pass


class View(NamedTuple):
    """Callbacks of a run: one for events, one for idle time.

    Attributes:
        show: Called with each event.
        idle: Called while no event comes, to draw events that were skipped.
    """

    show: Show = _show_nothing
    idle: Callable[[], None] = _no_op


@contextlib.contextmanager
def view(
    progress: bool | Show | None,
    stop: Callable[[], None] | None = None,
    *,
    awaited: bool = False,
    keeps_run: bool = False,
    preparation: Preparation | None = None,
) -> Iterator[View]:
    """Open a view of one run as a context manager; the view's last state shows how the block ended.

    Args:
        progress: True for a view, False for none, None for a view in notebooks and terminals only, or
            a function that is called with each `Progress`.
        stop: Callback that stops the run as the first interrupt does, for the Stop button of a notebook; None for
            no button.
        awaited: True if a coroutine of the caller awaits the run.
        keeps_run: True if `jsdf.last_run()` is the run afterwards.
        preparation: The view of the time before the run, which goes on here; None to begin anew.
    """
    if callable(progress):
        yield View(progress)
        return
    live_view = None if preparation is None else preparation.take_over()
    live_view = live_view or (_new_view() if _is_shown(progress) else None)
    if live_view is None:
        yield View()
        return
    live_view.stop, live_view.state.awaited, live_view.state.keeps_run = stop, awaited, keeps_run
    try:
        yield View(live_view.show, live_view.idle)
    except BaseException as error:
        with contextlib.suppress(Exception):  # a failing view must not replace the error of the run
            live_view.end(error)
        raise
    else:
        live_view.end()


def preparation(progress: Any, values: Any) -> Preparation:
    """Return the view of the time before a run.

    Args:
        progress: As for `view`, not checked yet; None for the one of the settings.
        values: The column.
    """
    chosen = options.progress if progress is None else progress
    return Preparation(_new_view if _is_shown(chosen) else None, values)


def _is_shown(progress: Any) -> bool:
    return progress is True or (progress is None and (in_jupyter_kernel() or in_marimo() or sys.stderr.isatty()))


def _new_view() -> LiveView:
    if in_jupyter_kernel():
        from jsdf.display.progress.notebook import open_output

        return LiveView(open_output)
    if in_marimo():
        return LiveView(MarimoOutput)
    from jsdf.display.progress.terminal_bar import TerminalOutput

    return LiveView(TerminalOutput)
