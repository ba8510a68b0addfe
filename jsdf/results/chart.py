"""Bar chart of a run: rows by label, and rows without a label by status."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

from jsdf.errors import MissingExtraError
from jsdf.formatting.jupyter import in_jupyter_kernel
from jsdf.formatting.text import one_line, pluralize, top_labels
from jsdf.formatting.theme import COLOURS, LABEL_COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from jsdf.results.summary import RunSummary

#: Labels with a bar of their own; a chart with more is not readable.
MAX_BARS = 30
_MAX_LABEL_CHARS = 40
_WIDTH_INCHES, _BAR_INCHES, _MARGIN_INCHES = 7.0, 0.28, 1.2  # width; height of a bar; height around the bars
_STATUS_COLOURS = {"missing": "muted", "unknown": "warn", "failed": "bad", "pending": "line"}


class _Bar(NamedTuple):
    name: str
    rows: int
    colour: str


def plot_run(run: RunSummary, ax: Axes | None = None) -> Axes:
    """Draw the bars of a run on these axes, or on new ones; see `jsdf.Run.plot`."""
    require_matplotlib()
    bars = _make_bars(run)
    ax = new_axes((_WIDTH_INCHES, _MARGIN_INCHES + _BAR_INCHES * max(len(bars), 1))) if ax is None else ax
    positions = range(len(bars))
    container = ax.barh(positions, [bar.rows for bar in bars], color=[bar.colour for bar in bars])
    ax.bar_label(container, [f"{bar.rows:,}" for bar in bars], padding=3, fontsize="small")
    ax.set_yticks(positions, [bar.name for bar in bars])
    ax.invert_yaxis()
    ax.margins(x=0.1)
    ax.set_xlabel("rows")
    ax.set_title(f"{pluralize(run.rows, 'row')}, {one_line(run.engine)}")
    for text in (*ax.get_yticklabels(), ax.title):
        text.set_parse_math(False)  # a `$` in a label does not start a formula
        text.set_usetex(False)
    return ax


def require_matplotlib() -> None:
    """Raise `MissingExtraError` if matplotlib is not installed."""
    try:
        import matplotlib.axes  # noqa: F401 - tests that it is installed
    except ImportError as error:
        raise MissingExtraError('plot() needs matplotlib: pip install "jsdf[notebook]"') from error


def _make_bars(run: RunSummary) -> list[_Bar]:
    top, others, rows = top_labels(run.label_counts, MAX_BARS)
    colours = {name: LABEL_COLOURS[i % len(LABEL_COLOURS)][0] for i, name in enumerate(run.label_counts)}
    bars = [_Bar(one_line(name, _MAX_LABEL_CHARS), n, colours[name]) for name, n in top]
    bars += [_Bar(f"({others:,} more)", rows, COLOURS["muted"][0])] if others else []
    return bars + [_Bar(f"({s})", run.counts[s], COLOURS[c][0]) for s, c in _STATUS_COLOURS.items() if run.counts[s]]


def new_axes(size: tuple[float, float]) -> Axes:
    """Return axes on a figure of this size in inches; a pyplot figure only if pyplot is in use and will show it."""
    if in_jupyter_kernel() or "matplotlib.pyplot" in sys.modules:
        from matplotlib import pyplot as plt

        return plt.subplots(figsize=size, layout="constrained")[1]
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained").subplots()
