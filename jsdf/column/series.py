"""Read a column in any form that pandas can make a Series of: lists, arrays, an index, Arrow arrays, polars Series."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator, KeysView, Mapping, Sequence, Set, ValuesView
from typing import Any

import numpy as np
import pandas as pd

from jsdf.column.cells import is_array_like, is_image, is_image_struct, to_array
from jsdf.errors import InvalidInputError

_SINGLE = (str, bytes, bytearray, memoryview)
_ADVICE = "pass a Series, or a list of texts or images"
#: Advice on a frame or a column of Spark.
SPARK_ADVICE = "call jsdf.spark.classify(sdf, column, labels)"


def to_series(values: Any, name: str = "series") -> pd.Series[Any]:
    """Return a column as a pandas Series.

    Args:
        values: A Series, which is returned as it is; or a list, a tuple, a dict, which gives the index, a range, an
            iterator, a one-dimensional array, an `Index`, an Arrow array or chunked array, or a polars Series.
        name: Name of the argument, for messages.

    Raises:
        InvalidInputError: The object is no column; the message names its full type and what to pass instead.
    """
    if isinstance(values, pd.Series):
        return values
    for read in (_from_pandas, _from_other_library, _from_array, _from_python):
        series: pd.Series[Any] | None = read(values)
        if series is not None:
            return series
    raise InvalidInputError(f"{name} is of type {full_type(values)}, not a column; {_advice(values)}")


def conversion_code(values: Any) -> str:
    """Return code that makes of `series` the Series that `to_series` returns; "" for a Series."""
    if isinstance(values, pd.Series):
        return ""
    method = next((name for name in ("to_list", "to_pylist") if hasattr(values, name)), None)
    return f"pd.Series(series.{method}())" if method else "pd.Series(series)"


def full_type(value: Any) -> str:
    """Return the name of an object's type with its module, as in `"polars.DataFrame"`; of a built-in one its name."""
    cls = type(value)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def _from_pandas(values: Any) -> Any:
    if isinstance(values, pd.Index) and not isinstance(values, pd.MultiIndex):
        return pd.Series(values, name=values.name)
    if isinstance(values, pd.api.extensions.ExtensionArray):
        return pd.Series(values)
    return None


def _from_other_library(values: Any) -> Any:
    polars, arrow = sys.modules.get("polars"), sys.modules.get("pyarrow")  # there are no such objects otherwise
    if polars is not None and isinstance(values, polars.Series):
        return pd.Series(values.to_list(), dtype=object, name=values.name or None)
    if arrow is not None and isinstance(values, (arrow.Array, arrow.ChunkedArray)):
        if arrow.types.is_string(values.type) or arrow.types.is_large_string(values.type):
            return pd.Series(pd.arrays.ArrowExtensionArray(values))
        return pd.Series(values.to_pylist(), dtype=object)
    return None


def _from_array(values: Any) -> Any:
    is_other = isinstance(values, (pd.DataFrame, pd.MultiIndex)) or is_lazy(values)
    array = None if is_other else to_array(values)
    if array is None or array.ndim != 1 or array.dtype.names is not None:
        return None
    if isinstance(values, np.ma.MaskedArray):
        array = array.astype(object)
        array[np.ma.getmaskarray(values)] = None
    return pd.Series(array.astype(object) if array.dtype.kind == "U" else array)


def _from_python(values: Any) -> Any:
    if isinstance(values, dict) and not is_image_struct(values):
        return pd.Series(values, dtype=object)
    is_sequence = isinstance(values, (Sequence, deque, KeysView, ValuesView)) and not isinstance(values, _SINGLE)
    if is_sequence or (isinstance(values, Iterator) and not hasattr(values, "read")):
        # As objects: pandas 3 cannot infer a dtype for texts with surrogates.
        return pd.Series(list(values), dtype=object)
    return None


def is_of_spark(values: Any) -> bool:
    """Return True for a frame or a column of Spark."""
    return type(values).__module__.startswith("pyspark.sql.")


def is_lazy(values: Any) -> bool:
    """Return True for a column or table of Dask, polars or Spark that has not been computed."""
    if is_of_spark(values):
        return True
    graph = getattr(values, "__dask_graph__", None)
    return hasattr(values, "collect") or (graph is not None and graph() is not None)


def _advice(values: Any) -> str:
    """Return what to pass instead of an object that is no column."""
    for applies, advice in _CASES:
        if applies(values):
            return advice(values)
    return _ADVICE


def _column_names(values: Any) -> list[Any]:
    names = getattr(values, "column_names", None)
    return list(names if names is not None else values.columns)


def _advise_frame(values: Any) -> str:
    names = _column_names(values)
    if not names:
        return "it has no columns; pass one with a column of texts or images"
    method = ", or call df.jigsaw.classify(column, labels)" if isinstance(values, pd.DataFrame) else ""
    return f"pass one of its columns, as in df[{names[0]!r}]{method}"


def _advise_lazy(values: Any) -> str:
    package, _, kind = type(values).__module__.partition(".")
    if package != "dask":
        return f"pass what its .{'collect' if hasattr(values, 'collect') else 'compute'}() returns"
    advice = "pass what its .compute() returns"
    if hasattr(type(values), "map_partitions") and kind.startswith("dataframe") and type(values).__name__ != "Index":
        arguments = "column, labels" if hasattr(type(values), "assign") else "labels"
        return f"import jsdf.dask and call its .jigsaw.classify({arguments}), or {advice}"
    return f"{advice}, or make a Dask DataFrame of it, import jsdf.dask and call its .jigsaw.classify(column, labels)"


def _advise_array(values: Any) -> str:
    shape, fields = tuple(np.shape(values)), getattr(getattr(values, "dtype", None), "names", None)
    if fields:
        return f"pass one of its fields, as in array[{fields[0]!r}]"
    if len(shape) == 0:
        return f"it has no rows; {_ADVICE}"
    if len(shape) == 2:
        return f"its shape is {shape}; pass one column, as in array[:, 0], or [array] if it is one image"
    return f"its shape is {shape}; pass list(array) if it holds several images, or [array] if it is one"


#: Kinds of objects that are no columns, and what to pass instead.
_CASES: tuple[tuple[Callable[[Any], object], Callable[[Any], str]], ...] = (
    (is_of_spark, lambda _: SPARK_ADVICE),
    (lambda v: isinstance(v, pd.MultiIndex), lambda _: "pass one level, as in index.get_level_values(0)"),
    (is_lazy, _advise_lazy),
    (lambda v: hasattr(v, "columns") or hasattr(v, "column_names"), _advise_frame),
    (lambda v: hasattr(v, "to_pandas"), lambda _: "pass what its .to_pandas() returns"),
    (
        lambda v: hasattr(v, "read"),
        lambda _: "pass file.read().splitlines() for its lines, or [file.read()] for the whole",
    ),
    (is_array_like, _advise_array),
    (lambda v: isinstance(v, Set), lambda _: "a set has no order; pass sorted(values), or a list"),
    (
        lambda v: isinstance(v, (str, memoryview, Mapping)) or is_image(v) or is_image_struct(v),
        lambda _: "pass a list, as in [value], for a single value",
    ),
)
