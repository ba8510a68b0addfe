"""The output of `jsdf classify`: a file, standard output, or a preview on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from jsdf.cli import tables
from jsdf.cli.tables import STREAM, Format, Table, TableOptions
from jsdf.cli.tables.file_formats import BINARY, NAMES
from jsdf.cli.terminal import buffered_stdout, check_stdout
from jsdf.errors import InvalidInputError


class TableOutput:
    """The place and the format of a table that is to be written.

    Args:
        file: The input file; `-` for standard input.
        out: The output file; `-` for standard output, None for a preview on a terminal and else standard output.
        options: Format, separator, encoding and quoting.

    Attributes:
        source_kind: The format of the input.
        kind: The format of the output.
        is_preview: True if the first rows are to be shown on the terminal, and nothing is written.
        is_for_stdout: True if there is no output file.

    Raises:
        InvalidInputError: A format is not known, or an option has no effect.
    """

    def __init__(self, file: Path, out: Path | None, options: TableOptions) -> None:
        self._file, self._options = file, options
        self._out = None if out == STREAM else out
        self.source_kind = tables.format_of(file, options.format)
        self.is_preview = out is None and sys.stdout.isatty()
        self.is_for_stdout = self._out is None
        self.kind = self._choose_format()
        self._is_stdout_begun = False
        options.check_use(file, self.source_kind, self._out, self.kind)

    def _choose_format(self) -> Format:
        """Return the format of the output; for a pipe that of the input, or CSV where that is binary."""
        if self._out is not None:
            return tables.format_of(self._out, self._options.format, output=True)
        if self._options.format is not None:
            return self._options.format
        return "csv" if self.source_kind in BINARY else self.source_kind

    @property
    def name(self) -> str:
        """The output, for messages."""
        return "standard output" if self._out is None else str(self._out)

    def check(self, parts: Iterable[Table], texts: Sequence[str], column_of_bytes: Any) -> None:
        """Check that the output can be written, and hold the table and these texts.

        Args:
            parts: The table, or its parts, without the labels.
            texts: The names of the new columns, and the labels.
            column_of_bytes: The name of a column that holds bytes; None if there is none.

        Raises:
            InvalidInputError: It cannot.
        """
        if self._out is not None and self._file != STREAM and _is_same_file(self._out, self._file):
            raise InvalidInputError(f"{self._out} is the input, which is never overwritten; choose another name")
        if self.kind != "parquet" and column_of_bytes is not None:
            raise InvalidInputError(
                f"{self._file}: its column {column_of_bytes!r} holds bytes, which only Parquet can store; "
                "pass -o OUT.parquet"
            )
        if self._out is None and self.kind in BINARY and sys.stdout.isatty():
            raise InvalidInputError(f"- is a terminal, which cannot show {NAMES[self.kind]}; name a file with -o")
        tables.check_labels(texts, self.kind, self.source_kind, self._options, self.name)
        if self._out is not None:
            tables.write(parts, self._out, self._options, dry_run=True)
        else:
            check_stdout()
            with Path(os.devnull).open("wb") as nowhere:
                tables.dump(parts, self.kind, nowhere, self._options, name=self.name, dry_run=True)

    def write(self, parts: Iterable[Table]) -> str:
        """Write a table, or its parts, to the output file or to standard output.

        Returns:
            A phrase for the user, as in "wrote out.csv".

        Raises:
            InvalidInputError: The output cannot be written.
            OSError: Standard output cannot be written, or was written before.
        """
        if self._out is None:
            self.write_to_stdout(parts)
            return "wrote the table to stdout"
        tables.write(parts, self._out, self._options)
        return f"wrote {self._out}"

    def write_to_stdout(self, parts: Iterable[Table]) -> None:
        """Write a table, or its parts, to standard output, which gets no second table.

        Raises:
            OSError: It cannot be written, or was written before.
        """
        if self._is_stdout_begun:
            raise OSError("it was written in part")
        self._is_stdout_begun = True
        with buffered_stdout() as file:
            tables.dump(parts, self.kind, file, self._options, name="standard output")

    def write_elsewhere(self, parts: Iterable[Table]) -> Path | None:
        """Write a table, or its parts, to a new file, and return its path; None if that fails."""
        name = "table" if self._out is None else self._out.name
        return tables.write_elsewhere(parts, name, self.kind, self._options)


def _is_same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # no such file, or no such name
        return False
