"""Label frames as they come, in memory that does not grow with their number."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.api.arguments import Arguments
from jsdf.api.confirmation import refuse_unconfirmed
from jsdf.api.stream_summary import FailureWords, StreamSummary
from jsdf.api.stream_windows import WindowReader, frames_of
from jsdf.api.validation import check_call
from jsdf.api.window_runs import WindowRuns
from jsdf.engines.cascade import refuse_unfitted
from jsdf.errors import InvalidInputError
from jsdf.runner.streams.stream import Stream

if TYPE_CHECKING:
    from jsdf.api.validation import CheckedCall
    from jsdf.results.run import Run
    from jsdf.runner.streams.stream import Turn
    from jsdf.store.base import AnswerStore


def label_frames(
    frames: Any, column: Any, labels: Any, into: str | None, status_into: str | None, arguments: Arguments
) -> Iterator[pd.DataFrame]:
    """Check the arguments of `classify_batches`, and return an iterator over the labelled frames.

    Raises:
        JSDFError: An argument cannot be used; nothing was read or sent.
    """
    source = frames_of(frames)
    call = check_call(pd.Series([], dtype=object), labels, **arguments)
    refuse_unfitted(call.job.engine)
    refuse_unconfirmed(
        call.job, "the number of rows is not known before; pass max_requests=... or max_cost=... to go on"
    )
    names = list(call.job.labels.names)
    if call.job.multiple and into is not None:
        raise InvalidInputError(f"into={into!r} names one column, but multiple_labels=True adds one per label; drop it")
    new_columns = names if call.job.multiple else [into or "label"]
    if status_into is not None and status_into in new_columns:
        raise InvalidInputError(f"status_into={status_into!r} is a column of labels; pass another name")
    added = [*new_columns, *([] if status_into is None else [status_into])]
    reader = WindowReader(source, column, added, call.job, arguments.get("kind", "auto"))
    return iter(LabelledFrames(reader, call, new_columns, status_into))


class LabelledFrames:
    """The frames of a source with their labels, in order; can be iterated once.

    Args:
        reader: Reads the source.
        call: The checked arguments.
        new_columns: The names of the columns of labels.
        status_into: The name of the column of statuses; None for none.
        open_store: Opens the store, if the call uses one; None for that of the settings.
        turn: As for `Stream`.
        words: Parts of the message for rows without a label.
    """

    def __init__(
        self,
        reader: WindowReader,
        call: CheckedCall,
        new_columns: Sequence[Hashable],
        status_into: Hashable | None,
        *,
        open_store: Callable[[], AnswerStore] | None = None,
        turn: Turn | None = None,
        words: FailureWords = FailureWords(),  # noqa: B008 - cannot be changed
    ) -> None:
        self._call, self._new_columns, self._status_into = call, new_columns, status_into
        self._summary = StreamSummary(words)
        self._runs = WindowRuns(reader, Stream(self._summary.add, open_store, turn), call.progress)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        try:
            with closing(iter(self._runs)) as runs:
                for frames, run in runs:
                    yield from self._labelled(frames, run)
        finally:
            self._summary.warn_of_problems()
        self._summary.raise_failures(self._call.errors)

    def _labelled(self, frames: list[pd.DataFrame], run: Run) -> Iterator[pd.DataFrame]:
        """Yield the frames of a window with their labels."""
        columns = self._columns(run)
        start = 0
        for frame in frames:
            end = start + len(frame)
            labelled = frame.copy(deep=False)
            for name, values in columns.items():
                labelled[name] = values[start:end]
            yield labelled
            start = end

    def _columns(self, run: Run) -> dict[Hashable, Any]:
        """Return the new columns of a window; their dtypes do not depend on its rows."""
        labels = run.labels
        if isinstance(labels, pd.DataFrame):
            arrays = [labels.iloc[:, i].astype("boolean").array for i in range(len(self._new_columns))]
            columns: dict[Hashable, Any] = dict(zip(self._new_columns, arrays, strict=True))
        else:
            columns = {self._new_columns[0]: labels.array}
        return columns if self._status_into is None else {**columns, self._status_into: run.status.array}
