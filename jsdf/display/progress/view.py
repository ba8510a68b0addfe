"""Where a run's progress is shown: in a notebook, on a terminal, or not at all."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from jsdf.display.progress.notebook import NotebookView
from jsdf.display.progress.state import ProgressState
from jsdf.formatting.jupyter import in_jupyter_kernel
from jsdf.formatting.text import one_line
from jsdf.results.usage import Progress

Show = Callable[[Progress], None]

# tqdm's own rate would count what the store had, and promise that time for the rest.
_LINE = "{l_bar}{bar}| {n_fmt}/{total_fmt} rows [{elapsed}{postfix}]"


def _show_nothing(_event: Progress) -> None:
    pass


def _no_op() -> None:
    pass


class View(NamedTuple):
    """What a run's events are handed to.

    Attributes:
        show: Called with each event.
        idle: Called where none comes, to draw what was left out.
    """

    show: Show = _show_nothing
    idle: Callable[[], None] = _no_op


@contextlib.contextmanager
def view(
    progress: bool | Show | None, stop: Callable[[], None] | None = None, *, awaited: bool = False
) -> Iterator[View]:
    """Open a view of one run; whatever ends the block is the last thing that it shows.

    Args:
        progress: True for a view, False for nothing, None for a view in notebooks and terminals only, or
            a function that is called with each `Progress`.
        stop: Stops the run as the first interrupt does; it becomes a button where there are buttons.
        awaited: Whether it is a coroutine of the caller's that waits for the run.
    """
    if callable(progress):
        yield View(progress)
    elif progress is False or (progress is None and not (in_jupyter_kernel() or sys.stderr.isatty())):
        yield View()
    else:
        shown = NotebookView(stop, awaited=awaited) if in_jupyter_kernel() else TerminalBar()
        try:
            yield View(shown.show, shown.idle)
        except BaseException as error:
            with contextlib.suppress(Exception):  # a view that broke is no reason to lose the error that says so
                shown.end(error)
            raise
        else:
            shown.end()


class TerminalBar:
    """One tqdm line, made at the first event, since only that knows the rows."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._state = ProgressState()
        self._stale = False

    def show(self, event: Progress) -> None:
        """Move the bar to where the run stands."""
        self._stale = True
        self._state.update(event)
        if self._bar is None:
            from tqdm import tqdm

            self._bar = tqdm(total=event.rows, desc=one_line(event.engine), dynamic_ncols=True, bar_format=_LINE)
        self._bar.set_postfix_str(describe_progress(self._state), refresh=False)
        self._bar.update(event.done - self._bar.n)
        if event.note or event.finished:
            self._bar.refresh()

    def idle(self) -> None:
        """Draw the latest event, which tqdm leaves out when it comes soon after another."""
        if self._bar is not None and self._stale:
            self._bar.refresh()
            self._stale = False

    def end(self, error: BaseException | None = None) -> None:
        """Leave the bar as it is, with a word where the run ended early."""
        if self._bar is not None:
            self._state.end(error)
            self._bar.set_postfix_str(describe_progress(self._state), refresh=False)
            self._bar.close()


def describe_progress(watch: ProgressState) -> str:
    """What stands behind the bar: why it ends early, the rate, time left, requests, tokens, failures, a note."""
    return ", ".join(
        one_line(part, 200) for part in [*([watch.state()] if watch.stop_reason else []), *watch.figures()]
    )
