"""What is written is read back by others: the same rows and cells, whatever characters they hold."""

import csv
import io
import json
import sys
from pathlib import Path

import pandas as pd
import pytest
from command_line import OPTIONS, jsdf
from hypothesis import example, given
from hypothesis import strategies as st

from jsdf.cli import tables
from jsdf.cli.tables import Table, TableOptions
from jsdf.testing import expected

BREAKS = ["\r", "\n", "\r\n", "\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\0", "\x1a"]
PIECES = st.one_of(
    st.sampled_from([*BREAKS, '"', "'", ",", ";", "\t", "|", "\\", " ", "NA", "-5", "=1", "#", "\ufeff"]),
    st.characters(exclude_categories=["Cs"]),
)
CELLS = st.lists(PIECES, max_size=5).map("".join)
ROWS = st.lists(st.tuples(CELLS, CELLS, CELLS).map(list), min_size=1, max_size=5)
NAMES = ["a", "b\r\u2028", "c"]


@pytest.fixture(autouse=True)
def any_field_size():
    """Fields as large as a reader can be told to take."""
    before = csv.field_size_limit(1 << 30)
    yield
    csv.field_size_limit(before)


def dumped(rows, kind, options=None, names=NAMES):
    file = io.BytesIO()
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    tables.dump([Table(frame, len(names))], kind, file, options or TableOptions())
    return file.getvalue()


def by_csv(content, separator):
    return list(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=separator))


def by_pandas(content, separator, engine):
    frame = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False, engine=engine, sep=separator)
    return [list(frame.columns), *frame.to_numpy(dtype=object).tolist()]


def by_polars(content, separator):
    pl = pytest.importorskip("polars")
    frame = pl.read_csv(content, infer_schema=False, separator=separator)
    return [frame.columns, *(["" if cell is None else cell for cell in row] for row in frame.rows())]


def by_us(content, separator):
    path = Path("out.csv")
    path.write_bytes(content)
    options = TableOptions(separator=separator, quoting="minimal")
    table = tables.read(path, "a", options)
    return [list(table.frame.columns), *table.frame.to_numpy(dtype=object).tolist()]


def read_back(content, separator):
    yield by_polars(content, separator)
    if b"\0" in content and (sys.version_info < (3, 11) or pd.__version__ < "3"):
        return  # these refuse NUL, or end a cell there
    yield by_csv(content, separator)
    for engine in ("c", "python"):
        yield by_pandas(content, separator, engine)


LONG = "x\r" * 500_000


@given(ROWS, st.sampled_from(["minimal", "all"]), st.sampled_from(["csv", "tsv"]))
@example([["", "", ""]], "minimal", "csv")
@example([[LONG, "1", ""], ["2", "", LONG.replace("\r", '"')]], "minimal", "csv")
@example([[piece, f"x{piece}", f"x{piece}y"] for piece in BREAKS], "minimal", "tsv")
def test_every_reader_of_csv_gives_the_same_cells(rows, quoting, kind):
    separator = {"csv": ",", "tsv": "\t"}[kind]
    content = dumped(rows, kind, TableOptions(quoting=quoting))
    for again in read_back(content, separator):
        assert again == [NAMES, *rows]
    assert by_us(content, separator) == [NAMES, *rows]


@pytest.mark.parametrize("piece", BREAKS)
def test_a_record_that_is_kept_and_one_that_is_written_anew_read_alike(workdir, serve, piece):
    serve()
    rows = [["x", f"{piece}", "1"], ["y", f"a{piece}b", ""]]
    lines = (",".join(f'"{cell}"' for cell in row) + "\r\n" for row in [["text", f"n{piece}m", "o"], *rows])
    Path("in.csv").write_bytes("".join(lines).encode())
    for out, separator in [("out.csv", ","), ("out.tsv", "\t")]:
        assert jsdf("classify", "in.csv", *OPTIONS, "-o", out, "-q").exit_code == 0
        labels = [expected(row[0], ["a", "b"]) for row in rows]
        want = [["text", f"n{piece}m", "o", "label"], *([*row, label] for row, label in zip(rows, labels, strict=True))]
        for again in read_back(Path(out).read_bytes(), separator):
            assert again == want


@pytest.mark.parametrize("cell", ["", " ", "\t", "\r", "\n \r", "\ufeff"])
def test_a_single_column_keeps_its_blank_rows(cell):
    content = dumped([[cell], ["x"]], "csv", names=["a"])
    assert by_csv(content, ",") == [["a"], [cell], ["x"]]
    assert by_pandas(content, ",", "c") == [["a"], [cell], ["x"]]
    assert by_us(content, ",") == [["a"], [cell], ["x"]]


def test_a_byte_order_mark_is_no_part_of_the_first_name_unless_it_is_quoted():
    content = dumped([["x"]], "csv", names=["\ufeffa"])
    assert by_csv(content, ",")[0] == ["\ufeffa"]
    assert by_pandas(content, ",", "c")[0] == ["\ufeffa"]


@given(ROWS, st.sampled_from(["json", "jsonl"]))
@example([[LONG, "\0", ""]], "jsonl")
def test_every_reader_of_json_gives_the_same_cells(rows, kind):
    content = dumped(rows, kind)
    text = content.decode()
    # JSON lines end with line feeds alone, which no text holds as they are.
    records = json.loads(text) if kind == "json" else [json.loads(line) for line in text.split("\n")[:-1]]
    assert [[record[name] for name in NAMES] for record in records] == rows
    frame = pd.read_json(io.BytesIO(content), lines=kind == "jsonl", dtype=False)
    assert [list(map(str, row)) for row in frame[NAMES].to_numpy().tolist()] == rows
    if kind == "jsonl":
        pl = pytest.importorskip("polars")
        again = pl.read_ndjson(io.BytesIO(content), schema=dict.fromkeys(NAMES, pl.String))
        assert [list(row) for row in again.rows()] == rows


@given(ROWS)
@example([[LONG, "\0", ""]])
def test_parquet_holds_any_text(rows):
    pq = pytest.importorskip("pyarrow.parquet")
    again = pq.read_table(io.BytesIO(dumped(rows, "parquet"))).to_pylist()
    assert [[row[name] for name in NAMES] for row in again] == rows
    pl = pytest.importorskip("polars")
    assert [list(row) for row in pl.read_parquet(io.BytesIO(dumped(rows, "parquet"))).rows()] == rows


def test_a_workbook_takes_no_field_of_a_million_characters(workdir, serve):
    pytest.importorskip("openpyxl")
    service = serve()
    Path("in.jsonl").write_text(json.dumps({"text": "x", "n": "y" * 1_000_000}))
    refused = jsdf("classify", "in.jsonl", *OPTIONS, "-o", "out.xlsx")
    assert "row 2 of 'n' has 1,000,000 characters, and a cell holds 32,767; write .csv or .parquet" in refused.stderr
    assert service.requests == []
