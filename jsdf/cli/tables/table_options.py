"""Options for reading and writing tables: format, separator, encoding, quoting and sheet."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from jsdf.cli.tables.file_formats import BINARY, NAMES, SEPARATORS, STREAM, Format, has_known_extension
from jsdf.errors import InvalidInputError

Quoting: TypeAlias = Literal["minimal", "all", "none"]

UTF8 = "utf-8-sig"  # skips a byte order mark


@dataclass(frozen=True)
class Dialect:
    """Form of CSV and TSV files.

    Attributes:
        separator: One character.
        quoting: `"minimal"`, `"all"`, `"none"`, or None where none was chosen.
        safe_cells: True if texts get an apostrophe where a spreadsheet program would begin a formula.
    """

    separator: str
    quoting: Quoting | None = None
    safe_cells: bool = False

    @property
    def has_quotes(self) -> bool:
        """True if a double quote at the start of a field opens a quoted field."""
        return self.quoting != "none"


@dataclass(frozen=True)
class TableOptions:
    """Options of the command line about files; None for those that were not given.

    Args:
        format: The format of `-`, and of files whose extension does not say it.
        separator: The character between the fields of CSV and TSV; `"tab"` for a tab.
        encoding: The encoding of text files.
        quoting: `"none"` if quotes are ordinary characters; else fields may be quoted. With `"all"` every field of
            the output is.
        sheet: The name of the sheet of an Excel file.
        safe_cells: True to write texts of CSV and TSV so that no spreadsheet program takes them for formulas.

    Raises:
        InvalidInputError: The separator is not one character, or the encoding is unknown.
    """

    format: Format | None = None
    separator: str | None = None
    encoding: str | None = None
    quoting: Quoting | None = None
    sheet: str | None = None
    safe_cells: bool = False

    def __post_init__(self) -> None:
        if self.separator is not None:
            object.__setattr__(self, "separator", _checked_separator(self.separator))
        if self.encoding is not None and not _is_text_encoding(self.encoding):
            raise InvalidInputError(
                f"--encoding {self.encoding!r} is not a text encoding; pass one such as utf-8, utf-16 or cp1252"
            )

    def check_use(self, file: Path, kind: Format, out: Path | None = None, out_kind: Format | None = None) -> None:
        """Refuse options that have no effect on these files.

        Raises:
            InvalidInputError: An option is for another format; the message names both.
        """
        kinds = {kind, out_kind or kind}
        if not kinds & SEPARATORS.keys():
            self._refuse("separator", self.separator, "CSV and TSV", file, kind)
            self._refuse("quoting", self.quoting, "CSV and TSV", file, kind)
        if kind in BINARY and out_kind not in SEPARATORS:
            self._refuse("encoding", self.encoding, "text files", file, kind)
        if kind != "xlsx":
            self._refuse("sheet", self.sheet, "Excel files", file, kind)
        if self.safe_cells and out_kind not in SEPARATORS:
            raise InvalidInputError(
                f"--safe-cells is for CSV and TSV, but the output is {NAMES[out_kind or kind]}, where texts are never "
                "formulas; leave it out"
            )
        to_stdout = out is None and out_kind is not None
        if self.format is not None and not to_stdout and all(map(has_known_extension, [file, *([out] if out else [])])):
            advice = "; pass --separator for another separator" if {self.format, kind} == set(SEPARATORS) else ""
            have = f"{file} has" if out is None else f"{file} and {out} have"
            raise InvalidInputError(
                f"--format {self.format} is for {STREAM} and unknown extensions, but {have} one{advice}"
            )

    def _refuse(self, name: str, value: str | None, purpose: str, file: Path, kind: Format) -> None:
        if value is not None:
            raise InvalidInputError(f"--{name} {value!r} is for {purpose}, but {file} is {NAMES[kind]}")

    def dialect(self, kind: Format, source: Format | None = None) -> Dialect:
        """Return the dialect of a CSV or TSV file.

        Args:
            kind: The format of the file.
            source: For a file to write, the format of the input: its separator is not that of an output of the other
                format.
        """
        is_other = source in SEPARATORS and source != kind
        separator = None if is_other else self.separator
        return Dialect(separator or SEPARATORS[kind], self.quoting, self.safe_cells)

    def output_encoding(self, kind: Format) -> str:
        """Return the encoding of a text file to write; JSON is always UTF-8."""
        return "utf-8" if self.encoding is None or kind not in SEPARATORS else self.encoding


#: Options of which none was given.
DEFAULTS = TableOptions()


def _checked_separator(given: str) -> str:
    separator = "\t" if given.lower() in ("tab", "\\t") else given
    if len(separator) != 1 or separator in '"\r\n':
        raise InvalidInputError(f"--separator {given!r}: pass one character, such as ';', or tab")
    return separator


def show_separator(separator: str) -> str:
    """Return a separator as it is written after `--separator` in a shell."""
    return "tab" if separator == "\t" else f"'{separator}'"


def _is_text_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
        "a".encode(name)
    except (LookupError, ValueError, TypeError):
        return False
    return True
