"""The law of tables: for any CSV file, records in are records out, and cells that are not touched are equal."""

import csv
import io
import itertools
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jsdf.cli import tables
from jsdf.cli.tables import TableOptions
from jsdf.cli.tables.decoding import MemoryText
from jsdf.cli.tables.json_tables import JsonReader
from jsdf.cli.tables.reading import read
from jsdf.cli.tables.separated_reading import SeparatedReader

STYLES = [csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC, csv.QUOTE_NONE]
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n")
PIECES = st.one_of(CHARACTERS, st.sampled_from([*list("\",;\t|' =-\\"), '""', "NA", "007", "\x0b", "\u2028"]))


@st.composite
def files(draw):
    """A file as the csv module writes it: its text, its rows, its dialect."""
    style = draw(st.sampled_from(STYLES))
    separator = draw(st.sampled_from(",;\t|"))
    ending = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    # Some versions of the csv module do not quote a line break that is not in their own line end.
    breaks = ["\n", "\r\n", "\r"] if style != csv.QUOTE_NONE else {"\n": ["\r"], "\r": ["\n"]}.get(ending)
    cells = st.lists(st.one_of(PIECES, st.sampled_from(breaks)) if breaks else PIECES, max_size=6).map("".join)
    width = draw(st.integers(1, 4))
    if style == csv.QUOTE_NONE:
        cells = cells.map(lambda cell: cell.replace(separator, " "))
    names = [f"c{i}" for i in range(width)]
    rows = draw(st.lists(st.lists(cells, min_size=width, max_size=width), max_size=6))
    if ending == "\n":  # a carriage return before it belongs to the line end
        rows = [[*row[:-1], row[-1].rstrip("\r")] for row in rows]
    if ending == "\r":  # so does a line feed after it
        rows = [[row[0].lstrip("\n"), *row[1:]] for row in rows]
    blanks = draw(st.sets(st.integers(0, 5)))
    lines = []
    for number, row in enumerate([names, *rows]):
        line = io.StringIO()
        if style == csv.QUOTE_NONE:
            line.write(separator.join(row) + ending)
        else:
            csv.writer(line, delimiter=separator, quoting=style, lineterminator=ending).writerow(row)
        lines.append(line.getvalue())
        if number in blanks:
            lines.append(ending)
    text = "".join(lines)
    kept = list(
        itertools.chain.from_iterable([row, *[[""] * width] * (i in blanks)] for i, row in enumerate([names, *rows]))
    )
    if draw(st.booleans()) and text.endswith(ending) and lines[-1] != ending:
        text = text.removesuffix(ending)
    return text, kept, TableOptions(separator=separator, quoting="none" if style == csv.QUOTE_NONE else "minimal")


def read_text(text, options, column="c0"):
    reader = SeparatedReader(MemoryText(text), Path("in.csv"), "csv", options.dialect("csv"), column)
    (table,) = reader.parts()
    table.notes = reader.notes()
    return table


def dumped(table, options, kind="csv"):
    file = io.BytesIO()
    tables.dump([table], kind, file, options)
    return file.getvalue().decode()


def cells_of(table):
    return [list(table.frame.columns), *table.frame.to_numpy(dtype=object).tolist()]


@given(files())
@example(("c0\n\n", [["c0"], [""]], TableOptions(separator=",", quoting="minimal")))
def test_rows_in_are_rows_out_and_cells_are_equal(file):
    text, rows, options = file
    table = read_text(text, options)
    assert cells_of(table) == rows
    # A blank line gets its separators, and a line break in a cell, which has a note, gets quotes.
    if not table.notes and (len(rows[0]) == 1 or [""] * len(rows[0]) not in rows):
        assert dumped(table, options) == text
    labels = [["label"], *([str(i)] for i in range(len(rows) - 1))]
    table.frame["label"] = pd.Categorical([label for (label,) in labels[1:]])
    out = dumped(table, options)
    again = read_text(out, options)
    assert cells_of(again) == [row + label for row, label in zip(rows, labels, strict=True)]
    if again.notes:  # without quotes, the csv module reads any line break as a line end
        assert options.quoting == "none"
        return
    quoting = csv.QUOTE_NONE if options.quoting == "none" else csv.QUOTE_MINIMAL
    read_by_csv = csv.reader(io.StringIO(out, newline=""), delimiter=options.separator, quoting=quoting)
    assert list(read_by_csv) == cells_of(again)


@given(files(), st.sampled_from(["csv", "tsv", "json", "jsonl"]), st.sampled_from(["minimal", "all"]))
def test_rows_and_cells_survive_another_format(file, kind, quoting):
    text, rows, options = file
    table = read_text(text, options)
    target = TableOptions(quoting=quoting)
    table.kind = table.source_text = None  # as of a table from elsewhere
    out = dumped(table, target, kind)
    if kind in ("csv", "tsv"):
        separator = {"csv": ",", "tsv": "\t"}[kind]
        assert list(csv.reader(io.StringIO(out, newline=""), delimiter=separator)) == rows
        again = read_text(out, TableOptions(separator=separator, quoting=quoting))
        assert cells_of(again) == rows
    elif rows[1:]:
        path = Path("x." + kind)
        assert cells_of(next(JsonReader(MemoryText(out), path, kind, "c0").parts())) == rows


@pytest.mark.parametrize(
    ("text", "labelled"),
    [
        ("t\na\n", "t,L\na,x\n"),
        ("t\na", "t,L\na,x"),
        ("t\r\na\r\n", "t,L\r\na,x\r\n"),
        ('"t"\n"a"\n', '"t","L"\n"a","x"\n'),
        ('"t","n"\n"a",1\n', '"t","n","L"\n"a",1,"x"\n'),
        ('"t",n\n"a",1\n', '"t",n,L\n"a",1,x\n'),
        ("t,n\n\n", "t,n,L\n,,x\n"),
        ("\n \nt,n\na\n", "\n \nt,n,L\na,,x\n"),
        ("t,n\na,b,,\n", "t,n,L\na,b,x\n"),
        ('t,n\na,b,""\n', "t,n,L\na,b,x\n"),
        ("t\n'a' \\, ok\n".replace(",", ";"), "t,L\n'a' \\; ok,x\n"),
        ('t\n"Great" she said\n', 't,L\n"Great" she said,x\n'),
    ],
)
def test_the_text_of_a_record_is_kept(text, labelled):
    table = read_text(text, TableOptions(), "t")
    table.frame["L"] = ["x"] * len(table.frame)
    assert dumped(table, TableOptions()) == labelled


def test_new_fields_are_quoted_where_they_must_be():
    table = read_text("t\na\nb\nc\nd\n", TableOptions(), "t")
    table.frame['L,"'] = ["x,y", 'say "hi"', "two\nlines", None]
    assert dumped(table, TableOptions()) == ('t,"L,"""\na,"x,y"\nb,"say ""hi"""\nc,"two\nlines"\nd,\n')


def test_quoting_all_quotes_every_field_again():
    table = read_text("t,n\na,\n", TableOptions(quoting="all"), "t")
    table.frame["L"] = [True]
    assert dumped(table, TableOptions(quoting="all")) == '"t","n","L"\n"a","","True"\n'


def test_bytes_of_any_kind_come_back(tmp_path):
    content = 'a\tb\tc\n1\t"x"\té\x00\x85\n\n2\t \t"",""\r\n3'.encode()
    (tmp_path / "in.tsv").write_bytes(content)
    table = read(tmp_path / "in.tsv", "b")
    tables.write([table], tmp_path / "out.tsv")
    assert (tmp_path / "out.tsv").read_bytes() == b'a\tb\tc\n1\t"x"\t\xc3\xa9\x00\xc2\x85\n\t\t\n2\t \t"",""\r\n3\t\t'
