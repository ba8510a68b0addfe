"""The parser loses no record and no character, and agrees with the csv module wherever a text is unambiguous."""

import csv
import io
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jsdf.cli.tables.decoding import MemoryText
from jsdf.cli.tables.record_parser import QuoteError, parse_records


def parse(text, separator=",", *, has_quotes=True):
    return list(parse_records(MemoryText(text), separator, has_quotes=has_quotes))


def fields_of(text, **more):
    return [record.fields for record in parse(text, **more)]


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("", []),
        ("\n", [[""]]),
        ("a\n\nb\n   \nc", [["a"], [""], ["b"], ["   "], ["c"]]),
        ("a\r\nb\nc\r\r\nd", [["a"], ["b"], ["c"], ["d"]]),
        ("a\rb\r\rc", [["a"], ["b"], [""], ["c"]]),
        ("a\r\r\nb\r\r\n", [["a"], ["b"]]),
        ("a\n1\r2\n\r3,4\n", [["a"], ["1\r2"], ["\r3", "4"]]),
        ("a\r\n1\r2\r\n", [["a"], ["1\r2"]]),
        ('a\n"1\r2","3"\r4\n5\r', [["a"], ["1\r2", '"3"\r4'], ["5"]]),
        ("a\r1\n2\r3", [["a"], ["1\n2"], ["3"]]),
        ("a\x0bb\x0cc\x85d\u2028e\x1cf\n", [["a\x0bb\x0cc\x85d\u2028e\x1cf"]]),
        ('"a,b",c\n', [["a,b", "c"]]),
        ('"a\nb\r\nc","d"\ne', [["a\nb\r\nc", "d"], ["e"]]),
        ('"",""\n""', [["", ""], [""]]),
        ('"a ""b"" c"\n', [['a "b" c']]),
        ('5" pipe,a"b"c,"\n', None),
        ('5" pipe,a"b"c\n', [['5" pipe', 'a"b"c']]),
        ('"Great" she said,1\n', [['"Great" she said', "1"]]),
        ('"a" "b, c"\n', [['"a" "b', ' c"']]),
        (' "a, b"\n', [[' "a', ' b"']]),
        ("a\x00b,c\n", [["a\x00b", "c"]]),
        ("a,b,\n", [["a", "b", ""]]),
    ],
)
def test_records(text, fields):
    if fields is None:
        with pytest.raises(QuoteError):
            parse(text)
    else:
        assert fields_of(text) == fields


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('h\n"a\nb\n', "line 2 opens a quote that is never closed"),
        ('h\n"x\ny",z\n"a', "line 4 opens a quote that is never closed"),
        ('h\na,"b\nc","d\n', "line 3 opens a quote that is never closed"),
        ('h\n"Great, really" she said\n', "line 2 opens a quote that closes before other text (' she said')"),
        ('h\n"good\n2,bad\n3,"meh\n', "line 2 opens a quote that closes in line 4 before other text ('meh')"),
        ('h\r\n"x\r\n\r\n"y\r\n', "line 2 opens a quote that closes in line 4 before other text ('y')"),
    ],
)
def test_ambiguous_quotes_are_refused_with_their_line(text, message):
    with pytest.raises(QuoteError) as error:
        parse(text)
    assert str(error.value) == message


def test_quotes_can_be_ordinary_characters():
    assert fields_of('"a,b"\n"c\n', has_quotes=False) == [['"a', 'b"'], ['"c']]


def test_lines_are_counted_where_quoted_fields_span_them():
    records = parse('a\n"b\n\nc"\r\n\nd')
    assert [(record.line, record.lines) for record in records] == [(1, 1), (2, 3), (5, 1), (6, 1)]


TEXTS = st.text(st.sampled_from('ab",\n\r ;'), max_size=30)


@given(TEXTS)
@example('a"b\n"c"')
def test_no_character_is_lost(text):
    try:
        records = parse(text)
    except QuoteError:
        return
    assert "".join(record.text + record.end for record in records) == text
    ends = {record.end for record in records[:-1]}
    assert ends <= {"\r"} or all(end.lstrip("\r") == "\n" for end in ends)
    assert all(record.end or i == len(records) - 1 for i, record in enumerate(records))


@given(TEXTS)
def test_it_agrees_with_the_csv_module(text):
    try:
        records = parse(text)
    except QuoteError:
        return
    if any(record.stray or "\r\r" in record.end for record in records):
        return
    read = list(csv.reader(io.StringIO(text, newline="")))
    assert len(read) == len(records)
    for fields, record in zip(read, records, strict=True):
        if fields:  # the csv module has no fields for a blank line
            assert [len(fields), *(f.replace('"', "") for f in fields)] == [
                len(record.fields),
                *(f.replace('"', "") for f in record.fields),
            ]


@pytest.mark.parametrize("size", [csv.field_size_limit() + 1, 3_000_000])
def test_fields_have_no_limit(size):
    text = f'h\n"{"x" * size}\n"\n{"y" * size}\n'
    assert [len(record.fields[0]) for record in parse(text)] == [1, size + 1, size]


def test_a_quote_that_is_never_closed_takes_linear_time():
    lines = 200_000
    text = 'h\n"' + "x\n" * lines
    with pytest.raises(QuoteError):
        parse(text)
    assert sys.getsizeof(text) < 10 * lines
