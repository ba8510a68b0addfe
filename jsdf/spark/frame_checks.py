"""Check a Spark DataFrame, its column and the names of the new columns before anything is planned."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.column.series import full_type
from jsdf.errors import InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from jsdf.distributed.settings import CallSettings


def check_frame(sdf: Any) -> None:
    """Check that it is a DataFrame of Spark whose rows can be labelled.

    Raises:
        MissingExtraError: pyspark is not installed.
        InvalidInputError: It is another frame, or a streaming one; the message says what to do.
    """
    if importlib.util.find_spec("pyspark") is None:
        raise MissingExtraError('Spark is not installed; run pip install "jsdf[spark]"')
    # By name: the class of Spark Connect cannot be imported where its packages are missing.
    if not any(c.__name__ == "DataFrame" and c.__module__.startswith("pyspark.sql.") for c in type(sdf).__mro__):
        raise InvalidInputError(f"sdf is of type {full_type(sdf)}, not a Spark DataFrame; {_advise(sdf)}")
    if sdf.isStreaming:
        raise InvalidInputError(
            "sdf is a streaming DataFrame, which is never complete; label each batch, as in "
            "sdf.writeStream.foreachBatch(lambda batch, _: jsdf.spark.classify(batch, column, labels).write...)"
        )


def _advise(value: Any) -> str:
    module = type(value).__module__
    if module.startswith("pyspark.pandas."):
        return "pass what its .to_spark() returns"
    if module.startswith("pyspark."):
        return "pass the DataFrame and the name of its column, as in jsdf.spark.classify(sdf, 'text', labels)"
    if isinstance(value, pd.DataFrame):
        return "call df.jigsaw.classify(column, labels), or pass spark.createDataFrame(df)"
    return "pass a DataFrame, as spark.read returns"


def column_position(sdf: DataFrame, column: Any) -> tuple[int, bool]:
    """Return the position of a column, and True if it is binary.

    Raises:
        InvalidInputError: There is no column of this name or more than one, or it holds neither texts nor images.
    """
    fields = sdf.schema.fields
    names = [field.name for field in fields]
    if not isinstance(column, str):
        raise InvalidInputError(
            f"column={column!r}: pass the name of a column, as in {names[0] if names else 'text'!r}"
        )
    found = [i for i, name in enumerate(names) if name == column]
    if not found and not _is_case_sensitive(sdf):
        found = [i for i, name in enumerate(names) if name.lower() == column.lower()]
    if not found:
        raise InvalidInputError(f"column={column!r} is not in the DataFrame; it has {', '.join(map(repr, names))}")
    if len(found) > 1:
        raise InvalidInputError(f"column={column!r} names {len(found)} columns of the DataFrame; rename all but one")
    kind = fields[found[0]].dataType.typeName()
    if kind not in ("string", "binary"):
        raise InvalidInputError(
            f"column {column!r} is of type {fields[found[0]].dataType.simpleString()}, which holds neither texts nor "
            "images; pass a string or binary column, or convert it with .cast('string')"
        )
    return found[0], kind == "binary"


def check_new_names(sdf: DataFrame, settings: CallSettings, into: Any, status_into: Any) -> list[str]:
    """Return the names of the new columns.

    Raises:
        InvalidInputError: A name is none, is taken, or is given twice.
    """
    for argument, name in (("into", into), ("status_into", status_into)):
        if name is not None and not (isinstance(name, str) and name):
            raise InvalidInputError(f"{argument}={name!r}: pass the name of the new column")
    if into is None and not settings.multiple:
        raise InvalidInputError("into=None gives a column per label, which needs multiple_labels=True; pass a name")
    new_names = [*(settings.names if into is None else [into]), *([] if status_into is None else [status_into])]
    fold = str if _is_case_sensitive(sdf) else str.lower
    taken = {fold(name): name for name in sdf.columns}
    for name in new_names:
        if fold(name) in taken:
            advice = "pass into= for one column with all labels, or rename it" if into is None else "pass another name"
            raise InvalidInputError(
                f"the DataFrame has a column {taken[fold(name)]!r} already, so none can be named {name!r}; {advice}"
            )
    labels = {fold(name) for name in new_names[: len(new_names) - (status_into is not None)]}
    if status_into is not None and fold(status_into) in labels:
        raise InvalidInputError(f"status_into={status_into!r} is a column of labels; pass another name")
    twice = len(labels) < len(new_names) - (status_into is not None)
    if twice:
        raise InvalidInputError(
            "the labels differ only in case, and so would the names of their columns; pass into= for one column with "
            "all labels"
        )
    return new_names


def _is_case_sensitive(sdf: DataFrame) -> bool:
    return str(sdf.sparkSession.conf.get("spark.sql.caseSensitive", "false")).lower() == "true"
