"""A run as a chart: rows by label, and rows without one by their state."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from jsdf.errors import MissingExtraError
from jsdf.formatting.jupyter import in_jupyter_kernel
from jsdf.formatting.text import one_line, pluralize, top_labels
from jsdf.formatting.theme import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from jsdf.results.summary import RunSummary

#: Labels that have a bar of their own; more could not be read.
MAX_BARS = 30
_MAX_LABEL_CHARS = 40  # characters of a label
_INCHES = 7.0, 0.28, 1.2  # the width, the height of a bar, and of what is around the bars
_STATES = {"missing": "muted", "unknown": "warn", "failed": "bad", "pending": "line"}


class _Bar(NamedTuple):
    name: str
    rows: int
    colour: str


def plot_run(run: RunSummary, ax: Axes | None = None) -> Axes:
    """See `jsdf.Run.plot`."""
    _need_matplotlib()
    found = list(_bars(run))
    ax = _new_axes(len(found)) if ax is None else ax
    places = range(len(found))
    drawn = ax.barh(places, [bar.rows for bar in found], color=[bar.colour for bar in found])
    ax.bar_label(drawn, [f"{bar.rows:,}" for bar in found], padding=3, fontsize="small")
    ax.set_yticks(places, [bar.name for bar in found])
    ax.invert_yaxis()
    ax.margins(x=0.1)
    ax.set_xlabel("rows")
    ax.set_title(f"{pluralize(run.rows, 'row')}, {one_line(run.engine)}")
    for text in (*ax.get_yticklabels(), ax.title):
        text.set_parse_math(False)  # a label may hold dollars
        text.set_usetex(False)
    return ax


def _need_matplotlib() -> None:
    try:
        import matplotlib.axes  # noqa: F401 - only whether it can be
    except ImportError as error:
        raise MissingExtraError('plot() needs matplotlib: pip install "jsdf[notebook]"') from error


def _bars(run: RunSummary) -> list[_Bar]:
    shown, others, rows = top_labels(run.label_counts, MAX_BARS)
    accent, muted = COLOURS["accent"][0], COLOURS["muted"][0]
    found = [_Bar(one_line(name, _MAX_LABEL_CHARS), n, accent) for name, n in shown]
    found += [_Bar(f"({others:,} more)", rows, muted)] if others else []
    return found + [_Bar(f"({s})", run.counts[s], COLOURS[c][0]) for s, c in _STATES.items() if run.counts[s]]


def _new_axes(bars: int) -> Axes:
    """Axes of a figure that fits; one of pyplot's only where pyplot is at work, which then shows it."""
    width, height, around = _INCHES
    size = (width, around + height * max(bars, 1))
    if in_jupyter_kernel() or "matplotlib.pyplot" in sys.modules:
        from matplotlib import pyplot as plt

        return plt.subplots(figsize=size, layout="constrained")[1]
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained").subplots()
