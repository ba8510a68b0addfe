"""Heat map of an evaluation: the confusion matrix, or the figures of each of several labels a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from jsdf.formatting.text import one_line, pluralize
from jsdf.formatting.theme import COLOURS
from jsdf.results.chart import new_axes, require_matplotlib

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from jsdf.evaluation.report import EvaluationSummary

_MAX_LABEL_CHARS = 32
_MIN_INCHES, _MAX_INCHES, _CELL_INCHES, _MARGIN_INCHES = 3.2, 24.0, 0.42, 2.2
_MAX_WITH_NUMBERS = 60  # labels; the numbers of more would not be readable


class _Cells(NamedTuple):
    """Content of a heat map.

    Attributes:
        shades: From 0 to 1, of shape (rows, columns).
        texts: Text of each cell, in the same shape.
        rows: Name of each row.
        columns: Name of each column.
        titles: Labels of the axes, x and y.
    """

    shades: npt.NDArray[np.float64]
    texts: list[list[str]]
    rows: list[str]
    columns: list[str]
    titles: tuple[str, str]


def plot_evaluation(evaluation: EvaluationSummary, ax: Axes | None = None) -> Axes:
    """Draw a heat map on these axes, or on new ones; see `jsdf.Evaluation.plot`."""
    require_matplotlib()
    cells = _figures_of_labels(evaluation) if evaluation.multiple else _confusion(evaluation)
    if ax is None:
        size = [min(max(_MIN_INCHES, _CELL_INCHES * n), _MAX_INCHES) + _MARGIN_INCHES for n in cells.shades.shape]
        ax = new_axes((size[1], size[0]))
    _draw(ax, cells)
    ax.set_title(f"{pluralize(evaluation.rows, 'row')} compared")
    for text in (*ax.get_xticklabels(), *ax.get_yticklabels(), ax.title):
        text.set_parse_math(False)  # a `$` in a label does not start a formula
        text.set_usetex(False)
    return ax


def _confusion(evaluation: EvaluationSummary) -> _Cells:
    counts = evaluation.confusion
    matrix = counts.to_numpy()
    shades = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1)
    texts = [[_short(n) if n else "" for n in row] for row in matrix.tolist()]
    return _Cells(shades, texts, _names(counts.index), _names(counts.columns), ("predicted", "truth"))


def _figures_of_labels(evaluation: EvaluationSummary) -> _Cells:
    table = evaluation.per_label[["precision", "recall", "f1"]]
    shades = table.to_numpy(float)
    texts = [[f"{value:.2f}" for value in row] for row in shades.tolist()]
    return _Cells(shades, texts, _names(table.index), ["precision", "recall", "F1"], ("", "label"))


def _short(count: int) -> str:
    """Return a count in at most five characters, as in "950", "12k" and "1.3M"."""
    for limit, unit in ((1_000_000, "M"), (10_000, "k")):
        if count >= limit:
            scaled = count / (1000 if unit == "k" else limit)
            return f"{scaled:.1f}{unit}" if scaled < 10 else f"{scaled:.0f}{unit}"
    return f"{count:,}"


def _names(labels: Any) -> list[str]:
    return [one_line(label, _MAX_LABEL_CHARS) for label in labels]


def _draw(ax: Axes, cells: _Cells) -> None:
    from matplotlib.colors import LinearSegmentedColormap, to_rgb

    is_dark = _luminance(to_rgb(ax.get_facecolor())) < 0.2
    ends = [ax.get_facecolor(), COLOURS["accent"][is_dark]]
    colours = LinearSegmentedColormap.from_list("jsdf", [to_rgb(end) for end in ends])
    ax.imshow(cells.shades, cmap=colours, vmin=0, vmax=1, aspect="equal" if cells.titles[0] else "auto")
    ax.set_xticks(range(len(cells.columns)), cells.columns, rotation=90 if cells.titles[0] else 0)
    ax.set_yticks(range(len(cells.rows)), cells.rows)
    ax.set_xlabel(cells.titles[0])
    ax.set_ylabel(cells.titles[1])
    ax.tick_params(length=0)
    if max(cells.shades.shape) <= _MAX_WITH_NUMBERS:
        size = "medium" if max(cells.shades.shape) <= 12 else "x-small"
        for (i, j), shade in np.ndenumerate(cells.shades):
            colour = max(("black", "white"), key=lambda text: _contrast(to_rgb(text), colours(shade)))
            ax.text(j, i, cells.texts[i][j], ha="center", va="center", size=size, color=colour)


def _contrast(one: Any, other: Any) -> float:
    """Return the contrast ratio of two colours, from 1 to 21 (WCAG 2.2)."""
    dark, light = sorted(map(_luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Any) -> float:
    """Return the relative luminance of a colour, from 0 to 1 (WCAG 2.2)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
