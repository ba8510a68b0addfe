"""The JSON parser: the answers of `json.loads` within limits, and linear time."""

import json
import time

import pytest
from hostile_bodies import SIZE, names, repeated
from hypothesis import given
from hypothesis import strategies as st

from jsdf.server import limits
from jsdf.server.errors import RequestRejected
from jsdf.server.json_parser import parse_object

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)
OBJECTS = st.dictionaries(st.text(max_size=5), JSON, max_size=5)


def depth(value):
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if children is None else 1 + max(map(depth, children), default=0)


def rejection(body, *arguments):
    with pytest.raises(RequestRejected) as caught:
        parse_object(body, *arguments)
    return caught.value


@given(OBJECTS, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_it_answers_as_json_does(value, ascii_only, indent):
    if depth(value) <= limits.MAX_DEPTH:
        body = json.dumps(value, ensure_ascii=ascii_only, indent=indent).encode("utf-8", "replace")
        assert parse_object(body) == json.loads(body)


@given(OBJECTS, st.integers(0, 400), st.sampled_from(list(b'{}[]",:x0- \\\x00\xff')))
def test_it_rejects_what_json_rejects(value, position, byte):
    body = bytearray(json.dumps(value).encode())
    body[position % len(body)] = byte
    try:
        json.loads(bytes(body))
    except ValueError:
        assert rejection(body).status == 400


BROKEN = ['{"a" 1}', '{"a": 1,}', '{"a": [1,]}', '{"a": [1 2]}', "{a: 1}", '{"a": }', '{"a"', '{"a": [', '{,"a": 1}']


@pytest.mark.parametrize("text", BROKEN)
def test_the_place_of_an_error_is_named(text):
    rejected = rejection(text.encode())
    assert rejected.status == 400
    assert "not JSON (Expecting" in rejected.message
    assert "at byte" in rejected.message


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"a": 1, "a": 2}', "a"),
        (b'{"x": {"b": 1, "c": 0, "b": 1}}', "b"),
        (b'{"x": [{"": 0, "\\u0000": 1, "": 0}]}', ""),
    ],
)
def test_a_name_given_twice_is_named(body, name):
    assert f"{name!r} twice in one object" in rejection(body).message


@pytest.mark.parametrize(("count", "is_valid"), [(limits.MAX_VALUES - 2, True), (limits.MAX_VALUES - 1, False)])
@pytest.mark.parametrize("value", ["0", '""', "[]", "{}", "null"])
def test_values_are_counted(count, is_valid, value):
    body = f'{{"x": [{",".join([value] * count)}]}}'.encode()
    if is_valid:
        assert len(parse_object(body)["x"]) == count
    else:
        assert rejection(body).message.startswith("the body has more than 5,000 values;")


def test_arrays_with_a_limit_end_there():
    limit = {"dataset": (3, "too many")}
    assert parse_object(b'{"dataset": [1, 2, 3], "labels": [1, 2, 3, 4]}', limit)["dataset"] == [1, 2, 3]
    assert rejection(b'{"dataset": [1, 2, 3, 4 and what is no JSON', limit).message == "too many"
    assert parse_object(b'{"x": {"dataset": [1, 2, 3, 4]}}', limit)["x"] == {"dataset": [1, 2, 3, 4]}


@pytest.mark.parametrize("digits", [4_300, 4_301, 100_000])
def test_long_integers(digits):
    body = b'{"x": ' + b"9" * digits + b"}"
    if digits > limits.MAX_DIGITS:
        assert "a number too long" in rejection(body).message
    else:
        assert parse_object(body)["x"] == 10**digits - 1


HOSTILE = {
    "names, one twice": lambda size: b'{"a": {' + names(size // 10) + b', "7": 1}}',
    "empty arrays": lambda size: b'{"x": ' + repeated(b"[]", size),
    "empty objects": lambda size: b'{"x": ' + repeated(b"{}", size),
    "small objects": lambda size: b'{"x": ' + repeated(b'{"":0}', size),
    "nested arrays": lambda size: b'{"x": ' + b"[" * size,
    "samples": lambda size: b'{"dataset": ' + repeated(b'{"type":"text","value":"x"}', size),
    "numbers": lambda size: b'{"x": ' + repeated(b"1e5", size),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_structure_is_refused_within_milliseconds(kind):
    """The CPU time of this thread, which other processes do not change: 18 s and 9 to 15 s before there were limits."""
    body = HOSTILE[kind](SIZE)
    start = time.thread_time()
    assert rejection(body).status in (400, 422)
    assert time.thread_time() - start < 0.5


LONG = {
    "a blank text": b" " * SIZE,
    "characters of one and of four bytes": "😀".encode() + b"a" * SIZE,
    "escapes": b"\\n" * (SIZE // 2),
    "escaped quotes": b'\\"' * (SIZE // 2),
    "backslashes": b"\\\\" * (SIZE // 2),
    "a URL": b"http://example.com/" + b"a" * SIZE,
    "a data: URI with quotes": b"data:image/png," + (b"A" * 40 + b'\\"') * (SIZE // 42),
    "a data: URI of escapes": b"data:image/png," + b"\\n" * (SIZE // 2),
}


@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("around", ['{"x": "%"}', '{"%": 0}', '{"dataset": [{"value": "%"}]}'])
def test_a_string_longer_than_any_field_is_refused_before_it_is_decoded(kind, around):
    before, _, after = around.encode().partition(b"%")
    body = before + LONG[kind] + after
    start = time.thread_time()
    rejected = rejection(body)
    assert time.thread_time() - start < 1
    assert rejected.status == 422
    assert "or more that is no data: URI of an image; pass texts of 100,000 characters at most" in rejected.message


@pytest.mark.parametrize("escape", ["/", "\\/"])
def test_a_long_data_uri_is_accepted(escape):
    body = b'{"x": "data:image/png;base64,' + (b"A" * 63 + escape.encode()) * 60_000 + b'"}'
    assert parse_object(body)["x"] == "data:image/png;base64," + ("A" * 63 + "/") * 60_000


@pytest.mark.parametrize("character", ["x", "é", "😀", "\n", "\u2028"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_text_of_the_maximum_length_is_accepted_in_every_spelling(character, ascii_only):
    text = character * limits.MAX_TEXT
    assert parse_object(json.dumps({"x": text}, ensure_ascii=ascii_only).encode())["x"] == text


@pytest.mark.parametrize("number", ["-" + "9" * 4_300, "0." + "1" * 4_000, "1e400", "-0", "1E+2"])
def test_numbers_are_those_of_json(number):
    assert parse_object(f'{{"x": {number}}}'.encode())["x"] == json.loads(number)


@pytest.mark.parametrize("number", ["0." + "1" * 5_000, "-" + "9" * 4_301, "9" * 10_000_000, "01", "1.", "+1", "1e"])
def test_other_numbers_are_refused(number):
    assert rejection(f'{{"x": {number}}}'.encode()).status == 400


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_constants_that_are_not_json_are_named(word):
    assert f"contains {word}, which is not JSON" in rejection(f'{{"x": [{word}]}}'.encode()).message
