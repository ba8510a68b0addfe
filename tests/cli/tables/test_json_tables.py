"""JSON lines and JSON arrays: records keep their text, so that numbers, keys and layout come back as they were."""

import json
from pathlib import Path

import pandas as pd
import pytest
from command_line import OPTIONS, jsdf

from jsdf.cli import tables
from jsdf.testing import expected

X, Y = (expected(t, ["a", "b"]) for t in "xy")


def classify(content, name, out, *more):
    Path(name).write_bytes(content.encode())
    return jsdf("classify", name, *OPTIONS, "-o", out, "--no-cache", *more)


@pytest.mark.parametrize(
    ("name", "content", "labelled"),
    [
        ("in.jsonl", '{"text": "x", "n": 1.10}\n', f'{{"text": "x", "n": 1.10, "label": "{X}"}}\n'),
        ("in.jsonl", '{"text":"x","n":1e5}', f'{{"text":"x","n":1e5, "label": "{X}"}}'),
        (
            "in.jsonl",
            '{"n": 12345678901234567890.12345, "text": "x"}\r\n',
            f'{{"n": 12345678901234567890.12345, "text": "x", "label": "{X}"}}\r\n',
        ),
        ("in.jsonl", '{"text":"\\u0078","k":1,"k":2 }\n', f'{{"text":"\\u0078","k":1,"k":2, "label": "{X}" }}\n'),
        ("in.jsonl", '{"text":null}\n{}\n{"text": "x"}\n', f'{{"text":null, "label": null}}\n{{"label": null}}\n'
                                                         f'{{"text": "x", "label": "{X}"}}\n'),
        ("in.json", '[{"text": "x"}]', f'[{{"text": "x", "label": "{X}"}}]'),
        (
            "in.json",
            '\n[\n  {\n    "text": "x",\n    "n": -0\n  },\n  {"text": "y"}\n]\n',
            f'\n[\n  {{\n    "text": "x",\n    "n": -0, "label": "{X}"\n  }},\n  {{"text": "y", "label": "{Y}"}}\n]\n',
        ),
        (
            "in.json",
            '{"text": "x"}\n{"text": "y"}\n',
            f'[\n{{"text": "x", "label": "{X}"}},\n{{"text": "y", "label": "{Y}"}}\n]\n',
        ),
    ],
)  # fmt: skip
def test_the_text_of_an_object_is_kept(workdir, serve, name, content, labelled):
    serve()
    out = f"out{name[2:]}"
    result = classify(content, name, out)
    assert result.exit_code == 0, result.stderr
    assert workdir.joinpath(out).read_bytes().decode() == labelled
    json.loads(labelled) if name == "in.json" else [json.loads(line) for line in labelled.splitlines()]


@pytest.mark.parametrize("target", ["out.json", "out.jsonl", "out.json.gz", "out.ndjson"])
@pytest.mark.parametrize("source", ["in.json", "in.jsonl"])
def test_numbers_survive_the_other_form(workdir, serve, source, target):
    serve()
    objects = ['{"text": "x",\n "n": 1.10}' if source == "in.json" else '{"text": "x", "n": 1.10}', '{"text": "y"}']
    content = f"[{', '.join(objects)}]" if source == "in.json" else "\n".join(objects)
    assert classify(content, source, target).exit_code == 0
    plan = jsdf("classify", target, *OPTIONS, "--into", "again", "-o", "back.json")
    assert plan.exit_code == 0, plan.stderr
    back = json.loads(workdir.joinpath("back.json").read_text())
    assert [row["label"] for row in back] == [row["again"] for row in back] == [X, Y]
    assert back[0]["n"] == 1.1
    assert "n" not in back[1]


@pytest.mark.parametrize(
    "element",
    ['{"text": "x",\n\t"n": 1e400, "m": 1.10}', '{\r\n  "text": "x", "k": 1,\r\n  "k": 2\r\n}',
     '{"u":\n"\\ud800 \\u00e9", "text": "x"}', '{"deep":\n[{"a":\n1}], "big": 123456789012345678901.50, "text": "x"}'],
)  # fmt: skip
def test_an_object_over_several_lines_keeps_its_values_on_one(workdir, serve, element):
    serve()
    result = classify(f"[{element}]", "in.json", "out.jsonl")
    assert result.exit_code == 0, result.stderr
    (line,) = workdir.joinpath("out.jsonl").read_bytes().decode().splitlines()
    assert "".join(line.split()) == "".join(f'{element[: element.rindex("}")]},"label":"{X}"}}'.split())


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", "is empty; it must be an array of objects"),
        ("[]", "is empty; it must be an array of objects"),
        ('"text"', 'must hold an array of objects, as [{"text": "..."}], or an object on each line'),
        ('[{"text": "x"}, 5]', "line 1: an element is not a JSON object"),
        ('[{"text": "x"},\n["y"]]', "line 2: an element is not a JSON object"),
        ('[{"text": "x"}', "is not JSON: line 1: no comma or ']' after an object"),
        ('[{"text": "x"} {"text": "y"}]', "is not JSON: line 1: no comma or ']' after an object"),
        ('[{"text": "x"},]', "is not JSON: Expecting value: line 1 column 16 (char 15)"),
        ('[{"text": "x"}] x', "is not JSON: text after the array: 'x'"),
        ('[{"text": NaN}]', "is not JSON: NaN is not a JSON value"),
        ('{"text": "x"}\n\u2028\n', "line 2 is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ('{"text": {"0": "x"}}', "the column 'text' holds dict values, not texts (the first: line 1)"),
        ('[{"text": "x"},\n\n{"text": 5}]', "the column 'text' holds int values, not texts (the first: line 3)"),
        (
            '{\n"text": "x"\n}',
            "line 1 is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
    ],
)  # fmt: skip
def test_other_json_is_refused(workdir, serve, content, line):
    service = serve()
    result = classify(content, "in.json", "out.json")
    assert (result.exit_code, result.stderr.replace("in.json:", "in.json")) == (1, f"jsdf: in.json {line}\n")
    assert service.requests == []


def test_json_is_utf8_whatever_the_input_was(workdir, serve):
    serve()
    workdir.joinpath("in.json").write_text('[{"text": "x", "n": "é"}]', encoding="utf-16")
    assert "pass --encoding utf-16" in jsdf("classify", "in.json", *OPTIONS, "-q").stderr
    assert jsdf("classify", "in.json", *OPTIONS, "--encoding", "utf-16", "-o", "out.json").exit_code == 0
    assert json.loads(workdir.joinpath("out.json").read_bytes().decode("utf-8"))[0]["n"] == "é"


def test_json_lines_keep_types_and_absent_keys(workdir, serve):
    serve()
    records = [
        {"text": "x", "n": 12345678901234567890, "deep": {"k": [1, None]}},
        {"text": None, "f": 0.1},
        {"text": " ", "n": "\ud800 é"},
    ]
    workdir.joinpath("in.jsonl").write_text("\n\n".join(map(json.dumps, records)))
    result = jsdf("classify", "in.jsonl", *OPTIONS, "-o", "out.jsonl", "--errors", "coerce")
    assert result.exit_code == 0, result.stderr
    out = [json.loads(line) for line in workdir.joinpath("out.jsonl").read_text().splitlines()]
    labels = [record.pop("label", None) for record in out]
    assert out == records
    assert labels == [expected("x", ["a", "b"]), None, None]


@pytest.mark.parametrize("nested", ['{"a": [1, null], "b": "é"}', "[]", '["x", "y"]', '{"a": {"b": true}}'])
@pytest.mark.parametrize("out", ["out.csv", "out.xlsx"])
def test_objects_and_arrays_are_json_in_the_cells_of_other_formats(workdir, serve, nested, out):
    serve()
    assert classify(f'{{"text": "x", "n": {nested}}}\n{{"text": "y"}}\n', "in.jsonl", out).exit_code == 0
    frame = tables.read(workdir / out, "text").frame
    assert json.loads(frame["n"][0]) == json.loads(nested)
    assert not frame["n"][1]
    if out == "out.csv":
        pytest.importorskip("pyarrow")
        pd.DataFrame({"text": ["x"], "n": [json.loads(nested)]}).to_parquet("in.parquet")
        assert jsdf("classify", "in.parquet", *OPTIONS, "-o", "again.csv").exit_code == 0
        assert isinstance(json.loads(tables.read(workdir / "again.csv", "text").frame["n"][0]), (dict, list))
