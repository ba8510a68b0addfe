"""Choose the live view of a run: a notebook output, a terminal bar, or no view."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from jsdf.display.progress.marimo_output import MarimoOutput, in_marimo
from jsdf.display.progress.notebook import NotebookView
from jsdf.display.progress.state import ProgressState
from jsdf.formatting.jupyter import in_jupyter_kernel
from jsdf.formatting.text import one_line
from jsdf.results.usage import Progress

#: Handler of progress events.
Show = Callable[[Progress], None]

# Without tqdm's own rate and time left, which would count rows from the store.
_BAR_FORMAT = "{l_bar}{bar}| {n_fmt}/{total_fmt} rows [{elapsed}{postfix}]"


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
    progress: bool | Show | None, stop: Callable[[], None] | None = None, *, awaited: bool = False
) -> Iterator[View]:
    """Open a view of one run as a context manager; the view's last state shows how the block ended.

    Args:
        progress: True for a view, False for none, None for a view in notebooks and terminals only, or
            a function that is called with each `Progress`.
        stop: Callback that stops the run as the first interrupt does, for the Stop button of a notebook; None for
            no button.
        awaited: True if a coroutine of the caller awaits the run.
    """
    if callable(progress):
        yield View(progress)
    elif progress is False or (progress is None and not (in_jupyter_kernel() or in_marimo() or sys.stderr.isatty())):
        yield View()
    else:
        live_view = _make_view(stop, awaited=awaited)
        try:
            yield View(live_view.show, live_view.idle)
        except BaseException as error:
            with contextlib.suppress(Exception):  # a failing view must not replace the error of the run
                live_view.end(error)
            raise
        else:
            live_view.end()


def _make_view(stop: Callable[[], None] | None, *, awaited: bool) -> NotebookView | TerminalBar:
    if in_jupyter_kernel():
        return NotebookView(stop, awaited=awaited)
    return NotebookView(make_output=MarimoOutput, awaited=awaited) if in_marimo() else TerminalBar()


class TerminalBar:
    """Progress bar of one tqdm line, made at the first event, which has the number of rows."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._state = ProgressState()
        self._is_stale = False

    def show(self, event: Progress) -> None:
        """Move the bar to the state of this event."""
        self._is_stale = True
        self._state.update(event)
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=event.rows, desc=one_line(event.engine), dynamic_ncols=True, bar_format=_BAR_FORMAT)
        self._bar.set_postfix_str(describe_progress(self._state), refresh=False)
        self._bar.update(event.done - self._bar.n)
        if event.note or event.finished:
            self._bar.refresh()

    def idle(self) -> None:
        """Draw the latest event, which tqdm skips if it comes soon after another."""
        if self._bar is not None and self._is_stale:
            self._bar.refresh()
            self._is_stale = False

    def end(self, error: BaseException | None = None) -> None:
        """Close the bar, with the reason if the run ended early."""
        if self._bar is not None:
            self._state.end(error)
            self._bar.set_postfix_str(describe_progress(self._state), refresh=False)
            self._bar.close()


def describe_progress(state: ProgressState) -> str:
    """Return the text after the bar: stop reason, rate, time left, requests, tokens, failures, note."""
    return ", ".join(
        one_line(part, 200) for part in [*([state.state()] if state.stop_reason else []), *state.figures()]
    )
