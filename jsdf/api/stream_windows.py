"""Gather the frames of a source into windows, each of which is one job."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from jsdf.api.example_input.example_checks import check_example_kind
from jsdf.api.validation import check_kind
from jsdf.column import encode, select_column
from jsdf.column.series import SPARK_ADVICE, full_type, is_lazy, is_of_spark
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import pluralize

if TYPE_CHECKING:
    from jsdf.results.run import Run
    from jsdf.runner import Job

#: Requests of values not met before that a window is meant to have, and the rows that it may have at most.
WINDOW_REQUESTS, MAX_WINDOW_ROWS = 100, 200_000
#: Seconds after which a window is labelled although it is not full, so that a slow source has its answers soon.
MAX_WINDOW_SECONDS = 1.0


class Part(NamedTuple):
    """Frames of the source, and the job that labels them together."""

    frames: list[pd.DataFrame]
    job: Job


class WindowReader:
    """Reads frames, and gathers them into windows of so many rows that most requests are full.

    Args:
        frames: The source.
        column: The name of the column to label.
        new_columns: The names of the columns that are added.
        job: A job of an empty column.
        kind: `"text"`, `"image"` or `"auto"`; the first window that holds a value decides for all.
        clock: Returns monotonic seconds.
        max_frames: Frames that a window may have at most; None for no limit.
    """

    def __init__(
        self,
        frames: Iterator[Any],
        column: Any,
        new_columns: Sequence[str],
        job: Job,
        kind: str,
        clock: Callable[[], float] = time.monotonic,
        max_frames: int | None = None,
    ) -> None:
        self._max_frames = max_frames
        self._frames, self._column, self._new_columns = frames, column, new_columns
        self._job, self._kind, self._clock = job, kind, clock
        self._rows = WINDOW_REQUESTS * job.engine.batch_size
        self._read = 0

    def observe(self, run: Run) -> None:
        """Learn from a window how many of its rows had to be sent, to choose the size of the next ones."""
        samples = WINDOW_REQUESTS * self._job.engine.batch_size
        share = max(run.usage.rows_sent, 1) / max(len(run), 1)
        self._rows = min(MAX_WINDOW_ROWS, max(samples, int(samples / share)))

    def __iter__(self) -> Iterator[Part]:
        """Yield windows; an error of the source, or of a frame, comes after the window of the frames before it."""
        error: Exception | None = None
        while error is None:
            frames: list[pd.DataFrame] = []
            started = self._clock()
            try:
                while sum(map(len, frames)) < self._rows:
                    frames.append(self._next_frame())
                    if self._clock() - started >= MAX_WINDOW_SECONDS or len(frames) == self._max_frames:
                        break
            except Exception as problem:  # noqa: BLE001 - of the source; raised again below
                error = problem
            if frames:
                yield Part(frames, self._make_job(frames))
        if not isinstance(error, StopIteration):
            raise error

    def _next_frame(self) -> pd.DataFrame:
        value = next(self._frames)
        self._read += 1
        frame = value.to_pandas() if hasattr(value, "to_pandas") else value
        if not isinstance(frame, pd.DataFrame):
            raise InvalidInputError(
                f"frames[{self._read - 1}] is of type {full_type(value)}, not a frame; pass an iterable of frames, as "
                "in pd.read_csv(file, chunksize=10_000)"
            )
        taken = next((name for name in self._new_columns if name in frame.columns), None)
        if taken is not None:
            advice = "pass another name as into=" if len(self._new_columns) == 1 else "rename it, or the label"
            raise InvalidInputError(f"frames[{self._read - 1}] has a column {taken!r} already; {advice}")
        select_column(frame, self._column)
        return frame

    def _make_job(self, frames: list[pd.DataFrame]) -> Job:
        parts = [select_column(frame, self._column) for frame in frames]
        series = parts[0] if len(parts) == 1 else pd.concat([part for part in parts if len(part)] or parts[:1])
        column = encode(series, self._kind)
        if column.values:
            self._kind = column.kind
        check_kind(column, self._job.engine)
        check_example_kind(column, self._job.examples)
        return replace(self._job, column=column)


def frames_of(frames: Any) -> Iterator[Any]:
    """Return an iterator over the frames of a source.

    Raises:
        InvalidInputError: It is a single frame, or cannot be iterated.
    """
    advice = "pass an iterable of frames, as in pd.read_csv(file, chunksize=10_000)"
    if is_of_spark(frames):
        raise InvalidInputError(f"frames is of type {full_type(frames)}; {SPARK_ADVICE}, which streams each partition")
    if is_lazy(frames):  # iterating over it may compute it
        parts = ", or (part.compute() for part in ddf.partitions)" if hasattr(type(frames), "assign") else ""
        raise InvalidInputError(f"frames is of type {full_type(frames)}, which has not been computed; {advice}{parts}")
    if isinstance(frames, (pd.DataFrame, pd.Series)) or hasattr(frames, "to_pandas"):
        rows = pluralize(len(frames), "row") if hasattr(frames, "__len__") else "rows"
        raise InvalidInputError(
            f"frames is one {type(frames).__name__} of {rows}; {advice}, or call df.jigsaw.classify"
        )
    try:
        return iter(frames)
    except TypeError:
        raise InvalidInputError(f"frames is of type {full_type(frames)}, which cannot be iterated; {advice}") from None
