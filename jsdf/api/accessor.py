"""Pandas accessors `df.jigsaw` and `series.jigsaw`; stateless, since pandas 3 creates them anew on each access."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from jsdf.api import embedding, evaluation, functions, trials, viewers
from jsdf.api.arguments import Arguments, with_arguments_of, with_run_arguments
from jsdf.column import select_column
from jsdf.results.answers import LabelResult

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy.typing as npt
    from typing_extensions import Unpack

    from jsdf.display.gallery import Gallery
    from jsdf.display.review import Review
    from jsdf.evaluation.batch_effect import BatchEffect
    from jsdf.evaluation.comparison import Comparison
    from jsdf.evaluation.evaluate import Evaluation
    from jsdf.results.estimate import Plan
    from jsdf.results.run import Run


#: Arguments of `gallery` and `review` that may name columns of the frame.
_COLUMN_ARGUMENTS = ("label", "scores", "against")


class SeriesJigsaw:
    """`series.jigsaw`: label this column with `classify`; `run` returns details, `plan` estimates the cost."""

    _shown_as = "series.jigsaw"

    def __init__(self, series: pd.Series[Any]) -> None:
        self._series = series

    @with_run_arguments
    def classify(self, labels: Any, **arguments: Unpack[Arguments]) -> LabelResult:
        """Label every row of the column; see `jsdf.classify`."""
        return functions.classify(self._series, labels, **arguments)

    @with_run_arguments
    async def aclassify(self, labels: Any, **arguments: Unpack[Arguments]) -> LabelResult:
        """Label every row of the column, asynchronously; see `jsdf.aclassify`."""
        return await functions.aclassify(self._series, labels, **arguments)

    @with_run_arguments
    def run(self, labels: Any, **arguments: Unpack[Arguments]) -> Run:
        """Label every row and return labels, statuses, failures, scores and usage; see `jsdf.run`."""
        return functions.run(self._series, labels, **arguments)

    @with_run_arguments
    def plan(self, labels: Any, *, check: bool = False, **arguments: Unpack[Arguments]) -> Plan:
        """Estimate the requests, time and tokens of `run` without sending anything; see `jsdf.plan`."""
        return functions.plan(self._series, labels, check=check, **arguments)

    @with_arguments_of(embedding.embed)
    def embed(self, **arguments: Any) -> npt.NDArray[Any]:
        """Return the vectors of the column's texts or images; see `jsdf.embed`."""
        return embedding.embed(self._series, **arguments)

    @with_arguments_of(trials.compare)
    def compare(self, labels: Any = None, engines: Mapping[str, Any] | None = None, **arguments: Any) -> Comparison:
        """Label the column by several engines, label sets or tasks; see `jsdf.compare`."""
        return trials.compare(self._series, labels, engines, **arguments)

    @with_arguments_of(trials.probe)
    def probe(self, labels: Any, n: int = 64, **arguments: Any) -> BatchEffect:
        """Ask whether labels depend on the neighbours in a request; see `jsdf.probe`."""
        return trials.probe(self._series, labels, n, **arguments)

    @with_arguments_of(viewers.gallery)
    def gallery(self, label: Any = None, **arguments: Any) -> Gallery:
        """Show the column as pages of tiles; see `jsdf.gallery`."""
        return viewers.gallery(self._series, label, **arguments)

    @with_arguments_of(viewers.review)
    def review(self, label: Any, **arguments: Any) -> Review:
        """Check and correct labels, row by row; see `jsdf.review`."""
        return viewers.review(self._series, label, **arguments)


class FrameJigsaw:
    """`df.jigsaw`: label a column of this frame with `classify`; `run` returns details, `plan` estimates the cost."""

    _shown_as = "df.jigsaw"

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    @with_run_arguments
    def classify(self, column: Any, labels: Any, **arguments: Unpack[Arguments]) -> LabelResult:
        """Label a column; see `jsdf.classify`."""
        return functions.classify(select_column(self._frame, column), labels, **arguments)

    @with_run_arguments
    async def aclassify(self, column: Any, labels: Any, **arguments: Unpack[Arguments]) -> LabelResult:
        """Label a column, asynchronously; see `jsdf.aclassify`."""
        return await functions.aclassify(select_column(self._frame, column), labels, **arguments)

    @with_run_arguments
    def run(self, column: Any, labels: Any, **arguments: Unpack[Arguments]) -> Run:
        """Label a column and return labels, statuses, failures, scores and usage; see `jsdf.run`."""
        return functions.run(select_column(self._frame, column), labels, **arguments)

    @with_run_arguments
    def plan(self, column: Any, labels: Any, *, check: bool = False, **arguments: Unpack[Arguments]) -> Plan:
        """Estimate the requests, time and tokens of `run` without sending anything; see `jsdf.plan`."""
        return functions.plan(select_column(self._frame, column), labels, check=check, **arguments)

    @with_arguments_of(embedding.embed)
    def embed(self, column: Any, **arguments: Any) -> npt.NDArray[Any]:
        """Return the vectors of a column's texts or images; see `jsdf.embed`."""
        return embedding.embed(select_column(self._frame, column), **arguments)

    @with_arguments_of(trials.compare)
    def compare(
        self, column: Any, labels: Any = None, engines: Mapping[str, Any] | None = None, **arguments: Any
    ) -> Comparison:
        """Label a column by several engines, label sets or tasks; see `jsdf.compare`."""
        return trials.compare(select_column(self._frame, column), labels, engines, **arguments)

    @with_arguments_of(trials.probe)
    def probe(self, column: Any, labels: Any, n: int = 64, **arguments: Any) -> BatchEffect:
        """Ask whether labels depend on the neighbours in a request; see `jsdf.probe`."""
        return trials.probe(select_column(self._frame, column), labels, n, **arguments)

    @with_arguments_of(viewers.gallery)
    def gallery(self, column: Any, label: Any = None, **arguments: Any) -> Gallery:
        """Show a column as pages of tiles; see `jsdf.gallery`."""
        return viewers.gallery(select_column(self._frame, column), **self._resolve_columns(label=label, **arguments))

    @with_arguments_of(viewers.review)
    def review(self, column: Any, label: Any, **arguments: Any) -> Review:
        """Check and correct the labels of a column, row by row; see `jsdf.review`."""
        return viewers.review(select_column(self._frame, column), **self._resolve_columns(label=label, **arguments))

    @with_arguments_of(evaluation.evaluate)
    def evaluate(self, truth: Any, predicted: Any, **arguments: Any) -> Evaluation:
        """Compare a column of labels with a column of true ones; see `jsdf.evaluate`."""
        from jsdf.evaluation.sides import resolve_side

        sides = resolve_side(self._frame, truth), resolve_side(self._frame, predicted)
        return evaluation.evaluate(*sides, **arguments)

    def _resolve_columns(self, **arguments: Any) -> dict[str, Any]:
        """Replace column names among the arguments by the columns."""
        from jsdf.display.gallery.fields import select_fields
        from jsdf.display.gallery.row_labels import resolve_columns

        names = [name for name in _COLUMN_ARGUMENTS if name in arguments]
        fields = {"columns": select_fields(self._frame, arguments["columns"])} if "columns" in arguments else {}
        return arguments | {name: resolve_columns(self._frame, arguments[name]) for name in names} | fields


def _copy_docstrings(accessor_class: type, first_argument: str) -> None:
    """Replace the methods' docstrings by those of the plain functions, so that `help()` shows every argument.

    Args:
        accessor_class: The class to change.
        first_argument: The line that replaces the functions' line about `series`.
    """
    modules = (
        (functions, ("classify", "aclassify", "run", "plan")),
        (embedding, ("embed",)),
        (trials, ("compare", "probe")),
        (viewers, ("gallery", "review")),
    )
    for module, names in modules:
        for name in names:
            function, method = getattr(module, name), getattr(accessor_class, name)
            method.__doc__ = re.sub(r"    series: Texts or images[^.]*", first_argument, function.__doc__ or "")


_copy_docstrings(SeriesJigsaw, "    self: The column: texts or images")
_copy_docstrings(FrameJigsaw, "    column: The name of a column of texts or images")
FrameJigsaw.evaluate.__doc__ = evaluation.evaluate.__doc__


def register() -> None:
    """Register both accessors; a second call changes nothing and raises no pandas warning."""
    pairs = ((pd.DataFrame, pd.api.extensions.register_dataframe_accessor, FrameJigsaw),
             (pd.Series, pd.api.extensions.register_series_accessor, SeriesJigsaw))  # fmt: skip
    for owner, register_accessor, accessor_class in pairs:
        if getattr(owner, "jigsaw", None) is None:
            cast("Callable[[str], Callable[[type], type]]", register_accessor)("jigsaw")(accessor_class)
