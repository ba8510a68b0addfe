"""Output of a live view on a terminal: one tqdm line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsdf.formatting.text import one_line

if TYPE_CHECKING:
    from jsdf.display.progress.live_view import LiveView
    from jsdf.display.progress.state import ProgressState
    from jsdf.display.progress.thumbnail_strip import ThumbnailStrip

# Without tqdm's own rate and time left, which would count rows from the store.
_FORMAT = "{l_bar}{bar}| {n_fmt}/{total_fmt} rows [{elapsed}{postfix}]"


class TerminalOutput:
    """Progress output on a terminal.

    Args:
        view: The view that is drawn.
    """

    interval = 0.1

    def __init__(self, view: LiveView) -> None:
        from tqdm import tqdm

        event = view.state.event
        rows = 0 if event is None else event.rows
        self._bar: Any = tqdm(total=rows, dynamic_ncols=True, bar_format=_FORMAT, mininterval=0, delay=1e-9)
        self._bar.start_t -= view.state.seconds
        self.draw(view.state)

    def _update(self, state: ProgressState) -> None:
        event = state.event
        if event is not None:
            self._bar.total, self._bar.n = event.rows, event.done
            self._bar.set_description_str(f"{one_line(event.engine)}: " if event.engine else "", refresh=False)
        self._bar.set_postfix_str(describe_progress(state), refresh=False)

    def draw(self, state: ProgressState, strip: ThumbnailStrip | None = None) -> None:  # noqa: ARG002 - shows no images
        """Draw the line again."""
        self._update(state)
        self._bar.refresh()

    def finish(self, state: ProgressState) -> None:
        """Draw the final line, and end it."""
        self._update(state)
        self._bar.close()


def describe_progress(state: ProgressState) -> str:
    """Return the text after the bar: phase or end, rate, time left, requests, tokens and failures."""
    parts = [state.status() if state.status() != "done" else "", *state.figures()]
    return ", ".join(one_line(part, 200) for part in parts if part)
