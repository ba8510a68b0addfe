"""`max_requests` is exact; `max_tokens` is exceeded by one request at most, whatever the lengths of the texts."""

import contextlib

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from refusing_engines import LABELS, column, refusing, right, run

import jsdf
from jsdf.engines import Reply, Tokens
from jsdf.engines.base import Question
from jsdf.errors import TransientError
from jsdf.labels import parse
from jsdf.results.usage import Usage
from jsdf.runner.limits.budget import Budget
from jsdf.runner.limits.prices import IMAGE_SIZE, SAMPLE_OVERHEAD, RequestSize, request_size, value_size
from jsdf.store.request_cost import PriceFit
from jsdf.testing import FakeEngine, FakeService, fault

QUESTION = Question(parse(LABELS))
#: Texts of one byte to four bytes a character.
ALPHABETS = ("x", "é", "文", "😀")


def cost(total):
    return Tokens(total_tokens=total, reported=True)


def fake_price(request):
    """The tokens that the fake service bills: a fixed part, and a token for four characters."""
    texts = [*request.values, *(label["value"] for label in request.labels)]
    return 100 + 2 * len(request.values) + sum(1 + len(text) // 4 for text in texts)


def billed(service):
    return [fake_price(record.request) for record in service.requests if record.billed]


def run_hosted(values, limit, *, service=None, labels=LABELS, **settings):
    service = service or FakeService()
    engine = jsdf.Hosted("test-key", transport=service.transport(), rate=100_000, **settings)
    with contextlib.suppress(jsdf.APIError):
        jsdf.run(pd.Series(values), labels, engine=engine, cache=False, progress=False, max_tokens=limit)
    return jsdf.last_run(), billed(service)


def texts(length, count, alphabet="x"):
    return [f"{i:05}" + alphabet * (length - 5) for i in range(count)]


MIXTURES = {
    "long texts alone": (texts(80_000, 400), 1000),
    "short texts, then long ones": (texts(15, 320) + texts(80_000, 80), 5000),
    "long texts, then short ones": (texts(80_000, 80) + texts(15, 320), 5000),
    "one long text among many": ([*texts(20, 200), "y" * 300_000, *texts(21, 200)], 3000),
    "cheap characters, then dear ones": (texts(400, 64, "😀") + texts(1600, 400), 30_000),
    "growing": ([str(i) * i for i in range(1, 600)], 20_000),
}


@pytest.mark.parametrize(("values", "limit"), MIXTURES.values(), ids=MIXTURES)
def test_max_tokens_is_exceeded_by_one_request_at_most(values, limit):
    result, prices = run_hosted(values, limit)
    assert result.usage.total_tokens == sum(prices) <= limit + max(prices, default=0)
    assert "max_tokens" in result.stopped
    assert result.counts["pending"] == len(values) - result.counts["answered"]


def test_short_texts_are_answered_although_long_ones_come_first():
    result, prices = run_hosted(*MIXTURES["long texts, then short ones"])
    assert sum(prices) <= 5000
    assert result.counts["answered"] == 320


def test_texts_that_are_far_too_long_are_not_sent_at_all():
    result, prices = run_hosted(*MIXTURES["long texts alone"])
    assert prices == []
    assert result.stopped == "max_tokens=1,000 is less than one row is expected to cost, at least 10,008 tokens"


lengths = st.one_of(st.integers(1, 40), st.integers(1, 3000), st.sampled_from([10_000, 80_000]))
rows = st.lists(st.tuples(lengths, st.sampled_from(ALPHABETS)), min_size=1, max_size=12)


@settings(max_examples=80)
@given(
    kinds=rows,
    repeats=st.integers(1, 40),
    limit=st.integers(0, 60_000),
    concurrency=st.integers(1, 32),
    batch_size=st.integers(1, 32),
    share=st.sampled_from([0.0, 0.0, 0.2]),
    seed=st.integers(0, 5),
    interleaved=st.booleans(),
)
def test_the_limit_holds_for_any_lengths(kinds, repeats, limit, concurrency, batch_size, share, seed, interleaved):
    values = [f"{i} {sort} " + c * n for sort, (n, c) in enumerate(kinds) for i in range(repeats)]
    values = sorted(values) if interleaved else values
    service = FakeService(faults=fault.mixture(share, seed))
    result, prices = run_hosted(values, limit, service=service, concurrency=concurrency, batch_size=batch_size)
    assert sum(prices) <= limit + max(prices, default=0)
    assert sum(result.counts.values()) == len(values)
    if limit == 0:
        assert prices == []


@settings(max_examples=30)
@given(limit=st.integers(0, 30_000), count=st.integers(25, 90), multiple=st.booleans(), concurrency=st.integers(1, 32))
def test_the_limit_holds_for_questions_in_rounds(limit, count, multiple, concurrency):
    labels = {f"label {i}": f"description {i} " * (i % 7 + 1) for i in range(count)}
    service = FakeService()
    engine = jsdf.Hosted("test-key", transport=service.transport(), rate=100_000, concurrency=concurrency)
    arguments = {"cache": False, "progress": False, "multiple_labels": multiple}
    jsdf.run(column(100), labels, engine=engine, max_tokens=limit, **arguments)
    prices = billed(service)
    assert sum(prices) <= limit + max(prices, default=0)


@settings(max_examples=30)
@given(limit=st.integers(0, 20_000), urls=st.lists(st.integers(1, 3000), min_size=1, max_size=60))
def test_the_limit_holds_for_images(limit, urls):
    values = [f"https://example.com/{i}/{'x' * length}.png" for i, length in enumerate(urls)]
    _, prices = run_hosted(values, limit)
    assert sum(prices) <= limit + max(prices, default=0)


@given(limit=st.integers(1500, 40_000), length=st.integers(1, 200), concurrency=st.integers(1, 32))
def test_the_limit_is_used_up(limit, length, concurrency):
    result, prices = run_hosted(texts(max(6, length), 2000), limit, concurrency=concurrency)
    if result.counts["pending"]:
        assert 0.9 * limit <= sum(prices) <= limit


@pytest.mark.parametrize(("length", "limit"), [(1000, 5000), (4000, 20_000), (15, 5000), (20_000, 30_000), (60, 9000)])
def test_the_limit_is_used_up_with_long_texts_too(length, limit):
    _, prices = run_hosted(texts(length, 1000), limit)
    one = fake_price(FakeRequest(length))
    assert limit - one <= sum(prices) <= limit


class FakeRequest:
    """A request of one text."""

    def __init__(self, length):
        self.values, self.labels = ["x" * length], [{"value": label} for label in LABELS]


def test_a_large_limit_costs_no_extra_request_and_no_concurrency():
    service = FakeService(latency=0.02)
    result, prices = run_hosted(texts(40, 1600), 10**7, service=service)
    assert len(prices) == 50
    assert service.peak_in_flight == 32
    assert result.stopped is None


def test_the_price_of_earlier_runs_refuses_what_is_too_dear():
    service = FakeService()
    engine = jsdf.Hosted("test-key", transport=service.transport())
    jsdf.run(texts_series(2000, 1), LABELS, engine=engine, progress=False)
    before = len(service.requests)
    result = jsdf.run(texts_series(3000, 50), LABELS, engine=engine, progress=False, max_tokens=800)
    assert len(service.requests) == before
    assert "max_tokens=800 is less than one row is expected to cost, at least 8" in result.stopped
    short = jsdf.run(texts_series(12, 50), LABELS, engine=engine, progress=False, max_tokens=800)
    assert short.counts["answered"] == 50


def texts_series(length, count):
    return pd.Series(texts(length, count))


def test_tokens_of_discarded_answers_count():
    def answers(question, values):
        return Reply(right(values)[: -1 if len(engine.calls) % 2 else None], tokens=cost(10 * len(values)))

    engine = FakeEngine(answers, concurrency=4)
    result = run(column(3200), engine, max_tokens=5000)
    paid = sum(10 * len(values) for _, values in engine.calls)
    assert 4000 < result.usage.total_tokens == paid <= 5000
    assert result.counts["pending"] > 0


def test_labels_that_cost_each_time_do_not_end_a_budget_early():
    engine = FakeEngine(
        lambda _, values: Reply(right(values), tokens=cost(1000 + 10 * len(values))),
        fail=refusing({"text 3"}),
        concurrency=4,
    )
    result = run(column(3200), engine, max_tokens=40_000)
    assert 38_000 < result.usage.total_tokens <= 40_000


@pytest.mark.parametrize("per_label", [False, True])
def test_services_that_charge_more_than_a_token_for_a_byte(per_label):
    prices = []

    def answers(question, values):
        prices.append(40 * len(values) * len(question.labels) if per_label else 50 * sum(map(len, values)))
        return Reply(right(values), tokens=cost(prices[-1]))

    run(column(3200), FakeEngine(answers, concurrency=8), max_tokens=100_000)
    assert 90_000 < sum(prices) <= 100_000 + max(prices)


@pytest.mark.parametrize("limit", [0, 1, 7, 10, 100])
def test_max_requests_is_exact_even_if_requests_fail(limit):
    values = column(320)
    engine = FakeEngine(fail=refusing({"text 3", "text 100"}), concurrency=8)
    result = run(values, engine, max_requests=limit)
    assert len(engine.calls) == result.usage.requests <= limit
    assert sum(result.counts.values()) == 320
    if limit < 10:
        assert result.counts["pending"] > 0
        assert result.stopped == f"max_requests={limit} was reached"


@given(limit=st.integers(0, 2000), concurrency=st.integers(1, 32))
def test_a_price_that_does_not_depend_on_lengths(limit, concurrency):
    engine = FakeEngine(concurrency=concurrency)  # 2 tokens a sample
    result = run(column(320), engine, max_tokens=limit)
    assert result.usage.total_tokens <= limit
    assert result.counts["answered"] >= min(320, limit / 2 * 0.8 - 10)


@given(limit=st.integers(64, 1000), concurrency=st.integers(1, 8))
def test_lost_answers_count_for_max_tokens_before_they_are_asked_for_again(limit, concurrency):
    def answer(_, values):
        if len(engine.calls) == 1:
            return Reply(right(values), tokens=cost(2 * len(values)))
        return TransientError("lost", maybe_billed=True)

    engine = FakeEngine(answer, concurrency=concurrency)
    with contextlib.suppress(TransientError):
        run(column(320), engine, max_tokens=limit)
    assert 2 * sum(len(values) for _, values in engine.calls) <= limit


def test_an_unreported_price_stops_a_run_with_a_token_limit():
    engine = FakeEngine(lambda _, values: Reply(right(values)))
    result = run(column(320), engine, max_tokens=10_000)
    assert len(engine.calls) == 1
    assert result.counts["answered"] == 1
    assert "reported no usage" in result.stopped


@given(limit=st.integers(0, 50), sent=st.integers(0, 60), others=st.integers(0, 10))
def test_a_request_may_be_sent_while_there_are_fewer_than_max_requests(limit, sent, others):
    refusal = Budget(limit, None).request_refusal(Usage(requests=sent), others)
    assert refusal == (None if sent + others < limit else f"max_requests={limit} was reached")


def test_without_limits_nothing_is_refused():
    budget, huge = Budget(None, None), RequestSize(10**6, 10**9, 40)
    budget.record(cost(10**9), huge, answered=True)
    budget.record(Tokens(), huge, answered=True)
    assert budget.request_refusal(Usage(requests=10**9), 5) is None
    assert budget.may_send(huge, [huge])
    assert budget.affordable(QUESTION, ["x" * 10**6] * 40, [huge]) == list(range(40))
    assert budget.missing_price() is None


def test_the_first_request_is_sent_alone_and_holds_the_shortest_sample():
    budget = Budget(None, 1000)
    values = ["medium text", "long text " * 20, "short"]
    assert budget.affordable(QUESTION, values, []) == [2]
    assert budget.affordable(QUESTION, values, [RequestSize(1, 80, 40)]) == []
    assert Budget(None, 0).affordable(QUESTION, values, []) == []


def test_a_first_request_that_cannot_exceed_a_large_limit_is_complete():
    values = ["a text"] * 32
    assert Budget(None, 10**6).affordable(QUESTION, values, []) == list(range(32))


def test_a_lost_answer_is_charged_at_the_upper_bound():
    budget, one = Budget(None, 1000), RequestSize(1, 100, 40)
    budget.record(cost(50), one, answered=True)
    budget.record(Tokens(), one, answered=False)  # 50 and a token for each of 100 bytes
    assert budget.may_send(one, [])
    for _ in range(5):
        budget.record(Tokens(), one, answered=False)
    assert not budget.may_send(one, [])
    assert budget.missing_price() is None
    assert budget.token_refusal() == "max_tokens=1,000 was reached, counting up to 1,140 tokens of lost answers"


def test_an_answer_without_usage_leaves_the_price_unknown():
    budget = Budget(None, 1000)
    budget.record(Tokens(), RequestSize(4, 100, 40), answered=True)
    assert budget.missing_price() == "the service reported no usage, so max_tokens=1,000 cannot be kept"


@given(st.integers(1, 300), st.integers(0, 300), st.floats(0, 1), st.integers(1, 32))
def test_linear_prices_are_known_after_two_requests(fixed, length, per_byte, samples):
    budget = Budget(None, 10**6)
    small, large = RequestSize(1, 50 + length, 40), RequestSize(32, 1600 + 32 * length, 40)
    for size in (small, large):
        budget.record(cost(fixed + per_byte * size.total), size, answered=True)
    asked = RequestSize(samples, (50 + length) * samples, 40)
    price = fixed + per_byte * asked.total
    assert budget.prices.expected(asked) == pytest.approx(price, abs=1e-6)
    assert budget.prices.bound(asked) >= price - 1e-6


def test_sizes_are_in_bytes_and_count_images_and_labels():
    assert value_size("文", "text") == 3 + SAMPLE_OVERHEAD
    assert value_size("\ud800", "text") == 3 + SAMPLE_OVERHEAD
    assert value_size(b"jpeg" * 10**6, "image") == IMAGE_SIZE + SAMPLE_OVERHEAD
    assert value_size("https://x.org/a.png", "image") == IMAGE_SIZE + SAMPLE_OVERHEAD + 19
    one = request_size(QUESTION, ["ab"])
    assert request_size(Question(QUESTION.labels, task="why"), ["ab"]) == one._replace(
        question_bytes=one.question_bytes + 3
    )
    with_image = parse({"a": jsdf.image("https://x.org/a.png"), "b": "text"})
    assert request_size(Question(with_image), []).total > IMAGE_SIZE


def test_prices_of_earlier_runs_size_the_first_request():
    prior = PriceFit(100.0, 0.25)
    values = ["x" * 4000, "x" * 400]
    assert Budget(None, 100, prior).affordable(QUESTION, values, []) == []
    assert Budget(None, 300, prior).affordable(QUESTION, values, []) == [1]


@pytest.mark.parametrize("name", ["short texts, then long ones", "growing"])
def test_the_limit_holds_over_a_socket(name):
    values, limit = MIXTURES[name]
    service = FakeService(latency=0.005)
    with service.serve() as server:
        engine = jsdf.Hosted("test-key", server.url, rate=100_000)
        result = jsdf.run(pd.Series(values), LABELS, engine=engine, progress=False, max_tokens=limit)
    prices = billed(service)
    assert result.usage.total_tokens == sum(prices) <= limit + max(prices)
    assert sum(prices) >= 0.6 * limit
