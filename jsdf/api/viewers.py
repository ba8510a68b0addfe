"""`gallery` and `review` as plain functions; what shows them is imported when they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsdf.utils.call_site import short_traceback

if TYPE_CHECKING:
    import pandas as pd

    from jsdf.display.gallery import Gallery
    from jsdf.display.review import Review


@short_traceback
def gallery(
    series: pd.Series[Any],
    label: Any = None,
    *,
    labels: Any = None,
    scores: Any = None,
    columns: int = 6,
    size: int = 96,
    kind: str = "auto",
) -> Gallery:
    """Look through a column as tiles, 24 at a time, however many rows there are.

    Args:
        series: Texts or images, as for `classify`.
        label: Their labels: a Series of the same rows, a multi-hot frame, or a `Run`, which brings scores,
            statuses and reasons along. A frame's own method also takes the name of a column, or a list of
            names of multi-hot columns. Default None: no labels.
        labels: The labels to choose from, as for `classify`; None for the categories or values of `label`.
        scores: How sure each label is, 0 to 1: a Series, or a frame with one column a label. None for the
            run's own.
        columns: Tiles of a line, 1 to 24. Default 6.
        size: Pixels of a tile's longer side, 32 to 256. Default 96.
        kind: `"text"`, `"image"` or, the default, `"auto"`.

    Returns:
        A `Gallery`, which a notebook shows: filter by label, status and text, sort by score, turn pages,
        enlarge. Pictures are read and shrunk here, one page at a time; no browser fetches them.

    Raises:
        InvalidInputError: The column or an argument cannot be used.
        InvalidLabelsError: The labels do not fit `label`.
    """
    from jsdf.display.gallery import Gallery
    from jsdf.display.gallery.row_table import build_row_table

    return Gallery(build_row_table(series, label, labels=labels, scores=scores, kind=kind), columns=columns, size=size)


@short_traceback
def review(
    series: pd.Series[Any],
    label: Any,
    *,
    labels: Any = None,
    scores: Any = None,
    against: Any = None,
    columns: int = 6,
    size: int = 96,
    kind: str = "auto",
    name: str | None = None,
    resume: bool = True,
) -> Review:
    """Look through the labels of a column and put them right, by keyboard or by clicks.

    Number keys choose the label, `0` takes it away, Enter accepts and goes on, arrows move, `u` undoes, `m` marks for
    later, `g` lets a label key go on to the next row, `?` lists the keys. What the other opinion differs on comes
    first, then what has no label, then what is least sure. Nothing is written to a frame: take `.labels`. Every change
    is kept in a file beside the store at once, and lies on top again whenever the same question is reviewed: a text or
    image keeps its correction in a frame that has been sorted, cut or added to, and under labels of a later run. The
    question goes by the names of the column and of the label column; for a `Run`, by its task and the labels that it
    describes; or else by the labels.

    Args:
        series: Texts or images, as for `classify`.
        label: As for `gallery`; it must not be None.
        labels: As for `gallery`.
        scores: As for `gallery`.
        against: A second opinion, in any form of `label`: rows on which it differs come first. Default None.
        columns: As for `gallery`.
        size: As for `gallery`.
        kind: As for `gallery`.
        name: What the question goes by instead, where that would not tell it from another. Default None.
        resume: False neither reads nor writes the file beside the store, so that what is not saved with `.save` is
            lost with the kernel. Default True.

    Returns:
        A `Review`: `.labels`, `.changes`, `.marked`, `.save(path)`, `.load(path)`, `.forget()`; what the keys do is
        `.choose(rows, label)`, `.clear(rows)`, `.accept(rows)`, `.mark(rows)`, `.undo()` and `.go_on()`.

    Raises:
        InvalidInputError: The column or an argument cannot be used.
        InvalidLabelsError: The labels do not fit `label`, or there are none to choose from.
    """
    from jsdf.display.gallery.row_table import build_row_table
    from jsdf.display.review import Review

    table = build_row_table(series, label, labels=labels, scores=scores, against=against, kind=kind)
    return Review(table, columns=columns, size=size, name=name, resume=resume)
