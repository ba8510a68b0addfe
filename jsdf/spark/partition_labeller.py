"""Label the Arrow batches of one partition on an executor."""

from __future__ import annotations

import sys
import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from jsdf.api.stream_summary import FailureWords
from jsdf.api.stream_windows import WindowReader
from jsdf.api.streaming import LabelledFrames
from jsdf.api.validation import CheckedCall
from jsdf.distributed.attempt_turns import AttemptTurns
from jsdf.errors import JSDFError

if TYPE_CHECKING:
    from pyarrow import Array, RecordBatch

    from jsdf.distributed.settings import CallSettings

_RAISED, _COERCED = (
    FailureWords(" of a partition", advice)
    for advice in (
        "all other rows of the partition are labelled, and in the store if there is one. Repeat the action to ask for "
        "those alone, or pass errors='coerce' for null",
        "they are null, and all other rows of the partition are labelled",
    )
)
#: Name of the new column of statuses; those of labels are their positions. None of them is the name of a Spark column.
_STATUS = -1


@dataclass(frozen=True)
class PartitionLabeller:
    """Function that Spark calls with the batches of each partition; its pickle holds no key and no password.

    Attributes:
        settings: The settings of the call; the rate of the engine is that of one partition.
        position: Position of the column to label.
        name: Name of that column, for messages.
        per_label: True for a boolean column per label.
        with_status: True for a column of statuses.
        call_id: Name of the call, whose attempts at one partition take turns.
    """

    settings: CallSettings
    position: int
    name: str
    per_label: bool
    with_status: bool
    call_id: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def new_types(self) -> list[str]:
        """Types of the new columns: `"string"`, `"array"` or `"boolean"`."""
        label = "array" if self.settings.multiple else "string"
        labels = ["boolean"] * len(self.settings.names) if self.per_label else [label]
        return [*labels, *(["string"] if self.with_status else [])]

    def __call__(self, batches: Iterator[RecordBatch]) -> Iterator[RecordBatch]:
        """Yield the batches with the new columns, in order; requests are filled across batches.

        Raises:
            ClassificationError: With `errors="raise"`, after the last batch, if rows have no label.
            JSDFError: The values or the settings of this process cannot be used, or the service refuses all requests.
        """
        import pyarrow as pa

        waiting: deque[RecordBatch] = deque()

        def frames() -> Iterator[pd.DataFrame]:
            for batch in batches:
                waiting.append(batch)
                values = pd.Series(batch.column(self.position).to_pylist(), dtype=object)
                yield values.to_frame(self.name)

        try:
            for frame in self._labelled(frames()):
                batch = waiting.popleft()
                added = self._new_arrays(frame)
                names = [str(i) for i in range(batch.num_columns + len(added))]
                yield pa.RecordBatch.from_arrays([*batch.columns, *added], names=names)
        except JSDFError as error:
            error.run = None
            raise error.with_traceback(None) from None

    def _labelled(self, frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        settings = self.settings
        job = settings.make_job(pd.Series([], dtype=object, name=self.name))
        columns = list(range(len(settings.names) if settings.multiple else 1))
        status = _STATUS if self.with_status else None
        reader = WindowReader(frames, self.name, [], job, settings.kind)
        call = CheckedCall(job, settings.errors, progress=False)
        words = _RAISED if settings.errors == "raise" else _COERCED
        if settings.store is None:
            return iter(LabelledFrames(reader, call, columns, status, words=words))
        lock = settings.store.lock(f"{self.call_id}-{_partition_number()}")
        turn = None if lock is None else AttemptTurns(lock)
        open_store = settings.store.open
        return iter(LabelledFrames(reader, call, columns, status, open_store=open_store, turn=turn, words=words))

    def _new_arrays(self, frame: pd.DataFrame) -> list[Array]:
        """Return the new columns of a labelled frame as Arrow arrays."""
        import pyarrow as pa

        status = [_to_strings(frame[_STATUS])] if self.with_status else []
        if not self.settings.multiple:
            return [_to_strings(frame[0]), *status]
        columns = [frame[i] for i in range(len(self.settings.names))]
        if self.per_label:
            return [*(pa.array(column.array, pa.bool_()) for column in columns), *status]
        return [pa.array(_to_lists(columns, self.settings.names), pa.list_(pa.string())), *status]


def _partition_number() -> int:
    """Return the number of the partition that this task labels; 0 outside a task."""
    pyspark = sys.modules.get("pyspark")  # there is no task otherwise
    context = None if pyspark is None else pyspark.TaskContext.get()
    return 0 if context is None else context.partitionId()


def _to_strings(column: pd.Series[Any]) -> Array:
    import pyarrow as pa

    names = np.array([*column.cat.categories, None], dtype=object)  # the code -1 picks the last entry
    return pa.array(names[column.cat.codes.to_numpy()], pa.string())


def _to_lists(columns: list[pd.Series[Any]], names: list[str]) -> list[list[str] | None]:
    """Return the names of the labels of each row; None for a row without an answer."""
    chosen = np.column_stack([column.to_numpy(bool, na_value=False) for column in columns])
    is_missing = columns[0].isna().to_numpy()
    rows = (None if lost else np.flatnonzero(row) for lost, row in zip(is_missing, chosen, strict=True))
    return [None if row is None else [names[i] for i in row] for row in rows]
