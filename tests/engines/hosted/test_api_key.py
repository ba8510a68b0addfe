"""The key appears nowhere: not in a repr, a log, an exception, a traceback; for pickles see `test_copies`."""

import logging
import pickle

import httpx
import pandas as pd
import pytest
from exception_texts import everything_of
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.engines.hosted.api_key import APIKey, APIKeyAuth
from jsdf.testing import FakeService, fault

KEY = "sk-0123456789abcdefSECRET"
KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=80).map("sk-".__add__)


@given(KEYS)
def test_no_text_form_of_a_key_or_an_engine_shows_it(key):
    secret, engine = APIKey(key), jsdf.Hosted(key, headers={"x-team": "blue"})
    for value in (secret, engine, APIKeyAuth(secret)):
        for shown in (repr(value), str(value), f"{value}", "%s %r" % (value, value), format(value)):  # noqa: UP031
            assert key not in shown
    assert key not in repr(vars(engine))


FAULTS = {
    "401": fault.status(401, f"the key {KEY} is not known"),
    "403": fault.status(403, f"not with {KEY}"),
    "400": fault.status(400, KEY),
    "500": fault.status(500, KEY),
    "429": fault.status(429, KEY, retry_after=0),
    "redirect": fault.redirect("http://127.0.0.1:1/"),
    "reset": fault.reset(),
    "html": fault.html(502),
    "hang": fault.hang(5),
}


@pytest.mark.parametrize("what", FAULTS)
def test_no_error_and_no_log_holds_the_key(what, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    service = FakeService(
        api_key=KEY, faults=lambda number, _: FAULTS[what] if number < (3 if what == "429" else 40) else None
    )
    shown = ""
    with service.serve() as server:
        engine = jsdf.Hosted(KEY, server.url, timeout=0.3, rate=1000)
        values = pd.Series([f"text {i}" for i in range(40)])
        try:
            jsdf.classify(values, ["a", "b"], engine=engine, progress=False)
        except jsdf.JSDFError as error:
            shown, pickled = everything_of(error), pickle.dumps(error)
    if shown:
        assert (
            "labels_or_raise" in shown or "result_or_raise" in shown
        )  # frames of the package are among those searched
        assert KEY.encode() not in pickled
    run = jsdf.last_run()
    shown += repr(run) + run._repr_html_() + run.failures.to_string() + repr(vars(run))
    assert KEY not in shown
    records = [r.getMessage() + repr(vars(r)) for r in caplog.records]
    assert any("127.0.0.1" in r for r in records)
    assert not any(KEY in r for r in records)
    assert KEY.encode() not in pickle.dumps(run)
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert files
    assert not any(KEY.encode() in p.read_bytes() for p in files)


def test_no_httpx_error_that_holds_the_request_is_chained():
    def broken(request):
        raise httpx.ReadError("lost", request=request)

    engine = jsdf.Hosted(KEY, transport=httpx.MockTransport(broken))
    question = jsdf.engines.Question(jsdf.labels.parse(["a", "b"]))

    async def ask():
        async with engine.session() as session:
            await session.classify(question, ["text"])

    import asyncio

    with pytest.raises(jsdf.TransientError) as error:
        asyncio.run(ask())
    assert error.value.__cause__ is None
    assert error.value.__context__ is None


def test_the_key_is_sent_and_removed_from_the_request_afterwards():
    seen = []

    def answer(request):
        seen.append(request)
        assert request.headers["x-api-key"] == KEY
        return httpx.Response(200, json={"predictions": ["a"]})

    engine = jsdf.Hosted(f" {KEY}\n", transport=httpx.MockTransport(answer))
    jsdf.classify(pd.Series(["text"]), ["a", "b"], engine=engine, progress=False)
    assert [r.headers.get("x-api-key") for r in seen] == [None]


@pytest.mark.parametrize("key", [f"{KEY}\x00", f"{KEY}é", f"two {KEY}", f"{KEY}\nx"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(key):
    with pytest.raises(jsdf.InvalidInputError) as error:
        jsdf.Hosted(key)
    assert KEY not in str(error.value)


@pytest.mark.parametrize("key", [f"'{KEY}'", f'"{KEY}"', f' "{KEY}"\n'])
def test_a_key_in_quotation_marks_is_refused_without_showing_it(key, monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", key)
    with pytest.raises(jsdf.InvalidInputError, match="quotation marks; set it without them") as error:
        jsdf.Hosted()
    assert KEY not in everything_of(error.value)


@pytest.mark.parametrize("key", ["", "  ", "\n", None])
def test_a_missing_key_is_explained(key):
    with pytest.raises(jsdf.MissingKeyError, match=r"https://.*JIGSAWSTACK_API_KEY.*api_key=.*offline"):
        jsdf.Hosted(key)


@pytest.mark.parametrize("settings", [{"rate": -1}, {"batch_size": 99}, {"base_url": "http://example.org"}, {}])
def test_no_frame_of_ours_holds_the_key_when_an_argument_is_refused(settings):
    key = KEY if settings else f"{KEY} oops"
    with pytest.raises(jsdf.InvalidInputError) as error:
        jsdf.Hosted(key, **settings)
    assert KEY not in everything_of(error.value)


@pytest.mark.parametrize("before", range(140, 201, 7))
@pytest.mark.parametrize("body", ['{{"message": "{}"}}', "<html>{}</html>", '{{"predictions": ["{}"]}}'])
def test_an_echoed_key_is_redacted_before_texts_are_shortened(before, body):
    text = body.format("x" * (before if "message" in body else before % 50) + KEY)
    status = 200 if "predictions" in body else 400
    engine = jsdf.Hosted(KEY, transport=httpx.MockTransport(lambda _: httpx.Response(status, text=text)))
    run = jsdf.run(pd.Series(["text"]), ["a", "b"], engine=engine, progress=False)
    shown = repr(run) + run.failures.to_string() + str(list(run.failures["reason"]))
    assert run.counts["answered"] == 0
    assert KEY[:12] not in shown


@pytest.mark.parametrize("key", ["k", "key", "test", "good", "predictions"])
def test_a_made_up_key_garbles_no_label(key):
    service, labels = FakeService(api_key=key), ["good test key", "predictions"]
    engine = jsdf.Hosted(key, "http://127.0.0.1", transport=service.transport())
    assert jsdf.classify(pd.Series([f"text {i}" for i in range(20)]), labels, engine=engine).notna().all()


def test_a_key_of_the_wrong_type_is_not_shown_either():
    with pytest.raises(jsdf.InvalidInputError, match="not the type bytes"):
        jsdf.Hosted(KEY.encode())
