"""Label a large file while it is read, and write it while it is labelled."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from jsdf.api import execution
from jsdf.api.stream_summary import StreamSummary
from jsdf.api.stream_windows import WindowReader
from jsdf.api.validation import check_call
from jsdf.api.window_runs import WindowRuns
from jsdf.cli.group import BROKEN_PIPE, CommandExit, Interrupted
from jsdf.cli.option_terms import in_option_terms
from jsdf.cli.run_report import describe_answered
from jsdf.cli.tables.table import PartsStopped, stopped_by_errors
from jsdf.cli.written_labels import WrittenLabels, describe_output_error, write_elsewhere, write_labels
from jsdf.column import encode
from jsdf.column.sample import without_structs
from jsdf.errors import InvalidInputError, JSDFError
from jsdf.formatting.text import pluralize
from jsdf.runner.streams.stream import Stream
from jsdf.runner.streams.stream_settings import StreamSettings
from jsdf.utils.process.standard_streams import discard

if TYPE_CHECKING:
    import pandas as pd

    from jsdf.cli.large_files.streamed_table import StreamedTable
    from jsdf.cli.tables import Table
    from jsdf.results.run_totals import RunTotals

#: Parts that a window may have, which bounds its memory, and rows without a label that stdout has to wait for.
_MAX_PARTS, _MAX_HELD_ROWS = 4, 100_000


class StreamedRun:
    """The run on a large file.

    Args:
        table: The file and its output.
        arguments: The labels and keyword arguments of `jsdf.run`.
        retry: True to ask once more for rows that failed.
        quiet: True to show no progress.

    Raises:
        JSDFError: An argument cannot be used.
    """

    def __init__(self, table: StreamedTable, arguments: dict[str, Any], *, retry: bool, quiet: bool) -> None:
        self._table = table
        self._call = check_call(table.texts, **arguments, progress=False if quiet else None)
        again = partial(execution.retry, self._call)
        settings = StreamSettings(table.rows, keeps_unstored=True, asks_again=retry, retry=again)
        self._summary = StreamSummary()
        self._stream = Stream(self._summary.add, settings=settings)
        self._is_complete = False
        self._rows_given = 0
        self._change: JSDFError | None = None  # that ended the input early
        self._kind = self._call.job.column.kind if self._call.job.column.values else "auto"

    @property
    def totals(self) -> RunTotals:
        """Sums over all rows, once they are labelled."""
        totals = self._summary.totals
        seconds = self._stream.seconds
        totals.usage = replace(totals.usage, seconds=seconds)
        if not self._call.job.cache:
            totals.usage = replace(totals.usage, rows_cached=0)  # they repeat earlier rows
        return totals

    @property
    def is_stored(self) -> bool:
        """True if the answers are in the store."""
        return self._call.job.cache and self._stream.is_stored

    def execute(self) -> WrittenLabels:
        """Label the file, and write it to the output.

        Raises:
            CommandExit: The run was stopped, or the input has changed; the message says how many rows are
                labelled, and where.
            Interrupted: After an interrupt, with the same message.
            BrokenPipeError: The reader closed standard output, and a rerun costs nothing.
        """
        parts = stopped_by_errors(self._labelled_parts())
        try:
            with closing(parts):  # type: ignore[type-var]
                message = self._table.write(parts)
        except KeyboardInterrupt:
            raise Interrupted(self._describe_stop()) from None
        except PartsStopped as stop:
            return self._end(stop.error)
        except Exception as error:  # noqa: BLE001 - of the output, which has more than `OSError`
            return self._place_elsewhere(error)
        finally:
            self._summary.warn_of_problems()
        if self._change is not None:
            answered = describe_answered(self._summary.totals.counts["answered"], self._table.rows)
            rows = f"{message} with the first {pluralize(self._rows_given, 'row')}"
            raise CommandExit(f"{self._change}; {answered}: {rows}; no answer is kept in the store")
        return WrittenLabels(message)

    def _labelled_parts(self) -> Iterator[Table]:
        """Yield the parts with their labels; standard output has to wait until there is a label for some row."""
        held: list[Table] = []
        for part in self._label_until_change():
            self._rows_given += len(part.frame)
            held.append(part)
            is_short = sum(len(part.frame) for part in held) <= _MAX_HELD_ROWS
            if not (self._table.output.is_for_stdout and is_short and self._has_no_answer()):
                yield from held
                held.clear()
        if self._has_no_answer():
            raise self._change or _NothingToWriteError
        self._is_complete = self._change is None

    def _label_until_change(self) -> Iterator[Table]:
        """Yield the labelled parts. If the input was changed meanwhile, end there: no store keeps what was paid."""
        try:
            yield from self._label()
        except InvalidInputError as error:
            if self.is_stored or not self._table.is_changed:
                raise
            self._change = error

    def _has_no_answer(self) -> bool:
        totals = self._summary.totals
        return not totals.counts["answered"] and totals.unlabelled > 0

    def _label(self) -> Iterator[Table]:
        waiting: deque[Table] = deque()

        def frames() -> Iterator[pd.DataFrame]:
            for part in self._table.parts():
                waiting.append(part)
                yield without_structs(part.texts).to_frame(self._table.column)

        job, column = self._call.job, self._table.column
        reader = WindowReader(frames(), column, [], job, self._kind, max_frames=_MAX_PARTS)
        with closing(iter(WindowRuns(reader, self._stream, self._call.progress))) as runs:
            for labelled, run in runs:
                parts = [waiting.popleft() for _ in labelled]
                self._table.add_labels(run, parts)
                yield from parts

    def _end(self, error: Exception) -> WrittenLabels:
        """End the command after an error of the run or of the input."""
        if isinstance(error, _NothingToWriteError):
            return WrittenLabels("nothing to write")
        if not isinstance(error, JSDFError):
            raise error
        raise CommandExit(f"{in_option_terms(str(error))}{self._describe_stop()}")

    def _describe_stop(self) -> str:
        """Return how many rows are labelled, and where. Without a store, write all labels that are known."""
        totals = self._summary.totals
        answered = totals.counts["answered"]
        if self._table.output.is_for_stdout:
            discard(sys.stdout)
        if not answered:
            return "; no row was labelled"
        rows = f"; {describe_answered(answered, self._table.rows)}"
        if self.is_stored:
            return f"{rows} and kept in the store; run the same command again to continue"
        known = _KnownParts(self)
        written = write_labels(
            lambda: self._table.write(known), self._table.output, known, engine=totals.engine, is_stored=False
        )
        return f"{rows}: {written.message}; no answer is kept in the store"

    def _place_elsewhere(self, error: Exception) -> WrittenLabels:
        """End the command after an error of the output."""
        totals = self._summary.totals
        is_closed = isinstance(error, BrokenPipeError)
        if is_closed and (self.is_stored or totals.engine == "local"):
            raise error
        problem, code = describe_output_error(error, self._table.output), BROKEN_PIPE if is_closed else 1
        answered = describe_answered(totals.counts["answered"], self._table.rows)
        if self.is_stored and not self._is_complete:
            state = "and kept in the store; run the same command again to continue from the store"
            raise CommandExit(f"{problem}; {answered} {state}", code)
        place = write_elsewhere(self._table.output, _KnownParts(self), is_stored=self.is_stored)
        if not self._is_complete:
            raise CommandExit(f"{problem}; {answered}; {place}", code)
        return WrittenLabels(f"{problem}; {place}", code)

    def known_parts(self) -> Iterator[Table]:
        """Yield the parts with the labels that are known, without asking for others."""
        for part in self._table.parts():
            column = encode(without_structs(part.texts), self._kind)
            self._table.add_labels(self._stream.known_run(replace(self._call.job, column=column)), [part])
            yield part


class _NothingToWriteError(Exception):
    """No row was answered, and some row needs a label."""


class _KnownParts:
    """The parts with the labels that are known, as often as they are iterated."""

    def __init__(self, run: StreamedRun) -> None:
        self._run = run

    def __iter__(self) -> Iterator[Table]:
        return self._run.known_parts()
