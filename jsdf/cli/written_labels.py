"""Write the labels of a run where they should go, or where they can go: answers that were paid for are not lost."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from jsdf.cli.group import BROKEN_PIPE
from jsdf.utils.process.standard_streams import discard

if TYPE_CHECKING:
    from jsdf.cli.table_output import TableOutput
    from jsdf.cli.tables import Table


class WrittenLabels(NamedTuple):
    """Result of writing labels.

    Attributes:
        message: A phrase for the user about the output, as in "wrote out.csv".
        exit_code: 0 if the output is where it should be.
    """

    message: str
    exit_code: int = 0


def write_labels(
    write: Callable[[], str], output: TableOutput, parts: Iterable[Table], *, engine: str, is_stored: bool
) -> WrittenLabels:
    """Write a labelled table to the output, else to a new file, else to standard output if that is a pipe or a file.

    Args:
        write: Writes or previews the table, and returns a phrase for the user.
        output: The output.
        parts: The table, or its parts, which can be iterated several times.
        engine: The name of the engine that labelled it.
        is_stored: True if its answers are in the store.

    Raises:
        BrokenPipeError: The reader closed standard output, and a rerun costs nothing.
    """
    try:
        return WrittenLabels(write())
    except Exception as error:
        is_closed = isinstance(error, BrokenPipeError)
        if is_closed and (is_stored or engine == "local"):
            raise
        problem = describe_output_error(error, output)
    return WrittenLabels(
        f"{problem}; {write_elsewhere(output, parts, is_stored=is_stored)}", BROKEN_PIPE if is_closed else 1
    )


def describe_output_error(error: Exception, output: TableOutput) -> str:
    """Return the message for an output that cannot be written."""
    if isinstance(error, ValueError):  # an `InvalidInputError`, which names the output
        return str(error)
    reason = error.strerror if isinstance(error, OSError) else None
    return f"{output.name} cannot be written: {reason or error or type(error).__name__}"


def write_elsewhere(output: TableOutput, parts: Iterable[Table], *, is_stored: bool) -> str:
    """Write a labelled table that the output does not take to another place, and return a phrase that names it."""
    if output.is_for_stdout:
        discard(sys.stdout)
    place = _find_place(output, parts)
    result = "the table has no other place" if place is None else f"wrote the table to {place} instead"
    if is_stored:
        return f"{result}; run the same command again to continue from the store"
    return f"{result}: its labels are lost" if place is None else result


def _find_place(output: TableOutput, parts: Iterable[Table]) -> str | None:
    """Return the place where the table was written; None if there is none."""
    path = output.write_elsewhere(parts)
    if path is not None:
        return str(path)
    if output.is_for_stdout or not _keeps_what_is_written():
        return None
    try:
        output.write_to_stdout(parts)
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
