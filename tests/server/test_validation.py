"""What a classification request must be, and in which words it is refused."""

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

#: What is wrong -> the status, and words of the message.
BROKEN = {
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

#: The field's path, what is there, and words of the message.
WRONG = [
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


def refusal(content):
    with pytest.raises(RequestRejected) as caught:
        parse_request(content)
    return caught.value


@pytest.mark.parametrize(("content", "status", "words"), BROKEN.values(), ids=BROKEN)
def test_what_is_no_json_is_refused(content, status, words):
    refused = refusal(content)
    assert refused.status == status
    assert words in refused.message
    assert len(refused.message) < 200


@pytest.mark.parametrize(("field", "change", "words"), WRONG, ids=[f"{f}: {w}" for f, _, w in WRONG])
def test_the_first_wrong_field_is_named(field, change, words):
    refused = refusal(json.dumps(body(**change)).encode())
    assert refused.status == 422
    assert refused.message.startswith(f"{field} ")
    assert words in refused.message
    assert len(refused.message) < 250
    assert refused.message.isascii()


def test_an_infinite_key_is_refused():
    asked = json.dumps(body(labels=[TEXT, TEXT | {"key": 77_777}])).replace("77777", "1e999").encode()
    assert "labels[1].key" in refusal(asked).message


def test_a_good_request_is_read():
    asked = parse_request(json.dumps(body(task="sort them", multiple_labels=True, extra=[1])).encode())
    assert asked.values == ("x", "y")
    assert asked.question.labels.names == ("good", "b")
    assert (asked.question.kind, asked.question.multiple, asked.question.task) == ("text", True, "sort them")


def test_null_is_as_good_as_nothing():
    asked = json.dumps(
        body() | {"multiple_labels": None, "task": None, "labels": [lb | {"text": None} for lb in LABELS]}
    )
    assert parse_request(asked.encode()) == parse_request(json.dumps(body()).encode())


def test_labels_of_one_name_are_one_class():
    labels = [TEXT | {"key": 1}, TEXT | {"value": "z", "key": 1.0}, IMAGE | {"key": "1"}, TEXT, TEXT | {"key": "x"}]
    found = parse_request(json.dumps(body(labels=labels)).encode()).question.labels
    assert found.names == ("1", "x")
    assert [m.value for m in found.classes[0].members] == ["x", "z", IMAGE["value"]]
    assert [m.value for m in found.classes[1].members] == ["x"]


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
def test_the_published_schema_says_what_is_let_in(asked):
    schema = jsonschema.Draft202012Validator(ClassificationRequest.model_json_schema())
    why = reason(asked)
    # Names cannot be compared with one another by a schema.
    assert schema.is_valid(asked) == (why is None or "pass two distinct classes" in why)


def reason(asked):
    """Why a request is refused, None where it is not."""
    try:
        parse_request(json.dumps(asked).encode())
    except RequestRejected as refused:
        return refused.message
