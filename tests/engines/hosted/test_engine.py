"""The hosted engine against the fake service, mostly over real sockets."""

import asyncio

import httpx
import pandas as pd
import pytest

import jsdf
from jsdf.testing import FakeService, expected, fault

LABELS = ["a", "b", "c"]


def column(count):
    return pd.Series([f"text {i}" for i in range(count)])


def hosted(url, **settings):
    return jsdf.Hosted("test-key", url, **{"rate": 1000, **settings})


def run(service, values, labels=LABELS, **arguments):
    with service.serve() as server:
        return jsdf.run(values, labels, engine=hosted(server.url), progress=False, **arguments)


def test_the_request_that_is_sent():
    service = FakeService()
    described = {
        "price": ["about the price", jsdf.image("https://example.org/tag.png", "a price tag")],
        "other": "not that",
    }
    run(service, pd.Series(["text"]), described, task="Look at the tone.", multiple_labels=True)
    (record,) = service.requests
    request = record.request
    assert request.values == ("text",)
    assert (request.kind, request.multiple, request.task) == ("text", True, "Look at the tone.")
    assert list(request.labels) == [
        {"type": "text", "value": "about the price", "key": "price"},
        {"type": "image", "value": "https://example.org/tag.png", "key": "price", "text": "a price tag"},
        {"type": "text", "value": "not that", "key": "other"},
    ]


@pytest.mark.parametrize("names", ["key", "value"])
@pytest.mark.parametrize("multiple", [False, True])
def test_an_answer_may_name_the_key_or_the_value(names, multiple):
    labels = {"price": "about the price", "speed": "about the delivery"}
    values = column(100)
    result = run(FakeService(answers_with=names), values, labels, multiple_labels=multiple)
    right = [expected(v, [{"key": k, "type": "text", "value": d} for k, d in labels.items()], multiple) for v in values]
    got = [list(row.index[row]) for _, row in result.labels.iterrows()] if multiple else result.labels.tolist()
    assert [sorted(g) for g in got] == [sorted(r) for r in right] if multiple else got == right


def test_answers_of_a_fake_are_not_reused_for_the_real_service():
    class Wire(httpx.AsyncBaseTransport):
        """A transport that is not recognised as a fake."""

        def __init__(self, service):
            self._inner = service.transport()

        async def handle_async_request(self, request):
            return await self._inner.handle_async_request(request)

    fake, real = FakeService(), FakeService(answer=dict.fromkeys(column(3), "c"))
    values = column(3)
    for _ in range(2):
        jsdf.run(values, LABELS, engine=jsdf.Hosted("test-key", transport=fake.transport()), progress=False)
    got = jsdf.run(values, LABELS, engine=jsdf.Hosted("test-key", transport=Wire(real)), progress=False)
    assert (len(fake.requests), len(real.requests)) == (1, 1)
    assert got.labels.tolist() == ["c"] * 3


TRANSIENT = {
    "500": fault.status(500),
    "503": fault.status(503, retry_after=0),
    "html": fault.html(502),
    "html-200": fault.html(200),
    "empty-200": fault.empty(),
    "empty-500": fault.empty(500),
    "429": fault.rate_limited(),
    "429-bare": fault.rate_limited(headers=False),
    "429-seconds": fault.rate_limited("seconds"),
    "429-date": fault.rate_limited("date"),
    "reset": fault.reset(),
    "reset-after": fault.reset(after=True),
    "truncated": fault.truncated(),
    "truncated-clean": fault.truncated(clean=True),
    "not-json": fault.not_json(),
    "short": fault.short(),
    "long": fault.long(3),
}


@pytest.mark.parametrize("what", TRANSIENT)
def test_transient_faults_cost_no_row(what):
    values = column(320)
    service = FakeService(faults=[None, TRANSIENT[what], None, TRANSIENT[what]])
    result = run(service, values)
    assert result.labels.tolist() == [expected(v, LABELS) for v in values]
    lost = sum(r.samples for r in service.requests if r.billed and r.outcome != "answered")
    assert sum(service.billed.values()) - 320 == lost
    assert result.usage.requests == len(service.requests) == 12


def test_a_hang_ends_with_the_timeout_and_is_counted_as_possibly_paid_twice():
    service = FakeService(faults=[fault.hang(30)])
    with service.serve() as server:
        engine = hosted(server.url, timeout=0.2)
        result = jsdf.run(column(32), LABELS, engine=engine, progress=False)
    assert result.counts["answered"] == 32
    assert result.usage.maybe_billed_twice == 1
    assert "possibly billed twice" in repr(result)


@pytest.mark.parametrize("wrong", [fault.unknown_label("weird"), fault.null_prediction(), fault.unknown_label("")])
@pytest.mark.parametrize("multiple", [False, True])
def test_an_answer_outside_the_labels_is_unknown(wrong, multiple):
    service = FakeService(faults=[wrong])
    with service.serve() as server:
        result = jsdf.run(column(64), LABELS, engine=hosted(server.url), multiple_labels=multiple, progress=False)
        assert sorted(result.status) == [*["answered"] * 63, "unknown"]
        assert result.labels[result.status == "unknown"].isna().to_numpy().all()
        again = result.retry()
    assert again.counts["answered"] == 64
    assert service.requests[-1].samples == 1


@pytest.mark.parametrize("shape", ["message", "error", "object", "empty", "html"])
def test_a_wrong_key_is_one_sentence_for_every_body(shape):
    service = FakeService(api_key="another", error_shape=shape)
    with service.serve() as server, pytest.raises(jsdf.AuthenticationError, match="HTTP 401: the API key is not valid"):
        jsdf.run(column(3200), LABELS, engine=hosted(server.url), progress=False)
    assert len(service.requests) <= 5


def test_after_a_403_the_answers_so_far_are_kept():
    service = FakeService(faults=[None] * 10 + [fault.status(403)])
    with service.serve() as server, pytest.raises(jsdf.AuthenticationError, match="HTTP 403"):
        jsdf.run(column(3200), LABELS, engine=hosted(server.url, concurrency=1), progress=False)
    assert jsdf.last_run().counts["answered"] == 320
    assert len(service.requests) == 11


def test_a_redirect_is_not_followed():
    elsewhere, service = FakeService(), FakeService()
    with elsewhere.serve() as other, service.serve() as server:
        service._faults = type(service._faults)([fault.redirect(other.url + "/v1/classification")])
        with pytest.raises(jsdf.APIError, match=r"HTTP 307: redirected to .*; set base_url"):
            jsdf.run(column(1), LABELS, engine=hosted(server.url), progress=False)
    assert elsewhere.requests == []


def test_the_rate_headers_are_followed():
    service = FakeService(rate=20, window=0.2)  # 100 per second, reported as 20
    values = column(32 * 60)
    with service.serve() as server:
        result = jsdf.run(values, LABELS, engine=hosted(server.url, rate=400), progress=False)
    assert result.counts["answered"] == len(values)
    assert service.refused <= 10


def test_two_clients_on_one_key_both_finish():
    service = FakeService(rate=25, window=0.25)

    async def both(url):
        runs = (
            jsdf.aclassify(column(960) + name, LABELS, engine=hosted(url, rate=100), progress=False) for name in "xy"
        )
        return await asyncio.gather(*runs)

    with service.serve() as server:
        first, second = asyncio.run(both(server.url))
    assert first.notna().all()
    assert second.notna().all()
    assert max(service.billed.values()) == 1


@pytest.mark.parametrize("concurrency", [1, 5, 32, 70])
def test_no_more_requests_are_in_flight_than_asked_for(concurrency):
    service = FakeService(latency=0.05)
    with service.serve() as server:
        engine = hosted(server.url, concurrency=concurrency)
        result = jsdf.run(column(32 * 60), LABELS, engine=engine, progress=False)
    assert result.counts["answered"] == 32 * 60
    assert service.peak_in_flight <= concurrency
    assert service.peak_in_flight >= min(concurrency, 5)


def test_a_proxy_never_sees_what_goes_to_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    assert run(FakeService(), column(10)).counts["answered"] == 10


def test_more_than_24_labels_are_answered_in_rounds():
    service, values = FakeService(), column(100)
    labels = [f"label {i}" for i in range(60)]
    result = run(service, values, labels)
    assert result.counts["answered"] == 100
    assert all(len(r.request.labels) <= 24 for r in service.requests)
    assert result.labels.tolist() == [expected(v, labels) for v in values]


def test_usage_adds_up_what_the_service_reported():
    tokens = {"input_tokens": 3, "output_tokens": 1, "inference_time_tokens": 10, "total_tokens": 14}

    def answer(request):
        import json

        body = json.loads(request.content)
        return httpx.Response(
            200, json={"success": True, "predictions": ["a"] * len(body["dataset"]), "_usage": tokens}
        )

    engine = jsdf.Hosted("test-key", "http://127.0.0.1", transport=httpx.MockTransport(answer))
    usage = jsdf.run(column(96), LABELS, engine=engine, progress=False).usage
    assert (usage.input_tokens, usage.output_tokens, usage.inference_time_tokens, usage.total_tokens) == (9, 3, 30, 42)
    assert jsdf.plan(column(96) + "!", LABELS, engine=engine).tokens == 42
