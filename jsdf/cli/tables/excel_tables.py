"""Read sheets of Excel and OpenDocument workbooks, and write a workbook of one sheet.

Cells keep their values: text stays text, also `007` and what looks like a formula. Formulas become the values that the
spreadsheet program stored for them.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pandas as pd

from jsdf.cli.tables.decoding import open_binary
from jsdf.cli.tables.json_values import WrittenNumber, nested_text
from jsdf.cli.tables.table import Table, missing_column
from jsdf.errors import InvalidInputError
from jsdf.utils.detachable_file import DetachableFile
from jsdf.utils.missing import is_missing

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

MAX_ROWS, MAX_COLUMNS, MAX_CHARS = 1_048_576, 16_384, 32_767
_MAX_EXACT = 10**15  # Excel's numbers have 15 digits
_DEFAULT_SHEET = "Sheet1"
#: Control characters and the escapes for them, `_x000D_`; Excel reads such a text in a cell as the character.
_ESCAPED = re.compile("[\x00-\x08\x0b-\x1f]|_(?=x[0-9A-Fa-f]{4}_)")

_ESCAPED_BLANKS = re.compile("[\x00-\x20]")
_FORBIDDEN = re.compile("[\ud800-\udfff\ufffe\uffff]")  # no characters of XML


class CellError(str):
    """Error value of a cell, such as `#N/A`; its row has no text."""

    __slots__ = ()


def read_excel(path: Path, column: str, sheet: str | None) -> Table:
    """Read a sheet; columns hold Python objects, None for an empty cell.

    Args:
        path: The file; `-` for standard input.
        column: A column that must exist.
        sheet: The name of the sheet; None for the first one that is visible.

    Raises:
        InvalidInputError: The file is no workbook, or has no such sheet or column.
        OSError: The file cannot be read.
    """
    from python_calamine import CalamineError, load_workbook

    file = open_binary(path)
    try:
        workbook = load_workbook(file)
        name = _choose_sheet(path, workbook, sheet)
        found = workbook.get_sheet_by_name(name)
        rows = [[_to_value(cell) for cell in row] for row in found.to_python(skip_empty_area=True)]
    except CalamineError as error:
        raise InvalidInputError(f"{path} cannot be read as Excel: {error}") from None
    for row, col, value in _error_cells(file, name):
        rows[row - 1 - (found.start or (0, 0))[0]][col - 1 - (found.start or (0, 0))[1]] = value
    if not rows:
        raise InvalidInputError(f"{path}: the sheet {name!r} is empty; its first row names the columns")
    names = [cell_text(cell) for cell in rows[0]]
    if column not in names:
        raise InvalidInputError(missing_column(path, names, column))
    frame = pd.DataFrame(rows[1:], columns=pd.Index(names), dtype=object)
    others = [] if len(workbook.sheet_names) == 1 else _note_other_sheets(path, name, workbook, is_chosen=bool(sheet))
    return Table(frame, len(names), "xlsx", details={"sheet": name, "header": rows[0]}, notes=others)


def _choose_sheet(path: Path, workbook: CalamineWorkbook, wanted: str | None) -> str:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = [s for s in workbook.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]
    names = [s.name for s in sheets]
    if wanted is not None and wanted not in names:
        raise InvalidInputError(f"{path} has no sheet {wanted!r}; its sheets are {', '.join(map(repr, names))}")
    if not names:
        raise InvalidInputError(f"{path} has no sheets with cells")
    visible = [s.name for s in sheets if s.visible == SheetVisibleEnum.Visible]
    return wanted or (visible or names)[0]


def _note_other_sheets(path: Path, name: str, workbook: CalamineWorkbook, *, is_chosen: bool) -> list[str]:
    others = [other for other in workbook.sheet_names if other != name]
    advice = "" if is_chosen else "; --sheet chooses another"
    return [f"{path}: only the sheet {name!r} is read and written, without {', '.join(map(repr, others))}{advice}"]


def _to_value(cell: Any) -> Any:
    """Return the value of a cell: None if it is empty, and an integer where the file has a whole number."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    return None if isinstance(cell, str) and not cell else cell


def _error_cells(file: Any, sheet: str) -> Iterator[tuple[int, int, CellError]]:
    """Yield the row, the column (from 1) and the value of cells with an error, which calamine reads as empty."""
    if not isinstance(file, Path):
        file.seek(0)
    if not zipfile.is_zipfile(file) or not _may_have_errors(file):
        return
    from openpyxl import load_workbook

    workbook = load_workbook(file, read_only=True, data_only=True)
    try:
        for row in workbook[sheet].iter_rows():
            yield from ((cell.row, cell.column, CellError(cell.value)) for cell in row if cell.data_type == "e")
    finally:
        workbook.close()


def _may_have_errors(file: Any) -> bool:
    with zipfile.ZipFile(file) as archive:
        sheets = [name for name in archive.namelist() if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name)]
        return any(b't="e"' in archive.read(name) for name in sheets)


def cell_text(value: Any) -> str:
    """Return a cell as text: empty for an empty cell or an error."""
    return "" if value is None or isinstance(value, CellError) else str(value)


def check_excel(table: Table) -> None:
    """Check that a sheet can hold a table.

    Raises:
        ValueError: A sheet cannot hold so many rows or columns, so long a text, or a character of it.
    """
    frame = table.frame
    if len(frame) >= MAX_ROWS or frame.shape[1] > MAX_COLUMNS:
        raise ValueError(
            f"a sheet holds {MAX_ROWS:,} rows and {MAX_COLUMNS:,} columns, but the table has {len(frame) + 1:,} and "
            f"{frame.shape[1]:,}; write .csv or .parquet"
        )
    for i, name in enumerate(frame.columns):
        _check_texts(name, frame.iloc[:, i].astype(object).tolist())


def write_excel(table: Table, file: IO[bytes]) -> None:
    """Write a workbook with one sheet.

    Raises:
        ValueError: As for `check_excel`.
    """
    from openpyxl import Workbook

    check_excel(table)  # before the workbook is begun, which leaves a temporary file behind
    frame = table.without_index()
    columns = [frame.iloc[:, i].astype(object).tolist() for i in range(frame.shape[1])]
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(table.details.get("sheet", _DEFAULT_SHEET))
    header = table.details.get("header", [])
    output = DetachableFile(file)
    try:
        for row in chain([[*header, *frame.columns[len(header) :]]], zip(*columns, strict=True)):
            sheet.append([_to_cell(sheet, value) for value in row])
        workbook.save(output)
    except BaseException:
        output.detach_file()
        _close_quietly(sheet)
        raise


def _close_quietly(sheet: Any) -> None:
    """Close what a sheet writes its temporary file with.

    Once it is collected, it would fail again, and Python would say so after the last line of the command.
    """
    parts: list[Any] = [getattr(sheet, name, None) for name in ("_rows", "_writer")]
    for part in parts:
        with suppress(Exception):
            part.close()


def _check_texts(name: Any, column: list[Any]) -> None:
    """Raise if a cell cannot hold one of these texts."""
    for row, value in enumerate([name, *column], 1):
        if isinstance(value, str):
            text = _escape(value)
            forbidden = _FORBIDDEN.search(text)
            if forbidden is not None:
                raise ValueError(f"row {row} of {str(name)!r} holds {forbidden[0]!r}, which no cell can; write .jsonl")
            size = len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
            if size > MAX_CHARS:
                raise ValueError(
                    f"row {row} of {str(name)!r} has {size:,} characters, and a cell holds {MAX_CHARS:,}; "
                    "write .csv or .parquet"
                )


def _escape(text: str) -> str:
    # openpyxl does not mark a text of blanks alone as one whose blanks count.
    pattern = _ESCAPED_BLANKS if text.isspace() else _ESCAPED
    return pattern.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _to_cell(sheet: Any, value: Any) -> Any:
    """Return a cell that shows a value as it is; a text is never a formula."""
    from openpyxl.cell import WriteOnlyCell

    if not isinstance(value, str):
        if is_missing(value):
            return None
        if _is_native(value):
            return float(value) if isinstance(value, WrittenNumber) else value
        value = value.isoformat() if hasattr(value, "isoformat") else nested_text(value)
    if not value.startswith(("=", "#")) or isinstance(value, CellError):
        return _escape(value)
    cell = WriteOnlyCell(sheet, _escape(value))
    cell.data_type = "s"  # not a formula or an error, which such a text would be
    return cell


def _is_native(value: Any) -> bool:
    """Return True if a cell can hold a value exactly; others become text."""
    if isinstance(value, (int, float)):
        return abs(value) < _MAX_EXACT if isinstance(value, int) else math.isfinite(value)
    if isinstance(value, dt.date):  # Excel has no time zones, and its calendar begins in 1900
        return value.year >= 1900 and getattr(value, "tzinfo", None) is None
    return isinstance(value, (dt.time, dt.timedelta))


def texts_of(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column of cells as texts, None for an empty cell or an error."""
    return column.map(lambda value: cell_text(value) or None).astype(object)
