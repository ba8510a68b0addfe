"""A key that a service repeats appears nowhere, in whatever spelling; nor do a terminal's commands."""

import base64
import json
import logging
import pickle
import textwrap
import time
from urllib.parse import quote

import command_line
import pandas as pd
import pytest
from exception_texts import everything_of
from hypothesis import given
from hypothesis import strategies as st
from raw_service import Service, head

import jsdf
from jsdf.engines.hosted.key_redaction import Redaction
from jsdf.store import store_path

KEY = "sk-0123456789/abcdef+SECRET"
HEX = [f"{ord(c):02x}" for c in KEY]
SPELLINGS = {
    "plain": KEY,
    "upper case": KEY.upper(),
    "lower case": KEY.lower(),
    "JSON": "".join(f"\\u00{h}" for h in HEX),
    "JSON, upper case": "".join(f"\\u00{h.upper()}" for h in HEX),
    "JSON, one character": f"\\u00{HEX[0]}{KEY[1:]}",
    "JSON, slashes": KEY.replace("/", "\\/"),
    "JSON in JSON": "".join(f"\\\\u00{h}" for h in HEX),
    "bytes": "".join(f"\\\\x{h}" for h in HEX),
    "percent": quote(KEY, safe=""),
    "percent, all": "".join(f"%{h}" for h in HEX),
    "percent twice": quote(quote(KEY, safe=""), safe=""),
    "decimal": "".join(f"&#{ord(c)};" for c in KEY),
    "hexadecimal": "".join(f"&#x{h};" for h in HEX),
    "hex": KEY.encode().hex(),
    "base64": base64.b64encode(KEY.encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(KEY.encode()).decode(),
    "base64, user": base64.b64encode(b"user:" + KEY.encode()).decode(),
    "base64, one before": base64.b64encode(b"x" + KEY.encode()).decode(),
    "base64 in percent": quote(base64.b64encode(KEY.encode()).decode(), safe=""),
    "base64, two before": base64.b64encode(b"xy" + KEY.encode() + b"z").decode(),
    "base64 for URLs, one before": base64.urlsafe_b64encode(b"x" + KEY.encode()).decode().rstrip("="),
    "base64 in lines": " ".join(textwrap.wrap(base64.b64encode(b"x" * 9 + KEY.encode()).decode(), 16)),
    "hex, upper case": KEY.encode().hex().upper(),
    "hex with colons": ":".join(HEX),
    "hex with spaces": " ".join(HEX).upper(),
    "quoted-printable": "".join(f"={h.upper()}" for h in HEX),
    "HTML names": KEY.replace("/", "&sol;").replace("+", "&plus;"),
    "octal": "".join(f"\\\\{ord(c):03o}" for c in KEY),
    "braces": "".join(f"\\\\u{{{h}}}" for h in HEX),
    "eight digits": "".join(f"\\\\U000000{h}" for h in HEX),
    "from right to left": KEY[::-1],
    "with spaces": " ".join(KEY),
    "in two lines": f"{KEY[:9]}\\n{KEY[9:]}",
    "soft line break": f"{KEY[:9]}=\\r\\n{KEY[9:]}",
    "mixed": f"%{HEX[0]}\\u00{HEX[1]}&#x{HEX[2]};{KEY[3:]}",
}


def holds(text):
    """Tell if a text holds the key, or most of it, in a form that can be read back."""
    lower = text.lower()
    parts = [form.lower()[len(form) // 4 : -len(form) // 4] for form in SPELLINGS.values()]
    return any(part in lower for part in parts)


def everything_left(service, caplog):
    caplog.set_level(logging.DEBUG)
    engine = jsdf.Hosted(KEY, service.url, rate=1000)
    left = ""
    try:
        jsdf.classify(pd.Series(["one", "two"]), ["a", "b"], engine=engine, progress=False)
    except jsdf.JSDFError as error:
        left += everything_of(error) + str(pickle.dumps(error))
    run = jsdf.last_run()
    left += repr(run) + run._repr_html_() + run.failures.to_string() + str(list(run.failures["reason"]))
    left += repr(vars(run)) + str(pickle.dumps(run))
    return left + "".join(r.getMessage() + repr(vars(r)) for r in caplog.records if r.name != "asyncio")


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize("status", ["401 Unauthorized", "400 Bad", "302 Found"])
def test_no_spelling_of_the_key_is_left_anywhere(name, status, caplog):
    shown = SPELLINGS[name]
    body = f'{{"message": "the key {shown} is bad", "log_id": "{shown}"}}'.encode()
    where = {"x_echo": shown, "location": f"/login?k={shown}", "set_cookie": f"k={shown}; path=/"}
    with Service(lambda: [head(f"{status} {shown}", content_length=len(body), **where), body]) as service:
        left = everything_left(service, caplog)
    assert service.requests
    assert "receive_response_headers.started" in left
    assert not holds(left)


def test_a_body_in_utf_16_shows_no_key_either(caplog):
    body = json.dumps({"message": f"no {KEY}"}).encode("utf-16-le")
    with Service(lambda: [head("401 No", content_length=len(body)), body]) as service:
        assert not holds(everything_left(service, caplog))


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=40), st.data())
def test_any_key_is_found_in_any_mixture_of_spellings(key, data):
    spell = st.sampled_from(["{0}", "\\u00{1}", "\\\\u00{1}", "%{1}", "%25{1}", "&#{2};", "&#x{1};", "\\x{1}"])
    text = "".join(data.draw(spell).format(c, f"{ord(c):02x}", ord(c)) for c in key)
    assert text not in Redaction(key).redact(f"before {text} after")


@pytest.mark.parametrize("filler", ["\\\\", "%25", "&#0", "\\0", "&", "&#9", "\\\\u0073", "s", "%"])
def test_a_long_text_made_to_slow_the_search_down_does_not(filler):
    started = time.monotonic()
    shown = Redaction(KEY).redact(filler * (10**6 // len(filler)) + KEY + filler * 1000)
    assert KEY not in shown
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("before", ["", "%", "\\", "100%", "&#", "\\u00"])
def test_a_key_is_found_behind_the_beginning_of_an_escape(before):
    for key in ("abcdef0123", "u0073abc", "x41bcdef", "65;abcde"):
        assert key not in Redaction(key).redact(f"a {before}{key} b")


@given(st.text(max_size=100))
def test_other_texts_stay_as_they_are(text):
    assert Redaction(KEY).redact(text) == text


@pytest.mark.parametrize("name", SPELLINGS)
def test_no_spelling_of_the_key_is_left_by_the_command_line(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", KEY)
    command_line.write_texts(3)
    shown = SPELLINGS[name]
    refusal = f'{{"message": "the key {shown} is bad", "log_id": "{shown}"}}'.encode()
    answer = f'{{"predictions": ["{shown}", "a", "b"], "log_id": "{shown}"}}'.encode()
    said = ""
    for status, body in (("401 No", refusal), ("200 OK", answer)):
        with Service(lambda status=status, body=body: [head(status, x_echo=shown), body]) as service:
            monkeypatch.setenv("JIGSAWSTACK_API_URL", service.url)
            result = command_line.jsdf(
                "classify", "in.csv", *command_line.OPTIONS, "--engine", "hosted", "-o", "out.csv"
            )
        said += result.output + result.stderr
    files = [file for file in [*tmp_path.rglob("*"), *store_path().parent.rglob("*")] if file.is_file()]
    assert len(files) >= 3
    said += "".join(file.read_bytes().decode("latin-1") for file in files if file.name != "in.csv")
    assert not holds(said)


def test_no_spelling_of_the_key_is_in_a_saved_frame(tmp_path):
    for shown in SPELLINGS.values():
        body = f'{{"predictions": ["{shown}", "a"]}}'.encode()
        with Service(lambda body=body: [head(), body]) as service:
            engine = jsdf.Hosted(KEY, service.url)
            run = jsdf.run(pd.Series(["one", "two"]), ["a", "b"], engine=engine, progress=False, cache=False)
        run.failures.to_parquet(tmp_path / "run.parquet")
        saved = pd.read_parquet(tmp_path / "run.parquet").to_csv() + run.failures.to_html()
        assert not holds(saved + repr(run) + (tmp_path / "run.parquet").read_bytes().decode("latin-1"))


@pytest.mark.parametrize("command", ["\x1b]0;title\x07", "\x1b[2J", "\x9b31m", "\x7f", "\u202e", "\r", "\x00"])
def test_commands_of_a_terminal_are_shown_as_escapes(command, caplog):
    body = json.dumps({"message": f"no{command}!", "log_id": f"x{command}"}).encode()
    for status in ("400 Bad", "401 No"):
        with Service(lambda status=status: [head(status, content_length=len(body)), body]) as service:
            engine = jsdf.Hosted(KEY, service.url)
            with pytest.raises(jsdf.JSDFError) as error:
                jsdf.classify(pd.Series(["one"]), ["a", "b"], engine=engine, progress=False, cache=False)
        texts = [str(error.value), str(error.value.run), *error.value.run.failures["reason"], *caplog.messages]
        assert not any(command in text for text in texts)
