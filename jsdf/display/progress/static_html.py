"""Live view as static HTML, without scripts: while a run goes on where no widget can run, and its end everywhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jsdf.display.progress.state import ProgressState
from jsdf.formatting.text import escape_html
from jsdf.formatting.theme import css

#: Advice on stopping a run where a click would not be heard before its end.
STOP_HINT = "interrupt the kernel (square) to stop"
_KEPT = ": what has landed is kept"
_STOPPING_HINT = "a second interrupt abandons the requests in flight"
# A kernel ignores a second interrupt while a cell awaits.
_STOPPING_HINT_AWAITED = "requests in flight are completed first, and their answers are kept"


@cache
def rules() -> str:
    """Return the CSS of the live view: the theme's colours and the layout."""
    layout = (Path(__file__).parent / "static" / "progress.css").read_text("utf-8")
    return css(".jsdf-progress") + "\n" + layout


def hint(state: ProgressState, *, has_button: bool = False) -> str:
    """Return advice on stopping the run, or on what a second interrupt does; empty if there is none to give."""
    if state.is_finished:
        return ""
    if state.stop_reason:
        return _STOPPING_HINT_AWAITED if state.awaited else _STOPPING_HINT
    return "" if has_button else STOP_HINT + (_KEPT if state.keeps_run else "")


def html(state: ProgressState) -> str:
    """Return the state as HTML: one line at the end; before, also a bar and advice on stopping the run."""
    event = state.event
    if event is None:
        return ""
    status = state.status()
    words = f' <span class="jsdf-progress-status {_class_of(state.kind)}">{escape_html(status, 300)}</span>'
    line = f'<b class="jsdf-progress-head">{escape_html(state.headline(), 200)}</b>{words if status else ""}'
    details = f'<span class="jsdf-progress-details">{escape_html(" · ".join(state.details()), 600)}</span>'
    if state.is_finished:
        return _card(f'<div class="jsdf-progress-line">{line} {details}</div>')
    advice = hint(state)
    foot = f'<div class="jsdf-progress-hint">{escape_html(advice, 200)}</div>' if advice else ""
    return _card(
        f'<div class="jsdf-progress-line">{line}</div>{_bar(event.done, event.rows)}'
        f'<div class="jsdf-progress-line">{details}</div>{foot}'
    )


def _class_of(kind: str) -> str:
    return f"jsdf-progress-{kind}" if kind else "jsdf-progress-phase"


def _bar(done: int, rows: int) -> str:
    """Return a progress bar: full if there are no rows, and moving if none is done."""
    width = 100 * done / rows if rows else 100
    moving = " jsdf-progress-moving" if not width else ""
    fill = f'<div class="jsdf-progress-fill" style="width: {width:.1f}%"></div>'
    value = f'aria-valuemin="0" aria-valuemax="{rows}" aria-valuenow="{done}"'
    return f'<div class="jsdf-progress-track{moving}" role="progressbar" aria-label="rows done" {value}>{fill}</div>'


def _card(inside: str) -> str:
    # The two other classes keep MathJax of any version from reading dollar signs as formulas.
    return f'<div class="jsdf-progress tex2jax_ignore mathjax_ignore"><style>{rules()}</style>{inside}</div>'
