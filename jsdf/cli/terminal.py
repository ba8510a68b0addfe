"""Texts of unknown origin on a terminal of unknown width."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence

import click

from jsdf.formatting.text import display_width, one_line


def write_lines(lines: Iterable[str], *, err: bool = False) -> None:
    """Print, with question marks for what the stream cannot show."""
    encoding = (sys.stderr if err else sys.stdout).encoding or "utf-8"
    for line in lines:
        click.echo(line.encode(encoding, "replace").decode(encoding), err=err)


def format_table(header: Sequence[str], rows: Iterable[Sequence[str]], width: int | None = None) -> list[str]:
    """The lines of an aligned table; the last column gets what the others leave of the width.

    Args:
        header: A name a column.
        rows: A text a column.
        width: Columns of the terminal; None to ask it.
    """
    width = shutil.get_terminal_size().columns if width is None else width
    cells = [[one_line(text, None) for text in row] for row in (header, *rows)]
    sizes = [max(map(display_width, column)) for column in zip(*cells, strict=True)]
    sizes[:-1] = [min(size, max(8, width // 3)) for size in sizes[:-1]]
    sizes[-1] = min(sizes[-1], max(8, width - sum(sizes[:-1]) - 2 * (len(sizes) - 1)))
    head, *body = ([_fit(text, size) for text, size in zip(row, sizes, strict=True)] for row in cells)
    return ["  ".join(row).rstrip() for row in (head, ["-" * size for size in sizes], *body)]


def _fit(text: str, size: int) -> str:
    """The text in exactly so many columns, cut with dots or filled with blanks."""
    if display_width(text) > size:
        while display_width(text) > size - 3:
            text = text[: -max(1, (display_width(text) - size + 3) // 2)]
        text += "..."
    return text + " " * (size - display_width(text))
