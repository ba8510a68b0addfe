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
    """Service on 127.0.0.1 with these headers; refuses the first requests with a status."""

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
                for name, value in {**headers, "content-length": str(len(body))}.items():
                    self.send_header(name, value)
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


def label(service, rows=320):
    engine = jsdf.Hosted("test-key", service.url, rate=1000)
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
