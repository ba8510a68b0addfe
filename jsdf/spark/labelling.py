"""Plan the labelling of a Spark DataFrame; nothing is sent before an action."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from jsdf.api.arguments import with_arguments_as
from jsdf.distributed.settings import check_settings, with_attributes
from jsdf.errors import InvalidInputError, MissingKeyError
from jsdf.spark.frame_checks import check_frame, check_new_names, column_position
from jsdf.spark.partition_labeller import PartitionLabeller
from jsdf.spark.task_slots import worker_count

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from jsdf.distributed.settings import CallSettings


@with_arguments_as("jsdf.spark.classify")
def classify(
    sdf: DataFrame,
    column: str,
    labels: Any,
    *,
    into: str | None = "label",
    status_into: str | None = None,
    rate: float | None = None,
    workers: int | None = None,
    multiple_labels: bool = False,
    task: str | None = None,
    kind: str = "auto",
    engine: Any = None,
    errors: Literal["raise", "coerce"] = "raise",
    cache: bool = True,
    strict: bool = False,
    repeats: int = 1,
    examples: Any = None,
) -> DataFrame:
    """Label a column of a Spark DataFrame, on Spark Connect too; lazily: every action labels the rows that it needs.

    A second action asks the store for what the first one paid for, so a store that all executors share is advised:
    `jsdf.options.store`. Without one, call `persist()` on the result before several actions. The executors need jsdf
    and, for the hosted service, `JIGSAWSTACK_API_KEY` in their environment: the key is in no plan.

    Args:
        sdf: A DataFrame of Spark or of Spark Connect, not a streaming one.
        column: The name of a string column of texts or image addresses, or of a binary column of images.
        labels: As for `jsdf.classify`.
        into: The name of the new column. Default `"label"`. None, with `multiple_labels`, for a boolean column per
            label, named after it.
        status_into: The name of a new column with the status of each row: `answered`, `missing`, `unknown` or
            `failed`. Default None: there is none.
        rate: Requests a second of all partitions together, which each partition has an equal part of. Default None:
            the rate of the engine, 50 for the hosted one.
        workers: Number of partitions. Choose no more than the tasks that the cluster runs at a time, since a partition
            that waits leaves its part of the rate unused. Default None: the number of those tasks where the settings
            of Spark tell it, else 4; at most 4 for an engine with a rate.
        multiple_labels: True if a row may have any number of labels. Default False.
        task: As for `jsdf.classify`.
        kind: As for `jsdf.classify`; each partition decides by its own values.
        engine: As for `jsdf.classify`.
        errors: `"raise"`, the default, fails the task of a partition in which rows have no label, after all its other
            rows are labelled and stored; Spark may repeat the task and so ask for those rows again. `"coerce"` gives
            null.
        cache: As for `jsdf.classify`.
        strict: As for `jsdf.classify`.
        repeats: As for `jsdf.classify`.
        examples: As for `jsdf.classify`.

    Returns:
        A DataFrame with the rows and columns of `sdf`, in `workers` partitions, and the new columns: `string`,
        `array<string>` with `multiple_labels`, or `boolean` with `into=None`; null without an answer.

    Raises:
        InvalidLabelsError: The labels cannot be used. Nothing was sent.
        InvalidInputError: The DataFrame, the column, an argument or `jsdf.options.store` cannot be used.
        MissingKeyError: There is neither an API key nor the local engine.
        MissingExtraError: pyspark is not installed.
    """
    check_frame(sdf)
    position, is_binary = column_position(sdf, column)
    if is_binary and kind == "text":
        raise InvalidInputError(
            f"column {column!r} is of type binary, which holds images, but kind='text'; decode it first, as in "
            f"sdf.withColumn({column!r}, F.decode({column!r}, 'utf-8')), or drop kind="
        )
    settings = check_settings(
        column,
        object,
        labels,
        rate,
        {
            "multiple_labels": multiple_labels,
            "task": task,
            "kind": "image" if is_binary and kind == "auto" else kind,
            "engine": engine,
            "errors": errors,
            "cache": cache,
            "strict": strict,
            "repeats": repeats,
            "examples": examples,
        },
    )
    new_names = check_new_names(sdf, settings, into, status_into)
    count = worker_count(sdf, workers, has_rate=settings.engine.rate is not None)
    labeller = PartitionLabeller(
        replace(settings, kind=kind, engine=_with_part_of_rate(settings, count)),
        position,
        column,
        per_label=into is None,
        with_status=status_into is not None,
    )
    _check_travels(labeller)
    return _label(sdf, labeller, count, new_names)


def _with_part_of_rate(settings: CallSettings, workers: int) -> Any:
    engine = settings.engine
    return engine if engine.rate is None else with_attributes(engine, rate=engine.rate / workers)


def _check_travels(labeller: PartitionLabeller) -> None:
    """Check that the engine reaches the executors whole, the key apart, which they have in their environment."""
    from pyspark import cloudpickle

    try:
        arrived = cloudpickle.loads(cloudpickle.dumps(labeller)).settings.engine
    except Exception as error:  # noqa: BLE001 - of any class, from the engine
        raise InvalidInputError(
            f"engine={labeller.settings.engine.name!r} cannot be sent to executors ({type(error).__name__}: {error}); "
            "pass one that can be pickled"
        ) from None
    with suppress(MissingKeyError):
        getattr(arrived, "check_configuration", lambda: None)()


def _label(sdf: DataFrame, labeller: PartitionLabeller, workers: int, new_names: list[str]) -> DataFrame:
    """Return the labelled DataFrame.

    Arrow batches rather than pandas frames, so that the other columns pass as they are: as pandas columns integers with
    nulls would become floats, and old dates would raise errors.
    """
    from pyspark.sql.types import ArrayType, BooleanType, StringType, StructField, StructType

    types = {"string": StringType(), "array": ArrayType(StringType()), "boolean": BooleanType()}
    added = [StructField(name, types[t]) for name, t in zip(new_names, labeller.new_types, strict=True)]
    schema = StructType([*sdf.schema.fields, *added])  # a new one: `add` would change that of `sdf`
    # Spark looks columns up by name on the way to Python, which fails for duplicates and names with dots.
    renamed = sdf.toDF(*(f"c{i}" for i in range(len(sdf.schema.fields))))
    return renamed.repartition(workers).mapInArrow(labeller, schema)
