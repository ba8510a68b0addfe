"""Numbers of JSON stay as they were written, in every format that can hold them."""

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from command_line import OPTIONS, jsdf
from hypothesis import example, given
from hypothesis import strategies as st

from jsdf.cli import tables
from jsdf.cli.tables.json_values import NumberParser, WrittenNumber, dump_json, nested_text
from jsdf.testing import expected

NUMBERS = ["1e400", "-1e400", "1E+999", "0.1e-999", "12345678901234567890123", "1.0", "1e2", "-0.0", "-0", "1.10", "0",
           "-5", "1E5", "0.1000000000000000055511151231257827", "9" * 5_000, "-1.5e-3000", "1e16", "[1e400]",
           '{"a": [1.10, {"b": -0}]}']  # fmt: skip
LABEL = expected("x", ["a", "b"])


def classify(content, out, name="in.jsonl"):
    Path(name).write_text(content)
    return jsdf("classify", name, *OPTIONS, "-o", out, "-q")


@pytest.mark.parametrize("number", NUMBERS, ids=[number[:30] for number in NUMBERS])
def test_numbers_keep_their_text(workdir, serve, number):
    serve()
    for name, form in [("in.jsonl", "{}\n"), ("in.json", "[{}]\n")]:
        record = f'{{"text": "x", "n": {number}}}'
        labelled = form.format(f'{{"text": "x", "n": {number}, "label": "{LABEL}"}}')
        out = name.replace("in", "out")
        assert classify(form.format(record), out, name).exit_code == 0
        assert Path(out).read_text() == labelled
        assert classify(form.format(record), "out.csv", name).exit_code == 0
        assert tables.read(Path("out.csv"), "text").frame["n"].tolist() == [number]
        crossed = "out.json" if name == "in.jsonl" else "out.jsonl"
        assert classify(form.format(record), crossed, name).exit_code == 0
        assert f'"n": {number}, "label"' in Path(crossed).read_text()


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1E+999", "[1, [1e400]]", '{"a": -1e999}', "9" * 5_000])
def test_a_number_that_parquet_cannot_hold_is_refused_before_anything_is_sent(workdir, serve, number):
    service = serve()
    refused = classify(f'{{"text": "x", "n": {number}}}\n', "out.parquet")
    assert refused.exit_code == 1
    assert refused.stderr.startswith("jsdf: out.parquet cannot be written as Parquet: ")
    assert refused.stderr.endswith(" is beyond its numbers; write .jsonl or .csv\n")
    assert service.requests == []
    assert classify(f'{{"text": "x", "n": {number}}}\n', "out.jsonl").exit_code == 0


def test_a_workbook_has_such_numbers_as_texts(workdir, serve):
    openpyxl = pytest.importorskip("openpyxl")
    serve()
    lines = [f'{{"text": "x", "n": {number}}}\n' for number in ("1e400", "1.10", "9" * 400, "[1e400]", "1e2")]
    assert classify("".join(lines), "out.xlsx").exit_code == 0
    cells = [row[1] for row in openpyxl.load_workbook("out.xlsx").active.iter_rows(min_row=2)]
    assert [cell.value for cell in cells] == ["1e400", 1.1, "9" * 400, "[1e400]", 100]
    assert [cell.data_type for cell in cells] == ["s", "n", "s", "s", "n"]


def test_names_that_are_there_twice_stay(workdir, serve):
    service = serve()
    record = '{"text": "first", "k": 1, "k": 1e400, "text": "x", "d": {"e": 1, "e": 2}'
    assert classify(record + "}\n", "out.jsonl").exit_code == 0
    assert Path("out.jsonl").read_text() == f'{record}, "label": "{LABEL}"}}\n'
    assert set(service.billed) == {"x"}  # as every reader of JSON takes it


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "[NaN]", '{"a": Infinity}'])
@pytest.mark.parametrize("out", ["out.jsonl", "out.csv"])
def test_what_is_no_json_is_told_in_one_sentence(workdir, serve, token, out):
    service = serve()
    refused = classify(f'{{"text": "x"}}\n{{"text": "y", "n": {token}}}\n', out)
    name = token.strip('[]{"a: }')
    assert refused.stderr == f"jsdf: in.jsonl line 2 is not JSON: {name} is not a JSON value\n"
    assert service.requests == []


@pytest.mark.parametrize("depth", [20, 300, 600])
def test_values_may_be_nested_deeply(workdir, serve, depth):
    serve()
    nested = "[" * depth + "1.10" + "]" * depth
    record = f'{{"text": "x", "n": {nested}'
    assert classify(record + "}\n", "out.jsonl").exit_code == 0
    assert Path("out.jsonl").read_text() == f'{record}, "label": "{LABEL}"}}\n'
    assert classify(record + "}\n", "out.csv").exit_code == 0
    assert json.loads(tables.read(Path("out.csv"), "text").frame["n"][0]) == json.loads(nested)


@pytest.mark.parametrize(("name", "form"), [("in.jsonl", "{}\n"), ("in.json", "[{}]")])
def test_values_that_are_nested_too_deeply_are_told(workdir, serve, name, form):
    service = serve()
    refused = classify(form.format('{"text": "x", "n": ' + "[" * 200_000 + "]" * 200_000 + "}"), "out.jsonl", name)
    assert refused.stderr == f"jsdf: {name} line 1 is nested too deeply to be read\n"
    assert service.requests == []


@pytest.mark.parametrize("value", [float("inf"), -float("inf"), [float("inf")], {"a": np.float32("-inf")}])
@pytest.mark.parametrize("out", ["out.jsonl", "out.json"])
def test_json_has_no_infinity(workdir, serve, value, out):
    pd, service = pytest.importorskip("pandas"), serve()
    pytest.importorskip("pyarrow")
    pd.DataFrame({"text": ["x"], "n": [value]}).to_parquet("in.parquet")
    refused = jsdf("classify", "in.parquet", *OPTIONS, "-o", out)
    infinity = "-inf" if "-" in str(value) else "inf"
    problem = f"JSON has no number {infinity}; write .csv or .parquet"
    assert refused.stderr.splitlines()[-1].endswith(f": {problem}")
    assert service.requests == []
    assert jsdf("classify", "in.parquet", *OPTIONS, "-o", "out.parquet").exit_code == 0


def test_nan_is_null():
    assert dump_json({"a": float("nan"), "b": [np.float64("nan"), None, np.array([1.5, np.nan])]}) == (
        '{"a": null, "b": [null, null, [1.5, null]]}'
    )
    assert nested_text([float("nan")]) == "[null]"


NUMBER_TEXTS = st.from_regex(r"\A-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?\Z")


@given(st.recursive(NUMBER_TEXTS, lambda item: st.lists(item, max_size=3).map(lambda i: f"[{', '.join(i)}]")))
@example("-0")
@example("-1e400")
def test_any_number_comes_back_as_it_was_written(text):
    assert dump_json(NumberParser().decoder.decode(text)) == text


@given(NUMBER_TEXTS)
def test_a_written_number_is_a_number(text):
    number = WrittenNumber(text)
    assert (float(number), str(number), repr(number)) == (float(text), text, text)
    again = pickle.loads(pickle.dumps(number))
    assert (again.text, float(again)) == (text, float(text))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda item: st.lists(item, max_size=3) | st.dictionaries(st.text(), item, max_size=3),
    max_leaves=8,
)


@given(ANY)
def test_what_is_dumped_is_json(value):
    dumped = dump_json(value)
    dumped.encode()
    assert json.loads(dumped, parse_constant=pytest.fail) == value
