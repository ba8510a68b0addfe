"""Excel and OpenDocument: cells keep their values, also those that Excel is known to change."""

import datetime as dt
import gc
import io
import sys

import pandas as pd
import pytest
from command_line import LABELS_AB, OPTIONS, jsdf, write_texts
from hypothesis import example, given
from hypothesis import strategies as st

from jsdf.cli import tables
from jsdf.cli.tables import Table, excel_tables, file_formats
from jsdf.testing import expected

openpyxl = pytest.importorskip("openpyxl")
calamine = pytest.importorskip("python_calamine")


def write_sheets(name="in.xlsx", **sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    workbook.save(name)
    return name


def rows_of(name, sheet=0):
    return calamine.load_workbook(name).get_sheet_by_index(sheet).to_python()


def classify(name, *more, out="out.xlsx"):
    return jsdf("classify", name, "-c", "text", *LABELS_AB, "-o", out, "--no-cache", *more)


WHEN, DAY, TIME = dt.datetime(2024, 1, 2, 3, 4, 5), dt.date(2024, 1, 2), dt.time(1, 2, 3)


def test_cells_keep_their_values_and_types(workdir, serve):
    serve()
    write_sheets(
        Data=[["text", "n", 2024, DAY], ["x", 1, 1.5, WHEN], ["007", True, DAY, TIME], ["y", None, "1", 10**14]]
    )
    result = classify("in.xlsx")
    assert result.exit_code == 0, result.stderr
    labels = [expected(text, ["a", "b"]) for text in ("x", "007", "y")]
    assert rows_of("out.xlsx") == [
        ["text", "n", 2024.0, DAY, "label"],
        ["x", 1.0, 1.5, WHEN, labels[0]],
        ["007", True, DAY, TIME, labels[1]],
        ["y", "", "1", 1e14, labels[2]],
    ]
    assert classify("in.xlsx", out="out.csv").exit_code == 0
    assert workdir.joinpath("out.csv").read_text().splitlines() == [
        "text,n,2024,2024-01-02,label",
        f"x,1,1.5,2024-01-02 03:04:05,{labels[0]}",
        f"007,True,2024-01-02,01:02:03,{labels[1]}",
        f"y,,1,100000000000000,{labels[2]}",
    ]


def test_rows_that_are_empty_are_missing_rows(workdir, serve):
    serve()
    write_sheets(Data=[["text", "n"], ["x", 1], [], ["y", 2], [None, 3]])
    result = classify("in.xlsx")
    assert "4 rows: 2 answered, 2 missing" in result.stderr
    assert [row[:2] for row in rows_of("out.xlsx")] == [["text", "n"], ["x", 1.0], ["", ""], ["y", 2.0], ["", 3.0]]


def test_numbers_in_the_column_are_read_as_texts(workdir, serve):
    service = serve()
    write_sheets(Data=[["text"], [5], [1.5], ["good"], [DAY], [True]])
    assert classify("in.xlsx").exit_code == 0
    assert set(service.billed) == {"5", "1.5", "good", "2024-01-02", "True"}
    assert [row[0] for row in rows_of("out.xlsx")] == ["text", 5.0, 1.5, "good", DAY, True]


def test_cells_with_errors_stay_errors_and_are_missing_in_the_column(workdir, serve):
    service = serve()
    write_sheets(Data=[["text", "n"], ["x", "#DIV/0!"], ["#N/A", 1]], Other=[["#REF!"]])
    assert classify("in.xlsx").exit_code == 0
    assert set(service.billed) == {"x"}
    sheet = openpyxl.load_workbook("out.xlsx")["Data"]
    assert [(cell.value, cell.data_type) for cell in (sheet["B2"], sheet["A3"])] == [("#DIV/0!", "e"), ("#N/A", "e")]


@pytest.mark.parametrize("start", ["A1", "C5"])
def test_errors_are_found_where_the_table_begins(workdir, start):
    workbook = openpyxl.Workbook()
    corner = workbook.active[start]
    corner.value = "text"
    corner.offset(1, 0).value, corner.offset(2, 1).value = "#NAME?", "x"
    workbook.save("in.xlsx")
    assert tables.read(workdir / "in.xlsx", "text").frame.to_numpy().tolist() == [["#NAME?", None], [None, "x"]]


TRAPS = [
    "=1+1", "+1", "-1", "@a", "=cmd|' /C calc'!A0", "007", "1e5", "TRUE", "2024-01-02", "#N/A", "'quoted",
    "a\r\nb\rc\nd", " lead", "trail ", " ", "\n", "\u3000\t", "_x0041_", "_x000D_", "_x005F_x0041_", "\x00\x01\x0b\x1f",
    "😀", "\u3000",
    "x" * 32_767, "<a&b>",
]  # fmt: skip


def test_texts_stay_texts(workdir, serve):
    serve()
    table = Table(pd.DataFrame({"text": TRAPS, "=n": TRAPS}), 2)
    tables.write([table], workdir / "in.xlsx")
    assert tables.read(workdir / "in.xlsx", "text").frame.to_numpy().tolist() == [[text, text] for text in TRAPS]
    assert classify("in.xlsx").exit_code == 0
    assert [row[:2] for row in rows_of("out.xlsx")][1:] == [[text, text] for text in TRAPS]
    sheet = openpyxl.load_workbook("out.xlsx").active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufffe\uffff"))


@example([["", "\n"]])
@example([["  ", "\x1f"]])
@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=5))
def test_any_text_comes_back(rows):
    file = io.BytesIO()
    tables.dump([Table(pd.DataFrame(rows, columns=["a", "b"]), 2)], "xlsx", file)
    file.seek(0)
    read = calamine.load_workbook(file).get_sheet_by_index(0).to_python()
    while rows and rows[-1] == ["", ""]:  # a sheet ends at its last cell
        rows = rows[:-1]
    assert read == [["a", "b"], *rows]


def test_values_that_excel_would_round_or_shift_are_texts(workdir):
    values = [12345678901234567890, float("inf"), dt.date(1899, 1, 1), pd.Timestamp("2024-01-02 03:04", tz="UTC"), [1]]
    tables.write([Table(pd.DataFrame({"text": pd.Series(values, dtype=object)}), 1)], workdir / "out.xlsx")
    assert [row[0] for row in rows_of("out.xlsx")][1:] == [
        "12345678901234567890",
        "inf",
        "1899-01-01",
        "2024-01-02T03:04:00+00:00",
        "[1]",
    ]


def test_a_text_that_no_cell_holds_is_refused_before_anything_is_sent(workdir, serve):
    service = serve()
    workdir.joinpath("in.csv").write_text("text,long\nx,\ny," + "z" * 32_768 + "\n")
    result = classify("in.csv")
    assert (result.exit_code, result.stderr) == (
        1,
        "jsdf: out.xlsx cannot be written as Excel: row 3 of 'long' has 32,768 characters, and a cell holds 32,767; "
        "write .csv or .parquet\n",
    )
    assert service.requests == []
    assert classify("in.csv", out="out.csv").exit_code == 0


@pytest.mark.parametrize("text", ["\\ud800", "\\ufffe", "a\\uffff"])
def test_characters_that_no_cell_holds_are_refused(workdir, serve, text):
    service = serve()
    workdir.joinpath("in.jsonl").write_text(f'{{"text": "x"}}\n{{"text": "{text}"}}\n')
    line = (
        f"out.xlsx cannot be written as Excel: row 3 of 'text' holds '{text[-6:]}', which no cell can; write .jsonl\n"
    )
    assert classify("in.jsonl").stderr == f"jsdf: {line}"
    assert service.requests == []


def test_more_rows_than_a_sheet_holds_are_refused(workdir, serve, monkeypatch):
    service = serve()
    monkeypatch.setattr(excel_tables, "MAX_ROWS", 10)
    assert classify(write_texts(9)).exit_code == 0
    count = len(service.requests)
    result = classify(write_texts(10))
    assert "a sheet holds 10 rows and 16,384 columns, but the table has 11 and 1; write .csv" in result.stderr
    assert len(service.requests) == count


def test_the_sheet_is_chosen_by_name(workdir, serve):
    serve()
    write_sheets(Notes=[["text"], ["from notes"]], Data=[["text"], ["from data"]])
    first = classify("in.xlsx", "-q")
    assert first.stderr == (
        "jsdf: warning: in.xlsx: only the sheet 'Notes' is read and written, without 'Data'; --sheet chooses another\n"
    )
    assert rows_of("out.xlsx")[1][0] == "from notes"
    second = classify("in.xlsx", "-q", "--sheet", "Data")
    assert second.stderr == "jsdf: warning: in.xlsx: only the sheet 'Data' is read and written, without 'Notes'\n"
    assert rows_of("out.xlsx")[1][0] == "from data"
    assert calamine.load_workbook("out.xlsx").sheet_names == ["Data"]
    gone = classify("in.xlsx", "--sheet", "data")
    assert gone.stderr == "jsdf: in.xlsx has no sheet 'data'; its sheets are 'Notes', 'Data'\n"


def test_a_hidden_sheet_is_not_the_first(workdir):
    write_sheets(Hidden=[["text"], ["x"]], Data=[["text"], ["y"]])
    workbook = openpyxl.load_workbook("in.xlsx")
    workbook["Hidden"].sheet_state = "hidden"
    workbook.save("in.xlsx")
    assert tables.read(workdir / "in.xlsx", "text").texts.tolist() == ["y"]
    chosen = tables.TableOptions(sheet="Hidden")
    assert tables.read(workdir / "in.xlsx", "text", chosen).texts.tolist() == ["x"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"PK\x03\x04 damaged", "in.xlsx cannot be read as Excel: "),
        (b"text\nx\n", "in.xlsx cannot be read as Excel: "),
        (b"", "in.xlsx cannot be read as Excel: "),
    ],
)
def test_files_that_are_no_workbooks(workdir, content, line):
    workdir.joinpath("in.xlsx").write_bytes(content)
    result = jsdf("plan", "in.xlsx", *OPTIONS)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"jsdf: {line}")
    assert len(result.stderr.splitlines()) == 1


def test_sheets_without_the_column(workdir):
    write_sheets(Data=[["Text"], ["x"]])
    assert jsdf("plan", "in.xlsx", *OPTIONS).stderr == "jsdf: in.xlsx has no column 'text'; its columns are 'Text'\n"
    write_sheets(Data=[])
    assert jsdf("plan", "in.xlsx", *OPTIONS).stderr == (
        "jsdf: in.xlsx: the sheet 'Data' is empty; its first row names the columns\n"
    )


def test_excel_goes_through_pipes(workdir, serve):
    serve()
    write_sheets(Data=[["text"], ["x"]])
    content = workdir.joinpath("in.xlsx").read_bytes()
    result = jsdf("classify", "-", *OPTIONS, "--format", "xlsx", "-q", input=content)
    assert (result.exit_code, result.stderr) == (0, "")
    workdir.joinpath("out.xlsx").write_bytes(result.stdout_bytes)
    assert rows_of("out.xlsx") == [["text", "label"], ["x", expected("x", ["a", "b"])]]
    assert jsdf("classify", "in.xlsx", *OPTIONS, "-q").stdout == f"text,label\nx,{expected('x', ['a', 'b'])}\n"


def test_other_spreadsheets_are_not_written(workdir):
    for suffix in (".xls", ".ods", ".xlsb", ".xlsm"):
        result = jsdf("classify", write_texts(1), *OPTIONS, "-o", f"out{suffix}")
        assert result.stderr == f"jsdf: out{suffix}: {suffix} files can be read but not written; write .xlsx\n"


@pytest.mark.parametrize("arguments", [("in.xlsx",), ("in.csv", "-o", "out.xlsx")])
def test_excel_without_its_packages(workdir, monkeypatch, arguments):
    write_texts(1)
    monkeypatch.setattr(file_formats, "find_spec", lambda _: None)
    assert jsdf("classify", *arguments, *OPTIONS).stderr == (
        f'jsdf: {arguments[-1]}: Excel needs python-calamine and openpyxl; run pip install "jsdf[excel]"\n'
    )


@pytest.mark.parametrize("room", [0, 500, 2_000, 20_000])
def test_a_disk_that_is_full_leaves_nothing_that_python_complains_about_later(room, monkeypatch):
    class FullDisk(io.BytesIO):
        def write(self, content):
            if self.tell() + len(content) > room:
                raise OSError(28, "No space left on device")
            return super().write(content)

    later = []
    monkeypatch.setattr(sys, "unraisablehook", lambda problem: later.append(problem.exc_value))
    table = Table(pd.DataFrame({"text": [f"{i * 7919 % 104_729}" for i in range(9_000)]}), 1)
    with pytest.raises(OSError, match="No space left"):
        excel_tables.write_excel(table, FullDisk())
    gc.collect()
    assert later == []
