"""The key appears nowhere: not in a repr, a log, an exception, a traceback; for pickles see `test_copies`."""

import logging
import pickle
import traceback
from pathlib import Path

import httpx
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.engines.hosted.api_key import APIKey, APIKeyAuth
from jsdf.testing import FakeService, fault

PACKAGE = Path(jsdf.__file__).parent
KEY = "sk-0123456789abcdefSECRET"
KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=80).map("sk-".__add__)


def everything_of(error):
    """Return all text of an exception and its causes, as a traceback with locals shows it."""
    seen = []
    while error is not None:
        frames = traceback.TracebackException.from_exception(error, capture_locals=True).stack
        seen += [f"{frame.name} {frame.locals}" for frame in frames if PACKAGE in Path(frame.filename).parents]
        seen += [repr(error), str(error), repr(error.args), repr(vars(error))]
        for name in ("request", "_request", "response"):
            seen.append(repr(getattr(getattr(error, name, None), "headers", None)))
        error = error.__cause__ or error.__context__
    return "\n".join(seen)


@given(KEYS)
def test_no_text_form_of_a_key_or_an_engine_shows_it(key):
    secret, engine = APIKey(key), jsdf.Hosted(key, headers={"x-team": "blue"})
    for value in (secret, engine, APIKeyAuth(secret)):
        for shown in (repr(value), str(value), f"{value}", "%s %r" % (value, value), format(value)):  # noqa: UP031
            assert key not in shown
    assert key not in repr(vars(engine))


@pytest.mark.parametrize(
    "settings",
    [
        {"headers": {"X-API-Key": KEY}},
        {"headers": {"x-other": KEY + "\u00e9"}},
        {"headers": {"x-other": KEY}, "rate": 0},
    ],
    ids=["the key as a header", "no ASCII", "something else is wrong"],
)
def test_no_traceback_with_locals_shows_the_headers(settings):
    with pytest.raises(jsdf.InvalidInputError) as caught:
        jsdf.Hosted("another", **settings)
    assert KEY not in everything_of(caught.value)


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


@pytest.mark.parametrize("headers", [{"x-api-key": KEY}, {"X-API-Key": KEY}, {"Authorization": KEY}])
def test_a_key_among_the_headers_is_refused_without_showing_it(headers):
    with pytest.raises(jsdf.InvalidInputError, match="pass the key as api_key") as error:
        jsdf.Hosted(KEY, headers=headers)
    assert KEY not in str(error.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.jigsawstack.com",
        "http://127.0.0.1.example.org",
        "http://10.0.0.1",
        "http://2130706433",
        "http://0x7f000001",
        "ftp://127.0.0.1",
        "api.jigsawstack.com",
        "https://",
        "https://user:pass@api.jigsawstack.com",
        f"https://api.jigsawstack.com/?key={KEY}",
        "https://bad host",
        f"https://api.jigsawstack.com/#{KEY}",
        "https://api.jigsawstack.com:99999",
        "https://api.jigsawstack.com:port",
        f"https://user:{KEY}#@api.jigsawstack.com",
        '"https://api.jigsawstack.com"',
    ],
)
def test_a_base_url_that_would_expose_the_key_is_refused(url):
    with pytest.raises(jsdf.InvalidInputError, match="base_url") as error:
        jsdf.Hosted(KEY, url)
    assert KEY not in str(error.value)


@pytest.mark.parametrize("url", ["api.jigsawstack.com", '"https://api.jigsawstack.com"', "https://x:y"])
def test_a_wrong_address_in_the_environment_is_named_by_its_variable(url, monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_URL", url)
    with pytest.raises(jsdf.InvalidInputError, match="^JIGSAWSTACK_API_URL="):
        jsdf.Hosted(KEY)


@pytest.mark.parametrize("headers", [{"x a": "b"}, {"x-a": "b\nc"}, {"x-a": "\x00"}, {"": "b"}, {"x-é": "b"}])
def test_headers_that_http_does_not_allow_are_refused(headers):
    with pytest.raises(jsdf.InvalidInputError, match="^headers: "):
        jsdf.Hosted(KEY, headers=headers)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8808",
        "http://127.1.2.3",
        "http://localhost:1/",
        "http://[::1]:8080",
        "https://proxy.example.org/jigsaw/",
    ],
)
def test_a_safe_base_url_is_accepted(url):
    assert jsdf.Hosted(KEY, url).base_url == url.rstrip("/")


@pytest.mark.parametrize(
    "settings",
    [
        {"rate": 0}, {"rate": -1}, {"rate": "50"}, {"rate": float("nan")}, {"concurrency": 0}, {"concurrency": 1.5},
        {"batch_size": 33}, {"batch_size": 0}, {"batch_size": True}, {"timeout": 0}, {"timeout": None},
        {"headers": "x"},
    ],
)  # fmt: skip
def test_an_invalid_setting_is_named(settings):
    (name,) = settings
    with pytest.raises(jsdf.InvalidInputError, match=name):
        jsdf.Hosted(KEY, **settings)
