"""Whatever a header says, it is a sane number or nothing, and no row fails for it."""

import http.server
import json
import threading
import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import jsdf
from jsdf.engines.hosted.header_values import parse_rate_limit, parse_retry_after

YEARS = ["Fri, 31 Dec 99999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 +1400", "Fri, 31 Dec 9999 23:59:59 -1200"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("3", 3.0),
        ("0.5", 0.5),
        ("-1", 0.0),
        ("soon", None),
        ("Thu, 01 Jan 1970 00:01:00 GMT", 20.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("nan", None),
        ("inf", None),
        ("1e300", None),
        ("604801", None),
        ("9" * 5000, None),
        ("", None),
        *(
            (text, None)
            for text in ("1_0", "\u0663", "1e1", "+3", "0x10", "3 3", "3, 3", "3;q=1", "3 s", "\x1f3", "\uff13", "3.")
        ),
        *((year, None) for year in YEARS),
    ],
)
def test_retry_after_comes_in_seconds_or_as_a_date(value, seconds):
    assert parse_retry_after(value, now=40.0) == seconds


@given(st.text(max_size=80) | st.floats().map(str) | st.datetimes().map("{:%a, %d %b %Y %H:%M:%S GMT}".format))
def test_any_header_is_a_sane_number_or_nothing(text):
    seconds = parse_retry_after(text, now=1.7e9)
    assert seconds is None or 0 <= seconds <= 7 * 86_400
    info = parse_rate_limit({f"x-jigsaw-rate-limit-{name}": text for name in ("limit", "remaining", "reset")})
    assert info.limit is None or 1 <= info.limit <= 1e6
    assert info.remaining is None or 0 <= info.remaining <= 1e9
    assert info.reset is None or 0 <= info.reset <= 1e11


class Service:
    """Service on 127.0.0.1 with these headers, of each request if they are a list; refuses the first ones."""

    def __init__(self, headers, refusals=0, status=503):
        left, outer = [None] * refusals, self
        self.requests = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                outer.requests += 1
                question = json.loads(self.rfile.read(int(self.headers["content-length"])))
                is_refused = bool(left and left.pop() is None)
                body = json.dumps({"message": "no", "predictions": ["a"] * len(question["dataset"])}).encode()
                self.send_response(status if is_refused else 200)
                found = headers[outer.requests % len(headers)] if isinstance(headers, list) else headers
                for name, value in [*found.items(), ("content-length", str(len(body)))]:
                    for single in [value] if isinstance(value, str) else value:
                        self.send_header(name, single.encode().decode("latin-1"))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()


def label(service, rows=320, **settings):
    engine = jsdf.Hosted("test-key", service.url, rate=1000, **settings)
    values = pd.Series([f"text {i}" for i in range(rows)])
    return jsdf.run(values, ["a", "b"], engine=engine, progress=False, cache=False)


@pytest.mark.parametrize("limit", ["5e-324", "0.0001", "1e-9", "0", "-3", "1e308", "nan", "inf", "many", "0.999"])
def test_a_senseless_limit_neither_stops_nor_slows_a_run(limit):
    started = time.monotonic()
    with Service({"x-jigsaw-rate-limit-limit": limit, "x-jigsaw-rate-limit-remaining": limit}) as service:
        run = label(service)
    assert (run.counts["answered"], service.requests) == (320, 10)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("status", [503, 429])
@pytest.mark.parametrize("value", [*YEARS, "1e308"])
def test_a_senseless_retry_after_is_no_fault_of_a_row(value, status):
    with Service({"retry-after": value}, 1, status) as service:
        run = label(service)
    assert (run.counts["answered"], service.requests) == (320, 11)


#: Values that no service means; each header gets all of them.
ABSURD = [
    *("", " ", "nan", "NaN", "inf", "-inf", "Infinity", "1e309", "-1e309", "1e-309", "5e-324", "2.2e-308"),
    *("0x10", "0b1", "0o7", "010_0", "1_0", "1__0", "1,5", "1.5.5", ".5", "5.", "+5", "--5", "1e3", "1E5", "1 0", "5;"),
    *(
        "\u0663",
        "\uff13",
        "\u0967",
        "²",
        "½",
        "Ⅷ",
        "\u0660.\u0665",
        "1\u0663",
        "五",
        "\u202e5",
        "5\u00a0",
        "\ufeff5",
        "5\u2028",
    ),
    *("9" * 20, "9" * 63, "9" * 400, "9" * 5000, "-" + "9" * 400, "0." + "0" * 400 + "1", "1" * 309),
    *(
        "true",
        "null",
        "None",
        "many",
        "soon",
        "5 s",
        "5ms",
        "-5.5e5",
        "%35",
        "&#53;",
        "\\x35",
        "'5'",
        '"5"',
        "[5]",
        "{}",
    ),
    *("Mon, 01 Jan 0000 00:00:00 GMT", "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"),
    *("Fri, 31 Dec 99999 23:59:59 GMT", "Fri, 31 Dec 9999 23:59:59 -2359", "Mon, 01 Jan 0001 00:00:00 +2359"),
    *("Mon, 99 Foo 2026 99:99:99 GMT", "Mon, 01 Jan 2026 00:00:00 +999999", "2026-01-01T00:00:00Z", "01/01/2099"),
    *("Mon, 01 Jan -2026 00:00:00 GMT", "Wed, 21 Oct 2065 07:28:00 GMT", "Mon, \u0660\u0661 Jan 2026 00:00:00 GMT"),
    *(["3", "3"], ["1", "x"], ["", "1"]),
]
NAMES = [f"x-jigsaw-rate-limit-{name}" for name in ("limit", "remaining", "reset")]


def seconds_of_a_run(headers, **refusals):
    started = time.monotonic()
    with Service(headers, **refusals) as service:
        run = label(service, len(ABSURD), batch_size=1)
    assert run.counts["answered"] == len(ABSURD)
    assert service.requests == len(ABSURD) + refusals.get("refusals", 0)
    return time.monotonic() - started


@pytest.mark.parametrize("name", [*NAMES, "all", "retry-after"])
def test_no_absurd_header_of_an_answer_slows_a_run(name):
    names = [*NAMES, "retry-after"] if name == "all" else [name]
    found = seconds_of_a_run([dict.fromkeys(names, value) for value in ABSURD])
    assert found < seconds_of_a_run({}) + 2


@pytest.mark.parametrize("status", [503, 429, 408])
def test_no_absurd_header_of_a_refusal_slows_a_run_or_fails_a_row(status):
    found = [dict.fromkeys([*NAMES, "retry-after"], value) for value in ABSURD]
    refusals = {"refusals": 5, "status": status}
    assert seconds_of_a_run(found[20:] + found[:20], **refusals) < seconds_of_a_run({}, **refusals) + 8


def test_no_absurd_header_says_anything():
    assert len(ABSURD) >= 60
    for value in ABSURD:
        text = value if isinstance(value, str) else ", ".join(value)
        info = parse_rate_limit(dict.fromkeys(NAMES, text))
        assert [info.limit, info.remaining, info.reset, parse_retry_after(text, 1.7e9)] == [None] * 4, text
