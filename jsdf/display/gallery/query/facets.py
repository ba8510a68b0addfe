"""Counts of rows for the controls of a gallery: for each label, status, range of scores, and other column.

The rows that a choice would show are those that match all filters but its own, as faceted search counts them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jsdf.display.gallery import filtering
from jsdf.display.gallery.query.filter_arguments import compares_labels
from jsdf.display.gallery.query.masks import all_but
from jsdf.display.gallery.row_scores import SCORE_BINS, SCORE_EDGES
from jsdf.formatting.text import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable

    from jsdf.display.gallery.query.masks import Mask
    from jsdf.display.gallery.row_labels import RowLabels
    from jsdf.display.gallery.row_table import RowTable

#: A confusion matrix with more labels than this on a side has no room on a page.
_MAX_SIDE = 50


def count_facets(
    table: RowTable,
    row_labels: RowLabels | None,
    masks: dict[str, Mask],
    sample: Mask | None,
    statuses: dict[str, int],
    status_mask: Callable[[str], Mask],
) -> dict[str, Any]:
    """Return the counts for all controls, as JSON values.

    Args:
        table: Data of all rows.
        row_labels: Current labels; None without labels.
        masks: Name of each filter that is set -> mask of the rows that match it.
        sample: Mask of the rows that the gallery is limited to; None for all rows.
        statuses: Statuses -> number of rows.
        status_mask: Returns the mask of a status.
    """
    by_label = _label_counts(row_labels, sample), _label_counts(row_labels, all_but(masks, "labels", sample))
    others = all_but(masks, "status", sample)
    return {
        "labels": [{"count": n, "shown": shown} for n, shown in zip(by_label[0][:-1], by_label[1][:-1], strict=True)],
        "unlabelled": {"count": by_label[0][-1], "shown": by_label[1][-1]},
        "statuses": statuses if sample is None else {name: _count(status_mask(name), sample) for name in statuses},
        "statuses_shown": {name: _count(status_mask(name), others) for name in statuses},
        "scores": _score_counts(table.score_bins, sample, all_but(masks, "score", sample)),
        "confusion": _confusion(table, row_labels, all_but(masks, "cell", sample)),
        "columns": [field.summary(sample, all_but(masks, f"column {field.name}", sample)) for field in table.fields],
    }


def _count(mask: Mask, within: Mask | None) -> int:
    return int(np.count_nonzero(mask if within is None else mask & within))


def _label_counts(row_labels: RowLabels | None, within: Mask | None) -> list[int]:
    """Return the rows of each label, and at the end of those without one."""
    if row_labels is None:
        return [0]
    unlabelled = _count(filtering.has_label(row_labels, filtering.NO_LABEL), within)
    return [*row_labels.counts(within), unlabelled]


def _score_counts(
    bins: npt.NDArray[np.int8] | None, sample: Mask | None, shown: Mask | None
) -> dict[str, list[Any]] | None:
    if bins is None:
        return None
    return {"edges": SCORE_EDGES.tolist(), "counts": _histogram(bins, sample), "shown": _histogram(bins, shown)}


def _histogram(bins: npt.NDArray[np.int8], within: Mask | None) -> list[int]:
    counts: list[int] = np.bincount(bins if within is None else bins[within], minlength=SCORE_BINS + 1).tolist()
    return counts[:SCORE_BINS]  # the last one counts the rows without a score


def _confusion(table: RowTable, row_labels: RowLabels | None, shown: Mask | None) -> dict[str, Any] | None:
    if row_labels is None or table.other is None or not compares_labels(table, row_labels):
        return None
    rows, columns = row_labels.names, table.other.names
    if max(len(rows), len(columns)) > _MAX_SIDE:
        return None
    has_both = (row_labels.codes >= 0) & (table.other.codes >= 0)
    chosen = has_both if shown is None else has_both & shown
    cells = row_labels.codes[chosen] * len(columns) + table.other.codes[chosen]
    counts = np.bincount(cells, minlength=len(rows) * len(columns)).reshape(len(rows), len(columns))
    return {
        "rows": [sanitize(name, 200) for name in rows],
        "columns": [sanitize(name, 200) for name in columns],
        "cells": counts.tolist(),
    }
