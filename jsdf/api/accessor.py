"""The pandas face: `df.jigsaw` and `series.jigsaw`. Neither holds state: pandas 3 makes them anew at each access."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, cast

import pandas as pd

from jsdf.api import functions, viewers
from jsdf.api.arguments import Arguments, with_run_arguments
from jsdf.column import select_column
from jsdf.results.answers import LabelResult
from jsdf.utils.call_site import short_traceback

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Unpack

    from jsdf.display.gallery import Gallery
    from jsdf.display.review import Review
    from jsdf.results.run import Plan, Run


#: Arguments of `gallery` and `review` that may name columns of the frame.
_COLUMN_ARGUMENTS = ("label", "scores", "against")


class SeriesJigsaw:
    """`series.jigsaw`: label this column with `classify`; `run` and `plan` tell more."""

    def __init__(self, series: pd.Series[Any]) -> None:
        self._series = series

    @with_run_arguments
    def classify(self, labels: Any, **arguments: Unpack[Arguments]) -> LabelResult:
        """Label every row; see `jsdf.classify`."""
        return functions.classify(self._series, labels, **arguments)

    @with_run_arguments
    async def aclassify(self, labels: Any, **arguments: Unpack[Arguments]) -> LabelResult:
        """The awaitable twin of `classify`; see `jsdf.aclassify`."""
        return await functions.aclassify(self._series, labels, **arguments)

    @with_run_arguments
    def run(self, labels: Any, **arguments: Unpack[Arguments]) -> Run:
        """Label every row and return all that is known; see `jsdf.run`."""
        return functions.run(self._series, labels, **arguments)

    @with_run_arguments
    def plan(self, labels: Any, *, check: bool = False, **arguments: Unpack[Arguments]) -> Plan:
        """What `run` would do and cost; sends nothing; see `jsdf.plan`."""
        return functions.plan(self._series, labels, check=check, **arguments)

    @short_traceback
    def gallery(self, label: Any = None, **arguments: Any) -> Gallery:
        """Look through the column as tiles; see `jsdf.gallery`."""
        return viewers.gallery(self._series, label, **arguments)

    @short_traceback
    def review(self, label: Any, **arguments: Any) -> Review:
        """Look through labels and put them right; see `jsdf.review`."""
        return viewers.review(self._series, label, **arguments)


class FrameJigsaw:
    """`df.jigsaw`: label a column of this frame with `classify`; `run` and `plan` tell more."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    @with_run_arguments
    def classify(self, column: Any, labels: Any, **arguments: Unpack[Arguments]) -> LabelResult:
        """Label a column; see `jsdf.classify`."""
        return functions.classify(select_column(self._frame, column), labels, **arguments)

    @with_run_arguments
    async def aclassify(self, column: Any, labels: Any, **arguments: Unpack[Arguments]) -> LabelResult:
        """The awaitable twin of `classify`; see `jsdf.aclassify`."""
        return await functions.aclassify(select_column(self._frame, column), labels, **arguments)

    @with_run_arguments
    def run(self, column: Any, labels: Any, **arguments: Unpack[Arguments]) -> Run:
        """Label a column and return all that is known; see `jsdf.run`."""
        return functions.run(select_column(self._frame, column), labels, **arguments)

    @with_run_arguments
    def plan(self, column: Any, labels: Any, *, check: bool = False, **arguments: Unpack[Arguments]) -> Plan:
        """What `run` would do and cost; sends nothing; see `jsdf.plan`."""
        return functions.plan(select_column(self._frame, column), labels, check=check, **arguments)

    @short_traceback
    def gallery(self, column: Any, label: Any = None, **arguments: Any) -> Gallery:
        """Look through a column as tiles; see `jsdf.gallery`."""
        return viewers.gallery(select_column(self._frame, column), **self._resolve_columns(label=label, **arguments))

    @short_traceback
    def review(self, column: Any, label: Any, **arguments: Any) -> Review:
        """Look through the labels of a column and put them right; see `jsdf.review`."""
        return viewers.review(select_column(self._frame, column), **self._resolve_columns(label=label, **arguments))

    def _resolve_columns(self, **arguments: Any) -> dict[str, Any]:
        """The arguments with the columns in place of their names."""
        from jsdf.display.gallery.row_labels import resolve_columns

        of = {name: resolve_columns(self._frame, arguments[name]) for name in _COLUMN_ARGUMENTS if name in arguments}
        return arguments | of


def _copy_docstrings(accessor_class: type, series: str) -> None:
    """Give the methods the whole text of the functions they stand for, since that is where help is asked for."""
    for module, names in ((functions, ("classify", "aclassify", "run", "plan")), (viewers, ("gallery", "review"))):
        for name in names:
            function, method = getattr(module, name), getattr(accessor_class, name)
            method.__doc__ = (function.__doc__ or "").replace("    series: Texts or images", series)
            if module is viewers:  # the others show their arguments already
                _, *options = inspect.signature(function).parameters.values()
                own = [p for p in inspect.signature(method).parameters.values() if p.kind is not p.VAR_KEYWORD]
                more = [p for p in options if p.kind is p.KEYWORD_ONLY]
                method.__signature__ = inspect.Signature([*own, *more])


_copy_docstrings(SeriesJigsaw, "    self: The column: texts or images")
_copy_docstrings(FrameJigsaw, "    column: The name of a column of texts or images")


def register() -> None:
    """Register both accessors; doing it again is harmless and says nothing."""
    pairs = ((pd.DataFrame, pd.api.extensions.register_dataframe_accessor, FrameJigsaw),
             (pd.Series, pd.api.extensions.register_series_accessor, SeriesJigsaw))  # fmt: skip
    for owner, register_one, accessor_class in pairs:
        if getattr(owner, "jigsaw", None) is None:
            cast("Callable[[str], Callable[[type], type]]", register_one)("jigsaw")(accessor_class)
