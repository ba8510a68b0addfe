"""Write the labels of a run where they should go, or where they can go: answers that were paid for are not lost."""

from __future__ import annotations

import os
import stat
import sys
from typing import TYPE_CHECKING, NamedTuple

from jsdf.api.execution import is_last_run_stored
from jsdf.cli.group import BROKEN_PIPE
from jsdf.utils.process.standard_streams import discard

if TYPE_CHECKING:
    from jsdf.cli.labelled_table import LabelledTable
    from jsdf.results.run import Run


class WrittenLabels(NamedTuple):
    """Result of writing labels.

    Attributes:
        message: A phrase for the user about the output, as in "wrote out.csv".
        exit_code: 0 if the output is where it should be.
    """

    message: str
    exit_code: int = 0


def write_labels(table: LabelledTable, run: Run) -> WrittenLabels:
    """Write the labels to the output, else to a new file, else to standard output if that is a pipe or a file.

    Args:
        table: The table.
        run: The run on its column, the latest of this process.

    Raises:
        BrokenPipeError: The reader closed standard output, and a rerun costs nothing.
    """
    try:
        return WrittenLabels(table.write_labels(run))
    except Exception as error:
        is_kept = is_last_run_stored()
        is_closed = isinstance(error, BrokenPipeError)
        if is_closed and (is_kept or run.engine == "local"):
            raise
        problem = _describe(error, table)
    if table.is_for_stdout:
        discard(sys.stdout)
    place = _write_elsewhere(table)
    result = "the table has no other place" if place is None else f"wrote the table to {place} instead"
    if is_kept:
        result += "; run the same command again to continue from the store"
    elif place is None:
        result += ": its labels are lost"
    return WrittenLabels(f"{problem}; {result}", BROKEN_PIPE if is_closed else 1)


def _describe(error: Exception, table: LabelledTable) -> str:
    if isinstance(error, ValueError):  # an `InvalidInputError`, which names the output
        return str(error)
    reason = error.strerror if isinstance(error, OSError) else None
    return f"{table.out_name} cannot be written: {reason or error or type(error).__name__}"


def _write_elsewhere(table: LabelledTable) -> str | None:
    """Return the place where the table was written; None if there is none."""
    path = table.write_elsewhere()
    if path is not None:
        return str(path)
    if table.is_for_stdout or not _keeps_what_is_written():
        return None
    try:
        table.write_to_stdout()
    except Exception:  # noqa: BLE001 - it was the last place
        discard(sys.stdout)
        return None
    return "standard output"


def _keeps_what_is_written() -> bool:
    """Return True if standard output is a pipe, a socket or a file: no terminal, and not the null device."""
    try:
        mode = os.fstat(sys.stdout.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)
