"""Label frames as they come, in memory that does not grow with their number."""

from __future__ import annotations

import warnings
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from jsdf.api.arguments import Arguments
from jsdf.api.confirmation import refuse_unconfirmed
from jsdf.api.stream_windows import WindowReader, frames_of
from jsdf.api.validation import check_call
from jsdf.display.progress.view import view
from jsdf.errors import ClassificationError, InvalidInputError
from jsdf.results.row_counts import list_notes, list_reasons, part_of_rows
from jsdf.runner.loops.event_loop import BackgroundCall
from jsdf.runner.stream import Stream
from jsdf.utils.call_site import user_stacklevel

if TYPE_CHECKING:
    from jsdf.api.validation import CheckedCall
    from jsdf.results.run import Run
    from jsdf.runner.stream import Turn, Window
    from jsdf.store.base import AnswerStore

_MAX_REASONS = 1_000  # distinct reasons that are counted
_SHOWN_REASONS = 5


class FailureWords(NamedTuple):
    """Parts of the message for rows without a label.

    Attributes:
        of_whole: What the rows are part of, as in " of a partition".
        advice: What became of these rows and of the others, and what to do.
    """

    of_whole: str = ""
    advice: str = "they are null in the frames, and all other rows are labelled"


def label_frames(
    frames: Any, column: Any, labels: Any, into: str | None, status_into: str | None, arguments: Arguments
) -> Iterator[pd.DataFrame]:
    """Check the arguments of `classify_batches`, and return an iterator over the labelled frames.

    Raises:
        JSDFError: An argument cannot be used; nothing was read or sent.
    """
    source = frames_of(frames)
    call = check_call(pd.Series([], dtype=object), labels, **arguments)
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
        self._reader, self._call = reader, call
        self._new_columns, self._status_into = new_columns, status_into
        self._summary = _Summary(words)
        self._stream = Stream(self._summary.add, open_store, turn)

    def __iter__(self) -> Iterator[pd.DataFrame]:
        with view(self._call.progress, self._stream.request_stop) as (show, idle):
            background = BackgroundCall(self._stream, show, idle)
            try:
                yield from self._label(background)
                self._stream.close()
                background.wait()
            except BaseException:
                background.stop()
                self._summary.warn_of_problems()
                raise
            background.result()
        self._summary.warn_of_problems()
        self._summary.raise_failures(self._call.errors)

    def _label(self, background: BackgroundCall[None]) -> Iterator[pd.DataFrame]:
        waiting: deque[tuple[list[pd.DataFrame], Window]] = deque()
        parts = iter(self._reader)
        error: Exception | None = None
        while error is None:
            try:
                frames, job = next(parts)
            except Exception as problem:  # noqa: BLE001 - of the source or a frame; raised after the frames before it
                error = problem
            else:
                while len(waiting) >= self._stream.max_windows(job):
                    yield from self._finish(*waiting.popleft(), background)
                waiting.append((frames, self._stream.add(job)))
        while waiting:
            yield from self._finish(*waiting.popleft(), background)
        if not isinstance(error, StopIteration):
            raise error

    def _finish(
        self, frames: list[pd.DataFrame], window: Window, background: BackgroundCall[None]
    ) -> Iterator[pd.DataFrame]:
        """Wait for a window, and yield its frames with their labels."""
        background.wait(lambda: window.is_done)
        if background.is_interrupted:
            background.wait()
            background.result()  # raises
        run = window.result()
        self._reader.observe(run)
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


class _Summary:
    """What is to be said at the end of a stream."""

    def __init__(self, words: FailureWords) -> None:
        self._words = words
        self._counts: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._notes: Counter[str] = Counter()
        self._problems: dict[str, None] = {}
        self._stopped: str | None = None

    def add(self, run: Run, problems: list[str]) -> None:
        """Count the rows of a window."""
        self._counts.update(run.counts)
        self._notes.update(run.notes)
        self._problems.update(dict.fromkeys(problems))
        self._stopped = run.stopped or self._stopped
        for reason, rows in run.top_reasons(_MAX_REASONS):
            if reason in self._reasons or len(self._reasons) < _MAX_REASONS:
                self._reasons[reason] += rows

    def warn_of_problems(self) -> None:
        """Warn of problems of the store and the like, and once of all notes of the engine."""
        for problem in self._problems:
            warnings.warn(problem, stacklevel=user_stacklevel())
        self._problems.clear()
        if self._notes:
            warnings.warn(list_notes(self._notes.most_common()), stacklevel=user_stacklevel())
            self._notes.clear()

    def raise_failures(self, errors: str) -> None:
        """Raise for rows without a label, or warn of them with `errors="coerce"`, and of pending rows.

        Raises:
            ClassificationError: With `errors="raise"`, if rows failed or were answered outside the labels.
        """
        rows, failed = self._counts.total(), self._counts["failed"] + self._counts["unknown"]
        if self._counts["pending"]:
            pending = part_of_rows(self._counts["pending"], rows, "is", "are")
            warnings.warn(
                f"{pending} pending: {self._stopped}; repeat the call to continue", stacklevel=user_stacklevel()
            )
        if not failed:
            return
        unlabelled = part_of_rows(failed, rows, "has", "have", self._words.of_whole)
        reasons = list_reasons(self._reasons.most_common(_SHOWN_REASONS))
        message = f"{unlabelled} no label: {reasons}; {self._words.advice}"
        if errors == "raise":
            raise ClassificationError(message)
        warnings.warn(message, stacklevel=user_stacklevel())
