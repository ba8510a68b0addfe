"""A damaged file of corrections: what is valid is loaded, one warning counts the rest, and nothing is overwritten."""

import json
import warnings
from datetime import datetime, timezone

import pandas as pd
import pytest
from gallery_samples import correction_files, labelled, texts
from hypothesis import example, given
from hypothesis import strategies as st

from jsdf.api.viewers import review
from jsdf.display.review.record_lines import complete_lines, parse_lines

UTC = timezone.utc


def reviewed():
    """Return the file of a review of two rows, and its lines."""
    for path in correction_files():
        path.unlink()
    review(texts(5), labelled(5)).choose([0, 1], "bird")
    (path,) = correction_files()
    return path, path.read_bytes().splitlines()


def opened(problem=None):
    """Open the review again, and check the one warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        state = review(texts(5), labelled(5))
    told = [str(warning.message) for warning in caught]
    assert len(told) == (problem is not None), told
    assert problem is None or problem in told[0]
    return state


TIMES = {
    "0001-01-01T00:00:00+00:00": datetime(1, 1, 1, tzinfo=UTC),
    "0001-01-01T00:00:00": datetime(1, 1, 1, tzinfo=UTC),
    "0001-01-01T00:00:00+05:00": None,
    "9999-12-31T23:59:59.999999+00:00": datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    "9999-12-31T23:59:59-05:00": None,
    "1600-02-29T12:00:00+00:00": datetime(1600, 2, 29, 12, tzinfo=UTC),
    "2024-05-06T07:08:09": datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
    "2024-05-06T09:08:09+02:00": datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
    "10000-01-01T00:00:00+00:00": None,
    "0000-01-01T00:00:00": None,
    "2024-13-45": None,
    "yesterday": None,
    "": None,
    5: None,
    1e400: None,
    None: None,
    True: None,
    ("a",): None,
}


@pytest.mark.parametrize(("given_time", "when"), TIMES.items())
def test_a_time_loses_no_correction(given_time, when, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    path, (head, first, second) = reviewed()
    odd = json.dumps({**json.loads(first), "at": given_time}).encode()
    path.write_bytes(b"\n".join([head, odd, second, b""]))
    state = opened()
    changes = state.changes
    assert changes.index.tolist() == [0, 1]
    assert str(changes["when"].dtype) == "datetime64[us, UTC]"
    assert (None if pd.isna(changes["when"][0]) else changes["when"][0].to_pydatetime()) == when
    assert state.labels.tolist()[:2] == ["bird", "bird"]
    state.choose([3], "bird")
    assert path.read_bytes().startswith(b"\n".join([head, odd, second, b""]))
    assert opened().changes.index.tolist() == [0, 1, 3]


def test_a_correction_without_a_time_is_loaded():
    path, (head, first, second) = reviewed()
    record = json.loads(first)
    del record["at"]
    path.write_bytes(b"\n".join([head, json.dumps(record).encode(), second, b""]))
    assert opened().changes["when"].isna().tolist() == [True, False]


WRONG = {
    "a number": b"5",
    "a list": b"[]",
    "null": b"null",
    "an object without a row": b"{}",
    "a row that is a number": b'{"value": 3, "to": ["bird"]}',
    "a label that is a number": {"to": 5},
    "labels that are numbers": {"to": [5]},
    "a label that is a text": {"to": "bird"},
    "half of a character": {"to": ["\ud800"]},
    "labels before that are a text": {"before": "cat"},
    "labels to choose from that are a number": {"among": 3},
    "an index that is a list": {"index": []},
    "a place that is a text": {"nth": "0"},
    "a place that is true": {"nth": True},
    "a mark that is a text": {"marked": "yes"},
    "a mark that is a number": {"marked": 1},
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_line_that_is_no_correction_is_left_out(kind):
    path, (head, first, second) = reviewed()
    wrong = WRONG[kind]
    odd = wrong if isinstance(wrong, bytes) else json.dumps({**json.loads(first), **wrong}).encode()
    path.write_bytes(b"\n".join([head, odd, second, b""]))
    state = opened("has 1 line that cannot be read (1 no correction of a row)")
    assert state.changes.index.tolist() == [1]
    assert path.read_bytes() == b"\n".join([head, odd, second, b""])


NOT_JSON = {
    "NUL characters": b"\0" * 100,
    "NUL characters before a line": b"\0\0\0\0" + b'{"value": "a"}',
    "a line that was cut off": b'{"value":"ab',
    "a line from another encoding": "{'value': 'é'}".encode("latin-1"),
    "deep nesting": b"[" * 100_000,
    "a number of too many digits": b"1" * 5_000,
    "text": b"x" * 99,
}


@pytest.mark.parametrize("kind", NOT_JSON)
@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_line_that_is_not_json_is_left_out(kind, place):
    path, lines = reviewed()
    lines.insert(place, NOT_JSON[kind])
    lines.append(b"{}")
    content = b"\n".join([*lines, b""])
    path.write_bytes(content)
    state = opened("has 2 lines that cannot be read (1 not JSON, as a line that was cut off, 1 no correction of a row)")
    assert state.changes.index.tolist() == [0, 1]
    state.choose([3], "bird")
    assert path.read_bytes().startswith(content)


def test_a_last_line_that_was_cut_off_is_counted_and_stays():
    path, (head, first, second) = reviewed()
    for cut in range(1, len(second)):
        content = b"\n".join([head, first, second[:cut]])
        path.write_bytes(content)
        assert opened("has 1 line that cannot be read").changes.index.tolist() == [0]
        assert path.read_bytes() == content


def test_a_last_line_without_a_line_break_is_loaded():
    path, lines = reviewed()
    path.write_bytes(b"\n".join(lines))
    state = opened()
    assert state.changes.index.tolist() == [0, 1]
    state.choose([3], "bird")
    assert opened().changes.index.tolist() == [0, 1, 3]


def test_a_line_that_another_review_is_writing_is_read_when_it_is_complete():
    path, (head, first, second) = reviewed()
    path.write_bytes(b"\n".join([head, first, b""]))
    state = opened()
    with path.open("ab") as file:
        file.write(second[:20])
    state.mark([4])
    assert state.changes.index.tolist() == [0]
    path.write_bytes(b"\n".join([head, first, second, b""]))
    assert opened().changes.index.tolist() == [0, 1]


def test_forgetting_keeps_the_lines_that_cannot_be_read():
    path, lines = reviewed()
    path.write_bytes(b"\n".join([*lines, b"x", b"[]", b""]))
    opened("2 lines").forget()
    assert path.read_bytes().splitlines() == [lines[0], b"x", b"[]"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_file_in_another_encoding_opens_with_what_is_valid(encoding):
    path, lines = reviewed()
    content = b"\n".join([*lines, b""]).decode().encode(encoding)
    path.write_bytes(content)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        state = review(texts(5), labelled(5))
    assert set(state.changes.index) <= {0, 1}
    assert path.read_bytes() == content


@given(st.binary(max_size=60), st.integers(0, 3))
@example(b"\xff\xfe{\x00}\x00", 1)
def test_no_bytes_stop_a_review(junk, place):
    path, lines = reviewed()
    lines.insert(place, junk)
    path.write_bytes(b"\n".join([*lines, b""]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert review(texts(5), labelled(5)).changes.index.tolist() == [0, 1]


@given(st.binary())
def test_lines_are_not_lost(content):
    texts_of_lines = [line.text for line in parse_lines(content)]
    assert texts_of_lines == [line for line in content.splitlines() if line.strip()]
    assert content.startswith(complete_lines(content))
