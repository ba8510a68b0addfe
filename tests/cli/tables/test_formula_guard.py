"""Cells that a spreadsheet program takes for formulas pass unchanged, or with `--safe-cells` as texts."""

import csv
import io
import re
from pathlib import Path

import pandas as pd
import pytest
from command_line import LABELS_AB, OPTIONS, jsdf
from hypothesis import example, given
from hypothesis import strategies as st

from jsdf.cli import tables
from jsdf.cli.tables import Table, TableOptions
from jsdf.cli.tables.formula_guard import guard
from jsdf.testing import expected

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "=", "-", "\uff1d1", "\uff0b1", "\uff0d1"]
NUMBERS = ["-5", "+3.2", "-1e5", "+4915112345678", "-1,234.50", "-.5", "+5%", "5", "-1,5"]
TEXTS = ["", "a=b", "a-b", "'a", "e-mail", "a, b", "1-2", "a - b", "#N/A", "~"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe(text):
    assert guard(text)[0] == "'"
    assert guard(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("text", [*NUMBERS, *TEXTS])
def test_numbers_and_other_texts_stay(text):
    assert guard(text) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a;=1", "a;'=1"),
        ('say "=1"', 'say "\'=1"'),
        ("x,-y", "x,'-y"),
        ("list:\n- one\n- two", "list:\n'- one\n'- two"),
        ("a|@b", "a|'@b"),
        ("'=1", "''=1"),
        ("''-x", "'''-x"),
        ("-1;=2", "'-1;'=2"),
    ],
)
def test_places_where_another_program_begins_a_cell_get_one_too(text, safe):
    assert guard(text) == safe


PIECES = st.sampled_from([*STARTS, "'", ",", ";", "|", '"', "a", " ", "1", ".", "\\"])
CELLS = st.lists(PIECES, max_size=7).map("".join)


def restored(text):
    """Undo it, as the page says."""
    return re.sub("(^|[,;|\\t\\r\\n\"])'(?='*[=+\\-@\\t\\r\\n\\0\uff1d\uff0b\uff0d\uff20])", r"\1", text)


@given(CELLS)
@example("\t\t=1")
@example("'\t''=")
def test_the_text_comes_back(text):
    assert restored(guard(text)) == text


def dumped(rows, kind, options):
    file = io.BytesIO()
    tables.dump([Table(pd.DataFrame(rows, columns=["a", "b"]), 2)], kind, file, options)
    return file.getvalue().decode()


@given(st.lists(st.tuples(CELLS, CELLS), max_size=3), st.sampled_from(["csv", "tsv"]), st.sampled_from(",;\t|"),
       st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_NONE]))  # fmt: skip
def test_no_cell_begins_like_a_formula_however_it_is_read(rows, kind, separator, quoting):
    content = dumped(rows, kind, TableOptions(safe_cells=True)).replace("\0", "\x01")  # older readers refuse NUL
    read = csv.reader(io.StringIO(content, newline=""), delimiter=separator, quoting=quoting)
    cells = (cell for row in read for cell in row)
    # A number may be followed by what belonged to the next cell.
    begun = (cell.lstrip("\t\r\n\x01") for cell in cells)  # a tab may be the separator of an empty cell
    assert [cell for cell in begun if cell.startswith(tuple(STARTS)) and not re.match(r"[+-][.,]*[0-9]", cell)] == []


ROWS = [*FORMULAS, *NUMBERS, *TEXTS, "a;=1"]


def write_rows(name="in.csv", style=csv.QUOTE_MINIMAL):
    with Path(name).open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=style).writerows([["text", "=n"], *([f"t{i}", row] for i, row in enumerate(ROWS))])
    return name


@pytest.mark.parametrize("out", ["out.csv", "out.tsv", "out.jsonl", "out.parquet", "out.xlsx"])
def test_by_default_no_cell_changes(workdir, serve, out):
    serve()
    assert jsdf("classify", write_rows(style=csv.QUOTE_ALL), *OPTIONS, "--into", "@m", "-o", out, "-q").exit_code == 0
    quoting = TableOptions(quoting="minimal") if out == "out.tsv" else TableOptions()
    frame = tables.read(workdir / out, "text", quoting).frame
    assert [cell or "" for cell in frame["=n"]] == ROWS
    assert list(frame.columns) == ["text", "=n", "@m"]
    if out == "out.xlsx":
        sheet = pytest.importorskip("openpyxl").load_workbook(out).active
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {
            "s",
            "inlineStr",
            "n",
        }  # "n" of empty cells
        assert {type(cell.value) for row in sheet.iter_rows() for cell in row} <= {str, type(None)}


@pytest.mark.parametrize("out", ["out.csv", "out.tsv", "out.csv.gz", "-"])
@pytest.mark.parametrize("style", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_safe_cells(workdir, serve, out, style):
    service = serve()
    command = ("classify", write_rows(style=style), *OPTIONS, "--into", "+m", "--safe-cells", "-o", out, "-q")
    result = jsdf(*command)
    assert (result.exit_code, result.stderr) == (0, "")
    if out == "-":
        Path("out.csv").write_bytes(result.stdout_bytes)
    options = TableOptions(quoting="minimal") if out == "out.tsv" else TableOptions()
    frame = tables.read(Path("out.csv" if out == "-" else out), "text", options).frame
    assert list(frame.columns) == ["text", "'=n", "'+m"]
    assert list(frame["'=n"]) == [guard(row) for row in ROWS]
    assert list(map(restored, frame["'=n"])) == ROWS
    assert set(service.billed) == {f"t{i}" for i in range(len(ROWS))}


def test_records_without_such_cells_keep_their_text(workdir, serve):
    serve()
    Path("in.csv").write_text('text,n\n"x",  "1"\n"y",=1\n-5,\'ok\n')
    labels = [expected(text, ["a", "b"]) for text in ("x", "y", "-5")]
    assert jsdf("classify", "in.csv", *OPTIONS, "--safe-cells", "-o", "out.csv", "-q").exit_code == 0
    assert Path("out.csv").read_text().splitlines() == [
        "text,n,label", f'"x",  "1",{labels[0]}', f"y,'=1,{labels[1]}", f"-5,'ok,{labels[2]}"
    ]  # fmt: skip


def test_labels_are_made_safe_too(workdir, serve):
    serve()
    Path("in.csv").write_text("text\nx\ny\n")
    for more in ([], ["--multiple"]):
        command = ("classify", "in.csv", "-c", "text", "-l", "=yes", "-l", "@no", *more)
        assert jsdf(*command, "-o", "out.csv", "-q", "--safe-cells").exit_code == 0
        assert not re.search(r"(^|,)[=@]", Path("out.csv").read_text(), re.MULTILINE)


@pytest.mark.parametrize(("kind", "name"), [("xlsx", "Excel"), ("jsonl", "JSON lines"), ("parquet", "Parquet")])
def test_other_formats_have_no_use_for_it(workdir, serve, kind, name):
    service = serve()
    command = ("classify", write_rows(), *OPTIONS, "-o", f"out.{kind}", "-q")
    refused = jsdf(*command, "--safe-cells")
    assert refused.stderr == (
        f"jsdf: --safe-cells is for CSV and TSV, but the output is {name}, "
        "where texts are never formulas; leave it out\n"
    )
    assert service.requests == []
    assert jsdf(*command).exit_code == 0


def test_plan_says_whose_option_it_is(workdir):
    told = jsdf("plan", write_rows(), "-c", "text", *LABELS_AB, "--safe-cells").stderr
    assert told == "jsdf: `jsdf plan` has no option --safe-cells, which is one of `jsdf classify`\n"
