"""Plain functions `gallery` and `review`; the display modules are imported on the first call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsdf.api.arguments import with_own_arguments

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    from jsdf.display.gallery import Gallery
    from jsdf.display.gallery.query.similarity import RowEmbedder
    from jsdf.display.gallery.row_table import RowTable
    from jsdf.display.review import Review

#: Rows that the local engine embeds to find those like another.
_MAX_EMBEDDED = 2_000


@with_own_arguments
def gallery(
    series: pd.Series[Any],
    label: Any = None,
    *,
    labels: Any = None,
    scores: Any = None,
    against: Any = None,
    columns: Any = None,
    size: int = 96,
    kind: str = "auto",
    vectors: Any = None,
) -> Gallery:
    """Show a column as pages of 24 tiles, for any number of rows.

    Args:
        series: Texts or images, as for `classify`.
        label: The labels of the rows: a column of the same rows, in any form that `series` may have, a multi-hot frame,
            or a `Run`, which also provides scores, statuses and reasons. The method of a frame also accepts the name
            of a column, or a list of names of multi-hot columns. Default None: no labels.
        labels: The labels to choose from, as for `classify`; None for the categories or values of `label`.
        scores: Confidence of each label, 0 to 1: a column in any form that `series` may have, or a frame with one
            column per label. None for the scores of the run.
        against: Other labels to compare with, in any form of `label`: the gallery then has a confusion matrix, whose
            cells filter. Default None.
        columns: Other columns to show and to filter by: a frame or a Series of the same rows, or a mapping of names to
            columns; the method of a frame takes a name, or a list of names, of its columns. Default None.
        size: Pixels of a tile's longer side, 32 to 256. Default 96.
        kind: `"text"`, `"image"` or, the default, `"auto"`.
        vectors: Embeddings of the rows, by which rows like another are found, as `jsdf.embed` gives: numbers of shape
            (rows, width), nan where there is none. Default None: the local engine embeds up to 2,000 rows when it is
            asked to; without it, rows are not compared.

    Returns:
        A `Gallery`, which a notebook displays with filters by label, status, text, score and other columns, sorting by
        score and by likeness, pages, and a view of one row. In code: `.filter(...)`, `.sort(by)`,
        `.find_similar(row)`, `.go_to_page(page)`. Images are read and scaled down by Python, one page at a time; the
        browser fetches nothing.

    Raises:
        InvalidInputError: The column or an argument cannot be used.
        InvalidLabelsError: The labels do not fit `label`.
    """
    from jsdf.display.gallery import Gallery
    from jsdf.display.gallery.row_table import build_row_table

    table = build_row_table(series, label, labels=labels, scores=scores, against=against, columns=columns, kind=kind)
    return Gallery(table, size=size, embed=_row_embedder(table, vectors))


@with_own_arguments
def review(
    series: pd.Series[Any],
    label: Any,
    *,
    labels: Any = None,
    scores: Any = None,
    against: Any = None,
    columns: Any = None,
    size: int = 96,
    kind: str = "auto",
    name: str | None = None,
    resume: bool = True,
    order: str = "review",
    n: int | None = None,
    seed: int = 0,
    vectors: Any = None,
) -> Review:
    """Check and correct the labels of a column, row by row, with keys or the mouse.

    Keys: a digit sets a label, `0` clears it, Enter accepts the label and moves on, arrows move, `u` undoes, `m` marks
    the row for later, `g` makes digits move on to the next row too, `?` lists the keys.

    Rows on which `against` differs come first, then rows without a label, then those with the lowest scores;
    `order="random"` shows a random sample instead, from which `jsdf.shares` can tell about the whole column;
    `order="informative"` the rows whose labels would teach most, which differ from each other and from the rows that
    were reviewed before, the unsure ones favoured.

    No frame is modified: read the result from `.labels`. Every change is saved at once to a file beside the store, and
    applied again the next time the same question is reviewed. Corrections belong to the text or image, so they also
    apply after the frame was sorted, filtered or extended, and to the labels of a later run. The question is
    identified by the names of the column and of the label column; for a `Run`, by its task and the labels with their
    descriptions; otherwise by the labels.

    Args:
        series: Texts or images, as for `classify`.
        label: As for `gallery`, but required.
        labels: As for `gallery`.
        scores: As for `gallery`.
        against: Other labels to compare with, in any form of `label`: rows that differ come first, and there is a
            confusion matrix, whose cells filter. Default None.
        columns: As for `gallery`.
        size: As for `gallery`.
        kind: As for `gallery`.
        name: A name that identifies the question instead, for questions that would be confused otherwise.
            Default None.
        resume: False neither reads nor writes the file beside the store; changes that are not saved with `.save`
            are then lost when the kernel stops. Default True.
        order: `"review"`, the default, as above; `"random"`; `"row"`, as in the column; with scores, `"unsure"` or
            `"sure"`, the least or the most sure rows first; or `"informative"`, with `n` (extra `judge`).
        n: Show only the first `n` rows of this order that have a value, as in `order="random", n=200`, a random sample
            of 200 rows. Default None: all rows.
        seed: Seed of the random order and of the informative rows, 0 or more. The same seed gives the same sample of
            the same rows. Default 0.
        vectors: Embeddings of the rows, as for `gallery`, for `"informative"` too. Default None: the local engine
            embeds up to 2,000 rows, or for `"informative"` 10 `n` if that is more; without it, the least sure rows
            are informative, however alike, and rows are not compared.

    Returns:
        A `Review`: `.labels`, `.changes`, `.marked`, `.is_reviewed`, `.save(path)`, `.load(path)`, `.forget()`; the
        actions of the keys are `.choose(rows, label)`, `.clear(rows)`, `.accept(rows)`, `.mark(rows)`, `.undo()` and
        `.auto_advance()`.

    Raises:
        InvalidInputError: The column or an argument cannot be used.
        InvalidLabelsError: The labels do not fit `label`, or there are none to choose from.
        MissingExtraError: `order="informative"` without scikit-learn.
    """
    from jsdf.display.gallery.row_table import build_row_table
    from jsdf.display.review import Review

    table = build_row_table(series, label, labels=labels, scores=scores, against=against, columns=columns, kind=kind)
    embed = _row_embedder(table, vectors)
    return Review(table, size=size, name=name, resume=resume, order=order, n=n, seed=seed, embed=embed)


def _row_embedder(table: RowTable, vectors: Any) -> RowEmbedder | None:
    """Return what embeds rows; None if there are no vectors and the local engine is not installed."""
    import numpy as np

    from jsdf.display.gallery.query.similarity import RowEmbedder
    from jsdf.display.review.row_vectors import check_vectors
    from jsdf.engines.local.engine import available

    if vectors is not None:
        given = check_vectors(vectors, len(table))
        all_rows = np.arange(len(given))
        return RowEmbedder(lambda rows: given if np.array_equal(rows, all_rows) else given[rows])
    return RowEmbedder(lambda rows: _embed_rows(table, rows), _MAX_EMBEDDED) if available() else None


def _embed_rows(table: RowTable, rows: npt.NDArray[np.intp]) -> npt.NDArray[Any]:
    import threading

    import pandas as pd

    from jsdf.api.embedding import embed

    values = pd.Series([table.value(row) for row in rows.tolist()], dtype=object)
    # A click's thread has no cell to show its progress in.
    progress = None if threading.current_thread() is threading.main_thread() else False
    return embed(values, kind=table.column.kind, engine="local", progress=progress)
