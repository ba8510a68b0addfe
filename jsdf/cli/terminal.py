"""Print lines and tables safely: any encoding, any terminal width, any text from outside."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO

import click

from jsdf.errors import InvalidInputError
from jsdf.formatting.text import display_width, one_line
from jsdf.utils.process.standard_streams import discard


def check_stdout() -> None:
    """Check that the process was started with an output.

    Raises:
        InvalidInputError: It is closed, or open for reading only.
    """
    try:
        os.write(sys.stdout.fileno(), b"")
    except io.UnsupportedOperation:  # a stream of Python without a file
        return
    except OSError as error:
        raise InvalidInputError(f"standard output cannot be written: {error.strerror}; name a file with -o") from None


@contextmanager
def buffered_stdout() -> Iterator[IO[bytes]]:
    """Open standard output for bytes, all of which are written at the end of the block.

    `sys.stdout.buffer` has no buffer under PYTHONUNBUFFERED; a file that is full then takes a part, without an error.
    """
    sys.stdout.flush()
    if not isinstance(sys.stdout.buffer, io.RawIOBase):
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    with open(sys.stdout.fileno(), "wb", closefd=False) as file:
        yield file


def write_lines(lines: Iterable[str], *, err: bool = False) -> None:
    """Print lines to stdout or stderr, with question marks for characters that its encoding lacks.

    A message that stderr does not take is dropped: the command goes on without it.
    """
    encoding = (sys.stderr if err else sys.stdout).encoding or "utf-8"
    try:
        for line in lines:
            click.echo(line.encode(encoding, "replace").decode(encoding), err=err)
    except OSError:
        if not err:
            raise
        discard(sys.stderr)


def format_table(header: Sequence[str], rows: Iterable[Sequence[str]], width: int | None = None) -> list[str]:
    """Return the lines of an aligned table that fits the width.

    All columns but the last are cut to a third of the width (at least 8); the last column gets the rest.

    Args:
        header: The names of the columns.
        rows: The texts of each row, one a column.
        width: The width in terminal columns; None for that of the terminal.
    """
    width = shutil.get_terminal_size().columns if width is None else width
    cells = [[one_line(text, None) for text in row] for row in (header, *rows)]
    sizes = [max(map(display_width, column)) for column in zip(*cells, strict=True)]
    sizes[:-1] = [min(size, max(8, width // 3)) for size in sizes[:-1]]
    sizes[-1] = min(sizes[-1], max(8, width - sum(sizes[:-1]) - 2 * (len(sizes) - 1)))
    head, *body = ([_fit(text, size) for text, size in zip(row, sizes, strict=True)] for row in cells)
    return ["  ".join(row).rstrip() for row in (head, ["-" * size for size in sizes], *body)]


def _fit(text: str, size: int) -> str:
    """Return the text in exactly `size` terminal columns: cut off with dots, or padded with spaces."""
    if display_width(text) > size:
        while display_width(text) > size - 3:
            text = text[: -max(1, (display_width(text) - size + 3) // 2)]
        text += "..."
    return text + " " * (size - display_width(text))
