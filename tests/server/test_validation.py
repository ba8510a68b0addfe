"""Validation of classification requests, and the messages for invalid ones."""

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from server_client import LABELS, body

from jsdf.server.errors import RequestRejected
from jsdf.server.openapi import ClassificationRequest
from jsdf.server.validation import parse_request

TEXT = {"type": "text", "value": "x"}
IMAGE = {"type": "image", "value": "https://example.com/a.jpg"}
DEEP = "[" * 100_000
HUGE = "9" * 5_000

#: Name of the case -> body, status, and a part of the message.
INVALID_BODIES = {
    "nothing": (b"", 400, "not JSON"),
    "a part": (b'{"dataset": [', 400, "not JSON"),
    "no object": (b"[]", 400, "send a JSON object"),
    "a text": (b'"x"', 400, "send a JSON object"),
    "null": (b"null", 400, "send a JSON object"),
    "deep arrays": (DEEP.encode(), 400, "nested too deeply"),
    "deep objects": (b'{"a":' * 100_000, 400, "nested too deeply"),
    "deep and closed": (b'{"dataset":' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400, "nested too deeply"),
    "NaN": (b'{"dataset": NaN}', 400, "NaN"),
    "Infinity": (b'{"dataset": -Infinity}', 400, "-Infinity"),
    "a byte order mark": (b"\xef\xbb\xbf{}", 400, "not JSON"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), 400, "not UTF-8"),
    "Latin-1": ('{"task": "é"}'.encode("latin-1"), 400, "not UTF-8"),
    "a field twice": (b'{"dataset": [], "dataset": []}', 400, "'dataset' twice"),
    "a number too long": (f'{{"dataset": {HUGE}}}'.encode(), 400, "too long"),
    "text after it": (b"{} {}", 400, "not JSON"),
    "single quotes": (b"{'dataset': []}", 400, "not JSON"),
}

#: Path of the invalid field, changes to a valid request, and a part of the message.
INVALID_FIELDS = [
    ("dataset", {"dataset": None}, "missing"),
    ("dataset", {"dataset": "x"}, "'x'"),
    ("dataset", {"dataset": {"type": "text"}}, "an object of 1"),
    ("dataset", {"dataset": []}, "0 samples; pass 1 to 32"),
    ("dataset", {"dataset": [TEXT] * 33}, "33 samples"),
    ("dataset[0]", {"dataset": ["x"]}, "'x'"),
    ("dataset[1]", {"dataset": [TEXT, None]}, "missing"),
    ("dataset[0].type", {"dataset": [{"value": "x"}]}, "pass 'text' or 'image'"),
    ("dataset[0].type", {"dataset": [{"type": "video", "value": "x"}]}, "'video'"),
    ("dataset[0].type", {"dataset": [{"type": ["text"], "value": "x"}]}, "an array of 1"),
    ("dataset[1].value", {"dataset": [TEXT, {"type": "text"}]}, "missing"),
    ("dataset[0].value", {"dataset": [{"type": "text", "value": 7}]}, "7"),
    ("dataset[0].value", {"dataset": [{"type": "text", "value": ""}]}, "not blank"),
    ("dataset[0].value", {"dataset": [{"type": "text", "value": " \n"}]}, "not blank"),
    ("dataset[0].value", {"dataset": [{"type": "text", "value": "x" * 100_001}]}, "100001 characters"),
    ("dataset[0].value", {"dataset": [{"type": "text", "value": "\ud800"}]}, "lone surrogate"),
    ("dataset[0].value", {"dataset": [{"type": "image", "value": "not-a-valid-url"}]}, "'not-a-valid-url'"),
    ("dataset[0].value", {"dataset": [{"type": "image", "value": "file:///etc/passwd"}]}, "'file:///etc/passwd'"),
    ("dataset[0].value", {"dataset": [{"type": "image", "value": "/etc/passwd"}]}, "http"),
    ("dataset[0].value", {"dataset": [{"type": "image", "value": "data:text/html,x"}]}, "data:image/"),
    ("dataset[0].value", {"dataset": [{"type": "image", "value": "http://" + "x" * 9_000}]}, "9007 characters"),
    ("dataset[0].value", {"dataset": [{"type": "image", "value": "http://x/\ud800"}]}, "surrogates"),
    ("dataset[1]", {"dataset": [TEXT, IMAGE]}, "one type only"),
    ("labels", {"labels": None}, "missing"),
    ("labels", {"labels": 12}, "12"),
    ("labels", {"labels": []}, "0 entries; pass 2 to 24"),
    ("labels", {"labels": [TEXT]}, "labels has 1 entry; pass 2 to 24"),
    ("labels", {"labels": [{"type": "text", "value": str(i)} for i in range(25)]}, "25 entries"),
    ("labels", {"labels": [TEXT, TEXT]}, "'x'; pass two distinct"),
    ("labels", {"labels": [TEXT | {"key": "k"}, IMAGE | {"key": "k"}]}, "'k'; pass two distinct"),
    ("labels[1]", {"labels": [TEXT, []]}, "an array of 0"),
    ("labels[1].type", {"labels": [TEXT, {"value": "x"}]}, "missing"),
    ("labels[1].value", {"labels": [TEXT, {"type": "text"}]}, "missing"),
    ("labels[1].value", {"labels": [TEXT, {"type": "text", "value": ""}]}, "not blank"),
    ("labels[1].value", {"labels": [TEXT, {"type": "text", "value": "\0http://x/a.jpg"}]}, "no NUL"),
    ("labels[1].value", {"labels": [TEXT, {"type": "text", "value": "x" * 2_001}]}, "2001 characters"),
    ("labels[1].key", {"labels": [TEXT, TEXT | {"key": True}]}, "true"),
    ("labels[1].key", {"labels": [TEXT, TEXT | {"key": {}}]}, "an object of 0"),
    ("labels[1].key", {"labels": [TEXT, TEXT | {"key": ""}]}, "not blank"),
    ("labels[1].key", {"labels": [TEXT, TEXT | {"key": "k" * 201}]}, "201 characters"),
    ("labels[1].key", {"labels": [TEXT, TEXT | {"key": 10**300}]}, "too large"),
    ("labels[1].text", {"labels": [TEXT, IMAGE | {"text": 1}]}, "1;"),
    ("multiple_labels", {"multiple_labels": "true"}, "'true'"),
    ("multiple_labels", {"multiple_labels": 1}, "pass true or false"),
    ("task", {"task": ["x"]}, "an array of 1"),
    ("task", {"task": "x" * 10_001}, "10001 characters"),
]


def rejection(content):
    with pytest.raises(RequestRejected) as caught:
        parse_request(content)
    return caught.value


@pytest.mark.parametrize(("content", "status", "text"), INVALID_BODIES.values(), ids=INVALID_BODIES)
def test_bodies_that_are_not_json_are_rejected(content, status, text):
    rejected = rejection(content)
    assert rejected.status == status
    assert text in rejected.message
    assert len(rejected.message) < 200


@pytest.mark.parametrize(("field", "change", "text"), INVALID_FIELDS, ids=[f"{f}: {w}" for f, _, w in INVALID_FIELDS])
def test_the_first_invalid_field_is_named(field, change, text):
    rejected = rejection(json.dumps(body(**change)).encode())
    assert rejected.status == 422
    assert rejected.message.startswith(f"{field} ")
    assert text in rejected.message
    assert len(rejected.message) < 250
    assert rejected.message.isascii()


def test_an_infinite_key_is_rejected():
    content = json.dumps(body(labels=[TEXT, TEXT | {"key": 77_777}])).replace("77777", "1e999").encode()
    assert "labels[1].key" in rejection(content).message


def test_a_valid_request_is_parsed():
    request = parse_request(json.dumps(body(task="sort them", multiple_labels=True, extra=[1])).encode())
    assert request.values == ("x", "y")
    assert request.question.labels.names == ("good", "b")
    assert (request.question.kind, request.question.multiple, request.question.task) == ("text", True, "sort them")


def test_null_is_the_same_as_a_missing_field():
    content = json.dumps(
        body() | {"multiple_labels": None, "task": None, "labels": [lb | {"text": None} for lb in LABELS]}
    )
    assert parse_request(content.encode()) == parse_request(json.dumps(body()).encode())


def test_labels_with_the_same_name_are_one_class():
    labels = [TEXT | {"key": 1}, TEXT | {"value": "z", "key": 1.0}, IMAGE | {"key": "1"}, TEXT, TEXT | {"key": "x"}]
    parsed = parse_request(json.dumps(body(labels=labels)).encode()).question.labels
    assert parsed.names == ("1", "x")
    assert [m.value for m in parsed.classes[0].members] == ["x", "z", IMAGE["value"]]
    assert [m.value for m in parsed.classes[1].members] == ["x"]


CHARACTERS = st.characters(codec="utf-8")
NEAR = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.just([]),
    st.just({}),
    st.sampled_from(
        [
            "text",
            "image",
            "",
            " ",
            "x",
            "http://x/a",
            "https://x",
            "http://",
            "data:image/png,a",
            "data:image/",
            "data:image/png,a\n",
            "http://x/a\n",
            "ftp://x",
            "k" * 200,
            "k" * 201,
            "k" * 2_001,
        ]
    ),
    st.text(CHARACTERS, max_size=5),
)


def content_near(**more):
    return st.fixed_dictionaries({"type": st.sampled_from(["text", "image"]), "value": NEAR}, optional=more) | NEAR


BODIES = st.fixed_dictionaries(
    {
        "dataset": st.lists(content_near(), max_size=3) | st.just([TEXT]) | st.just([IMAGE]) | NEAR,
        "labels": st.lists(content_near(key=NEAR, text=NEAR), max_size=4) | st.just(LABELS) | NEAR,
    },
    optional={"multiple_labels": NEAR, "task": NEAR, "else": NEAR},
)


@given(BODIES)
def test_the_published_schema_agrees_with_the_validation(content):
    schema = jsonschema.Draft202012Validator(ClassificationRequest.model_json_schema())
    reason = rejection_reason(content)
    # A schema cannot require that names differ.
    assert schema.is_valid(content) == (reason is None or "pass two distinct classes" in reason)


def rejection_reason(content):
    """Return the message for an invalid request, None for a valid one."""
    try:
        parse_request(json.dumps(content).encode())
    except RequestRejected as rejected:
        return rejected.message
