"""The fake service through its httpx transport: validation, counts, rate limit, poison, file store."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.testing import FakeService, expected, fault

LABELS = ["good", "bad", "odd"]


def body(values, labels=LABELS, kind="text", **more):
    return {
        "dataset": [{"type": kind, "value": value} for value in values],
        "labels": [{"type": "text", "value": label} if isinstance(label, str) else label for label in labels],
        **more,
    }


def client(service, key="test-key", **options):
    headers = {} if key is None else {"x-api-key": key}
    return httpx.Client(transport=service.transport(), base_url="https://fake.test", headers=headers, **options)


def ask(service, content, key="test-key"):
    with client(service, key) as http:
        return http.post("/v1/classification", json=content)


def test_answers_are_those_of_expected():
    service = FakeService()
    values = [f"text {i}" for i in range(32)]
    reply = ask(service, body(values)).json()
    assert reply["success"] is True
    assert reply["predictions"] == [expected(v, LABELS) for v in values]
    assert set(reply["predictions"]) == set(LABELS)
    usage = reply["_usage"]
    assert usage["total_tokens"] == sum(n for name, n in usage.items() if name != "total_tokens")


def test_multiple_labels_may_be_none_or_several():
    values = [f"text {i}" for i in range(32)]
    found = ask(FakeService(), body(values, multiple_labels=True)).json()["predictions"]
    assert found == [expected(v, LABELS, multiple=True) for v in values]
    assert {len(f) for f in found} >= {0, 1, 2}


@given(st.text(min_size=1), st.permutations([f"label {i}" for i in range(6)]), st.integers(2, 4))
def test_neither_order_nor_rounds_change_the_answer(value, labels, cut):
    winner = expected(value, labels)
    assert winner == expected(value, sorted(labels))
    assert winner == expected(value, [expected(value, labels[:cut]), expected(value, labels[cut:])])


@pytest.mark.parametrize(("answers_with", "names"), [("key", {"a", "b"}), ("value", {"first", "second"})])
def test_labels_that_share_a_key_are_one_class(answers_with, names):
    labels = [
        {"key": "a", "type": "text", "value": "first"},
        {"key": "a", "type": "text", "value": "also first"},
        {"key": "b", "type": "text", "value": "second"},
    ]
    values = [f"text {i}" for i in range(32)]
    found = ask(FakeService(answers_with=answers_with), body(values, labels)).json()["predictions"]
    assert set(found) == names
    assert found == [expected(v, labels, answers_with=answers_with) for v in values]


def test_answers_from_a_mapping_or_a_function():
    assert ask(FakeService(answer={"x": "odd"}), body(["x", "y"])).json()["predictions"] == [
        "odd",
        expected("y", LABELS),
    ]
    seen = []
    service = FakeService(answer=lambda *given: seen.append(given) or "bad")
    assert ask(service, body(["x"], task="judge")).json()["predictions"] == ["bad"]
    value, labels, multiple, task = seen[0]
    assert (value, len(labels), multiple, task) == ("x", 3, False, "judge")


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (body([]), 422),
        (body(["x"] * 33), 422),
        (body(["x"], ["one"]), 422),
        (body(["x"], [f"l{i}" for i in range(25)]), 422),
        (body(["x"], [{"key": "k", "type": "text", "value": v} for v in "ab"]), 422),
        (body(["x"], multiple_labels="yes"), 422),
        (body(["x"], task=3), 422),
        (body(["x.png"], kind="image"), 422),
        (body(["x"], kind="sound"), 422),
        (body([3]), 422),
        (body([""]), 422),
        ({"dataset": [{"type": "text", "value": "x"}, {"type": "image", "value": "http://x/y.png"}]}, 422),
        (body(["x"]) | {"dataset": "x"}, 422),
        ([], 400),
    ],
)
def test_refuses_invalid_requests(content, status):
    service = FakeService()
    reply = ask(service, content)
    assert reply.status_code == status
    assert reply.json()["message"]
    assert [r.outcome for r in service.requests] == ["refused"]
    assert not service.billed


def test_refuses_bodies_that_are_not_json_and_other_routes():
    with client(FakeService()) as http:
        assert http.post("/v1/classification", content=b"{").status_code == 400
        assert http.get("/v1/classification").status_code == 405
        assert http.post("/v2/classification").status_code == 404


@pytest.mark.parametrize(("key", "status"), [(None, 401), ("wrong", 401), ("blocked", 403), ("secret-2", 200)])
def test_keys(key, status):
    service = FakeService(api_key=["secret-1", "secret-2"], forbidden_keys=["blocked"])
    assert ask(service, body(["x"]), key).status_code == status
    (record,) = service.requests
    assert record.client == ("key-1" if status == 200 else None)
    assert key is None or key not in f"{record!r}{record.request!r}{record.request and record.request.headers}"


@pytest.mark.parametrize(
    ("shape", "text"),
    [("message", '"message": "'), ("error", '"error": "'), ("object", '"error": {'), ("empty", ""), ("html", "<html>")],
)
def test_error_shapes(shape, text):
    reply = ask(FakeService(error_shape=shape), body([]))
    assert text in reply.text
    assert bool(reply.text) == (shape != "empty")


@pytest.mark.parametrize("poison", [["bad apple"], lambda value: value.startswith("bad")])
def test_poison_fails_the_whole_request_without_naming_the_value(poison):
    service = FakeService(poison=poison, poison_status=422)
    reply = ask(service, body(["fine", "bad apple"]))
    assert reply.status_code == 422
    assert "apple" not in reply.text
    assert ask(service, body(["fine"])).status_code == 200
    assert service.billed == {"fine": 1}


@pytest.mark.parametrize("sliding", [False, True])
def test_rate_limit_by_a_fake_clock(sliding):
    now = [1000.75]
    service = FakeService(rate=2, clock=lambda: now[0], sliding=sliding, retry_after="seconds")
    replies = [ask(service, body(["x"])) for _ in range(3)]
    assert [r.status_code for r in replies] == [200, 200, 429]
    assert [r.headers["x-jigsaw-rate-limit-remaining"] for r in replies] == ["1", "0", "0"]
    reset = int(replies[2].headers["x-jigsaw-rate-limit-reset"])
    assert reset == (1_001_750 if sliding else 1_001_000)
    assert replies[2].headers["retry-after"] == "1"
    now[0] = 1001.25
    assert ask(service, body(["x"])).status_code == (429 if sliding else 200)
    now[0] = reset / 1000
    assert ask(service, body(["x"])).status_code == 200
    assert service.refused == (2 if sliding else 1)


def test_retry_after_as_a_date_and_no_rate_headers():
    service = FakeService(rate=1, clock=lambda: 0.0, retry_after="date", rate_headers=False)
    ask(service, body(["x"]))
    headers = ask(service, body(["x"])).headers
    assert headers["retry-after"] == "Thu, 01 Jan 1970 00:00:01 GMT"
    assert not [name for name in headers if name.startswith("x-jigsaw")]


def test_faults_by_function_and_by_mixture():
    service = FakeService(faults=lambda i, request: fault.status(503) if "x" in request.values and i < 2 else None)
    assert [ask(service, body(["x"])).status_code for _ in range(3)] == [503, 503, 200]
    script = fault.mixture(0.3, seed=1)
    drawn = [script(i, None) for i in range(1000)]
    assert drawn == [fault.mixture(0.3, seed=1)(i, None) for i in range(1000)]
    assert 250 < sum(d is not None for d in drawn) < 350
    assert set(drawn) - {None} == set(fault.CURABLE)
    with pytest.raises(ValueError, match=r"share=20: pass a probability"):
        fault.mixture(20)


async def _slept(sleeps, seconds):
    sleeps.append(seconds)


def test_latency_and_read_timeouts_without_waiting():
    import asyncio

    sleeps = []
    service = FakeService(latency=lambda request: 0.1 * len(request.values), faults=[None, fault.hang(99)])

    async def send_both():
        transport = service.transport(sleep=lambda seconds: _slept(sleeps, seconds))
        async with httpx.AsyncClient(transport=transport, headers={"x-api-key": "test-key"}, timeout=3) as http:
            assert (await http.post("http://f/v1/classification", json=body(["a", "b"]))).status_code == 200
            with pytest.raises(httpx.ReadTimeout):
                await http.post("http://f/v1/classification", json=body(["c"]))

    asyncio.run(send_both())
    assert sleeps == [0.2, 3.0]
    assert [r.outcome for r in service.requests] == ["answered", "lost"]
    assert service.billed == {"a": 1, "b": 1, "c": 1}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [(fault.reset(), httpx.ReadError), (fault.truncated(), httpx.RemoteProtocolError)],
)
def test_connection_faults_of_the_transport(wrong, error):
    with pytest.raises(error):
        ask(FakeService(faults=[wrong]), body(["x"]))


def test_file_store_round_trip():
    service = FakeService(file_faults=[None, fault.status(500)])
    with client(service) as http:
        query = {"key": "a b.png", "overwrite": "true", "temp_public_url": "true"}
        image = {"content-type": "image/png"}
        stored = http.post("/v1/store/file", params=query, content=b"png", headers=image).json()
        assert (stored["key"], stored["size"]) == ("a b.png", 3)
        assert http.post("/v1/store/file", content=b"").status_code == 500
        url = stored["temp_public_url"]
        with client(service, key=None) as without_key:
            downloaded = without_key.get(url)
            assert (downloaded.content, downloaded.headers["content-type"]) == (b"png", "image/png")
            assert without_key.get(stored["url"]).status_code == 401
        content = body([url], kind="image")
        assert http.post("/v1/classification", json=content).json()["predictions"] == [expected(b"png", LABELS)]
        assert http.delete("/v1/store/file/read/a%20b.png").json() == {"success": True}
        assert http.post("/v1/classification", json=content).status_code == 422
        assert http.get(url).status_code == 404
    files = service.files
    assert (len(files), files.uploads, files.reads, files.deletions) == (0, 1, 1, 1)
    assert [r.outcome for r in service.requests] == ["answered", "refused"]


def test_records_are_written_before_the_reply_is_sent():
    lines = []
    service = FakeService(on_record=lambda record: lines.append((record.status, record.samples)))
    ask(service, body(["x", "y"]))
    assert lines == [(200, 2)]
    assert json.loads(json.dumps(service.billed)) == {"x": 1, "y": 1}
