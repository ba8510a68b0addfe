"""Label columns of Dask frames; `import jsdf.dask` registers the accessor `jigsaw` of Dask's DataFrame and Series.

Both methods return lazy collections: building them sends nothing. The workers share one rate limit, and, if
`jsdf.options.store` names one, a store, so that no row is paid for twice.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jsdf.errors import MissingExtraError

try:
    import dask.dataframe as dd
    from dask.dataframe.extensions import register_dataframe_accessor, register_series_accessor
    from distributed import default_client
except ImportError as error:
    raise MissingExtraError(
        f"jsdf.dask needs Dask with its parts dataframe and distributed, of which {error.name} is not installed; run "
        'pip install "jsdf[dask]"'
    ) from None

from jsdf.api.arguments import Arguments, with_run_arguments
from jsdf.column import select_column
from jsdf.config import options
from jsdf.distributed.dask_partition import PartitionTask, detail_partition, label_partition
from jsdf.distributed.progress_hub import ProgressHub, Topic
from jsdf.distributed.results import empty_run, frame_of, labels_of
from jsdf.distributed.settings import CallSettings, check_settings
from jsdf.utils.call_site import user_location

if TYPE_CHECKING:
    from typing_extensions import Unpack

__all__ = ["DaskFrameJigsaw", "DaskSeriesJigsaw"]


class DaskSeriesJigsaw:
    """`series.jigsaw` of a Dask Series: label this column with `classify`; `run` returns details."""

    _shown_as = "series.jigsaw"

    def __init__(self, series: Any) -> None:
        self._series = series

    @with_run_arguments
    def classify(self, labels: Any, *, rate: float | None = None, **arguments: Unpack[Arguments]) -> Any:
        """Label every row of the column, lazily.

        Rows are asked when something is computed, and again each time, unless they are in the store (the default) or
        in memory: `persist()` keeps the labels on the workers. Requests are filled within a partition.

        Args:
            labels: As for `jsdf.classify`.
            rate: Requests a second for the whole cluster. Default None: that of the engine.
            **arguments: As for `jsdf.classify`; `max_requests`, `max_tokens` and `max_cost` cannot be used.
                `kind="auto"` decides for each partition.

        Returns:
            A lazy `category` Series with the index, divisions and name of the column; its categories are the label
            names in the caller's order. With `multiple_labels`, a lazy frame with a `boolean` column per label.

        Raises:
            InvalidLabelsError: The labels cannot be used.
            InvalidInputError: The column, an argument or `jsdf.options.store` cannot be used.
            MissingKeyError: There is neither an API key nor the local engine. All of these at once; the following when
                something is computed.
            ClassificationError: With `errors="raise"`, rows of a partition failed or were answered outside the labels;
                raised once the partition is labelled.
            APIError: The service accepts no further requests.
        """
        settings = _settings(self._series, labels, rate, arguments)
        task = _task(self._series, settings, arguments)
        meta = labels_of(empty_run(self._series._meta, settings), settings)
        return self._series.map_partitions(label_partition, task, meta=meta, transform_divisions=False)

    @with_run_arguments
    def run(self, labels: Any, *, prefix: str = "", rate: float | None = None, **arguments: Unpack[Arguments]) -> Any:
        """Label every row, lazily, and return everything about each; failed rows raise no error.

        Args:
            labels: As for `jsdf.classify`.
            prefix: Text before the name of each label's column, with `multiple_labels`. Default "".
            rate: As for `classify`.
            **arguments: As for `classify`.

        Returns:
            A lazy frame with the columns of `Run.to_frame`: `label`, or a `boolean` column per label; `status`,
            `score`, `source`, `reason`.

        Raises:
            JSDFError: As for `classify`, except `ClassificationError`; a label has the name of another column.
        """
        settings = _settings(self._series, labels, rate, arguments)
        meta = frame_of(empty_run(self._series._meta, settings), settings, prefix)
        task = _task(self._series, settings, arguments, prefix)
        return self._series.map_partitions(detail_partition, task, meta=meta, transform_divisions=False)


class DaskFrameJigsaw:
    """`ddf.jigsaw` of a Dask DataFrame: label a column with `classify`; `run` returns details."""

    _shown_as = "ddf.jigsaw"

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def _column(self, name: Any) -> DaskSeriesJigsaw:
        select_column(self._frame._meta, name)
        return DaskSeriesJigsaw(self._frame[name])

    @with_run_arguments
    def classify(self, column: Any, labels: Any, *, rate: float | None = None, **arguments: Unpack[Arguments]) -> Any:
        """Label a column, lazily; see `DaskSeriesJigsaw.classify`."""
        return self._column(column).classify(labels, rate=rate, **arguments)

    @with_run_arguments
    def run(
        self,
        column: Any,
        labels: Any,
        *,
        prefix: str = "",
        rate: float | None = None,
        **arguments: Unpack[Arguments],
    ) -> Any:
        """Label a column, lazily, and return everything about each row; see `DaskSeriesJigsaw.run`."""
        return self._column(column).run(labels, prefix=prefix, rate=rate, **arguments)


def _settings(series: Any, labels: Any, rate: float | None, arguments: Arguments) -> CallSettings:
    return check_settings(series.name, series.dtype, labels, rate, arguments)


def _task(series: Any, settings: CallSettings, arguments: Arguments, prefix: str = "") -> PartitionTask:
    """Return the task of each partition; its reports reach the client that is the default one now."""
    progress = arguments.get("progress")
    hub = ProgressHub(
        options.progress if progress is None else progress, settings.engine.name, series.npartitions, user_location()
    )
    topic = Topic(hub)
    with suppress(ValueError):  # there is no client
        default_client().subscribe_topic(topic.name, topic.handle)
    return PartitionTask(settings, topic, prefix)


def register() -> None:
    """Register both accessors; a second call changes nothing."""
    if getattr(dd.DataFrame, "jigsaw", None) is None:
        register_dataframe_accessor("jigsaw")(DaskFrameJigsaw)
    if getattr(dd.Series, "jigsaw", None) is None:
        register_series_accessor("jigsaw")(DaskSeriesJigsaw)


register()
