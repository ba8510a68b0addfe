"""Results of a partition, whose columns and dtypes depend on the settings alone, not on its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.column import Column
from jsdf.engines.cascade import source_names
from jsdf.results.answers import EXAMPLES, STORE, Answers
from jsdf.results.frame import label_columns
from jsdf.results.run import Run
from jsdf.results.usage import Usage

if TYPE_CHECKING:
    from jsdf.distributed.settings import CallSettings
    from jsdf.results.answers import LabelResult


def labels_of(run: Run, settings: CallSettings) -> LabelResult:
    """Return the labels: a categorical Series, or a frame of `boolean` (nullable) columns."""
    labels = run.labels
    return labels.astype("boolean") if settings.multiple else labels


def frame_of(run: Run, settings: CallSettings, prefix: str = "") -> pd.DataFrame:
    """Return the frame of `Run.to_frame`, with `boolean` (nullable) columns for several labels.

    Raises:
        InvalidInputError: A label has the name of another column.
    """
    frame = run.to_frame(prefix)
    if settings.multiple:
        frame = frame.astype(dict.fromkeys(label_columns(settings.names, prefix), "boolean"))
    sources = [*source_names(settings.engine), STORE, *([] if settings.examples is None else [EXAMPLES])]
    source = frame["source"].cat.set_categories(sources)
    changed: pd.DataFrame = frame.assign(source=source)
    return changed


def empty_run(series: pd.Series[Any], settings: CallSettings) -> Run:
    """Return a run of no rows, to learn the dtypes of the results.

    Args:
        series: An empty Series, whose index and name the results have.
        settings: The settings.
    """
    column = Column(series.index[:0], series.name, np.empty(0, np.intp), [], "text")
    answers = Answers.empty(0, len(settings.labels), multiple=settings.multiple)
    engine = settings.engine
    return Run(column, settings.labels, answers, Usage(), engine.name, _sources=source_names(engine))
