"""A file that is read in parts gives the same output, messages and exit code as one that is read whole."""

import gzip
import re
from pathlib import Path

import pytest
from command_line import OPTIONS, jsdf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sample_files import LINES, REFUSED, SEPARATED, encoded, parquet_files
from streaming import stream_all

from jsdf.api import validation
from jsdf.cli.large_files import file_parts
from jsdf.testing import FakeEngine

_FIGURES = re.compile(r"\d+ requests?|[\d,]+ tokens|\d+\.\d+ s")


@pytest.fixture(autouse=True)
def service(workdir, serve):
    return serve()


def outcome(name, *more, out="out.csv"):
    """Return the exit code, the messages and the output of one command; the figures of requests may differ."""
    Path(out).unlink(missing_ok=True)
    result = jsdf("classify", name, *OPTIONS, "--no-cache", "-o", out, *more)
    stderr = _FIGURES.sub("?", result.stderr)
    written = Path(out).read_bytes() if Path(out).exists() else None
    if written is not None and out.endswith(".gz"):
        written = gzip.decompress(written)
    return result.exit_code, stderr, result.stdout_bytes, written


def assert_same(monkeypatch, name, *more, out="out.csv", sizes=((1, 1), (2, 40), (3, 1e9))):
    """Compare both ways of reading; return the outcome."""
    whole = outcome(name, *more, out=out)
    for rows, characters in sizes:
        with monkeypatch.context() as patch:
            scans = watch_scans(patch)
            stream_all(patch, rows, characters)
            assert outcome(name, *more, out=out) == whole, (rows, characters)
            assert len(scans) == 1
    return whole


def watch_scans(patch):
    scans = []
    scan = file_parts.FileParts.scan
    patch.setattr(file_parts.FileParts, "scan", lambda *arguments: scans.append(1) or scan(*arguments))
    return scans


@pytest.mark.parametrize("out", ["out.csv", "out.tsv", "out.jsonl", "-"])
@pytest.mark.parametrize("sample", [*SEPARATED])
def test_separated(monkeypatch, sample, out):
    name, text = SEPARATED[sample]
    Path(name).write_bytes(encoded(text, name))
    assert assert_same(monkeypatch, name, out=out)[0] in (0, 1)


@pytest.mark.parametrize("more", [("--safe-cells",), ("--quoting", "all"), ("--quoting", "none"), ("--multiple",),
                                  ("--quoting", "minimal"), ("--into", "t", "-q"), ("--max-requests", "0"),
                                  ("--errors", "coerce")])  # fmt: skip
@pytest.mark.parametrize("sample", [*SEPARATED])
def test_separated_with_options(monkeypatch, sample, more):
    name, text = SEPARATED[sample]
    Path(name).write_bytes(encoded(text, name))
    assert_same(monkeypatch, name, *more, sizes=((2, 40),))


@pytest.mark.parametrize("sample", [*SEPARATED])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig", "utf-16-le", "cp1252", "utf-7"])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_encodings(monkeypatch, sample, encoding, ending):
    name, text = SEPARATED[sample]
    try:
        content = encoded(text, name + ending, encoding)
    except UnicodeEncodeError:
        pytest.skip("the encoding lacks a character")
    Path(name + ending).write_bytes(content)
    assert_same(monkeypatch, name + ending, "--encoding", encoding, out=f"out.csv{ending}", sizes=((2, 40),))
    assert_same(monkeypatch, name + ending, sizes=((2, 40),))  # most are refused, and the encoding is suggested


@pytest.mark.parametrize("out", ["out.csv", "out.tsv.gz", "out.jsonl", "-"])
@pytest.mark.parametrize("sample", [*LINES])
def test_lines(monkeypatch, sample, out):
    name, text = LINES[sample]
    Path(name).write_bytes(encoded(text, name))
    assert_same(monkeypatch, name, out=out)


@pytest.mark.parametrize("ending", ["", ".gz"])
@pytest.mark.parametrize("sample", [*REFUSED])
def test_refusals(monkeypatch, service, sample, ending):
    name, text = REFUSED[sample]
    Path(name + ending).write_bytes(encoded(text, name + ending))
    code, _, stdout, written = assert_same(monkeypatch, name + ending)
    assert (code, stdout, written, service.requests) == (1, b"", None, [])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.csv", b"text\na\nb\nc\nd\xe9\n"),
        ("in.csv", b"text\n" + b"a\n" * 2_000_000 + b"\xe9\n"),
        ("in.csv", b"text\n" + b"a\n" * ((1 << 19) - 3) + b"\xc3\n"),
        ("in.csv", b"text\n\xc3\xa9\n\xe2\x82"),
        ("in.csv.gz", encoded("text\na\n", "x.gz")[:-6]),
        ("in.csv.gz", b"text\na\n"),
        ("in.csv", encoded("text\na\n", "x.gz")),
        ("in.csv", b"PAR1 and so on"),
        ("in.jsonl", b'{"text": "a"}\n{"text": "\xff"}'),
    ],
)
def test_bytes_that_are_no_text(monkeypatch, service, name, content):
    Path(name).write_bytes(content)
    code, _, stdout, written = assert_same(monkeypatch, name, sizes=((1_000_000, 1e9),))
    assert (code, stdout, written, service.requests) == (1, b"", None, [])


@pytest.mark.parametrize("out", ["out.csv", "out.jsonl", "-"])
@pytest.mark.parametrize("sample", [*parquet_files()])
def test_parquet_to_text(monkeypatch, sample, out):
    Path("in.parquet").write_bytes(parquet_files()[sample])
    assert_same(monkeypatch, "in.parquet", out=out)


def tables_of(name, *more):
    import pyarrow.parquet as pq

    done = outcome(name, *more, out="out.parquet")
    return done[:3], None if done[3] is None else pq.read_table("out.parquet")


def assert_same_tables(monkeypatch, name, *more, check_metadata=True):
    messages, whole = tables_of(name, *more)
    for rows, characters in [(1, 1), (2, 40), (3, 1e9)]:
        with monkeypatch.context() as patch:
            stream_all(patch, rows, characters)
            streamed_messages, streamed = tables_of(name, *more)
        assert streamed_messages == messages
        assert (streamed is None) == (whole is None)
        if whole is not None:
            assert streamed.schema.equals(whole.schema, check_metadata=check_metadata)
            assert streamed.equals(whole)


@pytest.mark.parametrize("more", [(), ("--multiple",)])
@pytest.mark.parametrize("sample", [*parquet_files()])
def test_parquet_to_parquet(monkeypatch, sample, more):
    Path("in.parquet").write_bytes(parquet_files()[sample])
    assert_same_tables(monkeypatch, "in.parquet", *more)


@pytest.mark.parametrize("more", [(), ("--multiple",)])
@pytest.mark.parametrize("sample", [*SEPARATED])
def test_separated_to_parquet(monkeypatch, sample, more):
    name, text = SEPARATED[sample]
    Path(name).write_bytes(encoded(text, name))
    # The metadata of pandas tell nullable booleans from others, which depends on the last row.
    assert_same_tables(monkeypatch, name, *more, check_metadata=not more)


@pytest.mark.parametrize(
    "text", ['text\n{}"a\n\nb"\n', "text\r\n{}\r\n\r\n", "text\r{}\rb\r\r", "a,text\r\r\n,{}\r\r\n"]
)
@pytest.mark.parametrize("before", [0, 1, 2, 3])
def test_line_ends_and_quotes_across_pieces_of_the_file(monkeypatch, text, before):
    """The file is decoded in pieces of 8,192 bytes; each position of the end of a row is at their border once."""
    for size in range(8_192 - len(text) - before - 2, 8_192):
        Path("in.csv").write_bytes(text.format("\n" * before + "x" * size).encode())
        assert_same(monkeypatch, "in.csv", sizes=((1, 1),))


CELLS = st.text(st.sampled_from('ab",\n\r ;é'), max_size=6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), max_size=8), st.sampled_from(["\n", "\r\n", "\r"]), st.integers(1, 4))
def test_random_records(monkeypatch, rows, end, size):
    text = end.join(["text,n", *(",".join(cells) for cells in rows)])
    Path("in.csv").write_bytes(text.encode())
    assert_same(monkeypatch, "in.csv", sizes=((size, 1e9),))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(['{"text": "a"}', '{"n": 1, "text": "b"} ', "", "{}", '{"m": [1,\t2]}', " \r"])),
       st.sampled_from(["out.csv", "out.jsonl"]), st.booleans())  # fmt: skip
def test_random_objects(monkeypatch, lines, out, is_ended):
    Path("in.jsonl").write_bytes(("\n".join(lines) + "\n" * is_ended).encode())
    assert_same(monkeypatch, "in.jsonl", out=out, sizes=((2, 1e9),))


@pytest.mark.parametrize("more", [("--no-cache",), (), ("--multiple",)])
@pytest.mark.parametrize("out", ["out.csv", "out.jsonl"])
def test_details_of_repeated_values(monkeypatch, workdir, more, out):
    Path("in.csv").write_text("text\n" + "".join(f"text {i % 5}\n" for i in range(30)))
    found = []
    for is_whole in (True, False):
        with monkeypatch.context() as patch:
            engine = FakeEngine(scores=True, identity=f"scores {is_whole}")
            patch.setattr(validation, "resolve_engine", lambda _, engine=engine: engine)
            if not is_whole:
                stream_all(patch, 3, 60, requests=0.1)
            runs = []
            for _ in range(2):  # the second one has its answers from the store
                assert jsdf("classify", "in.csv", *OPTIONS, "--details", "-o", out, *more).exit_code == 0
                runs.append(Path(out).read_text())
            found.append(runs)
    assert found[0] == found[1]
    assert "1.0" in found[0][0]
