"""`max_requests` and `max_tokens` are respected, also when requests fail or replies are lost."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusing_engines import LABELS, column, refusing, right, run

import jsdf
from jsdf.engines.base import Tokens
from jsdf.errors import TransientError
from jsdf.results.usage import Usage
from jsdf.runner.budget import Budget
from jsdf.testing import FakeEngine


def test_tokens_of_discarded_answers_count():
    from jsdf.engines import Reply, Tokens

    def answers(question, values):
        spent = Tokens(total_tokens=10 * len(values), reported=True)
        return Reply(right(values)[: -1 if len(engine.calls) % 2 else None], tokens=spent)

    engine = FakeEngine(answers, concurrency=4)
    result = run(column(3200), engine, max_tokens=5000)
    billed = sum(10 * len(values) for _, values in engine.calls)
    assert result.usage.total_tokens == billed <= 5000
    assert result.counts["pending"] > 0


def test_labels_that_cost_each_time_do_not_end_a_budget_early():
    from jsdf.engines import Reply, Tokens

    def answers(question, values):
        spent = Tokens(total_tokens=1000 + 10 * len(values), reported=True)
        return Reply(right(values), tokens=spent)

    engine = FakeEngine(answers, fail=refusing({"text 3"}), concurrency=4)
    result = run(column(3200), engine, max_tokens=40_000)
    assert 35_000 < result.usage.total_tokens <= 40_000


def test_the_price_of_another_question_is_not_used():
    from jsdf.engines import Reply, Tokens

    def answers(question, values):
        each = 1 if "cheap" in question.labels.names else 100
        return Reply(
            [question.labels.names[0]] * len(values), tokens=Tokens(total_tokens=each * len(values), reported=True)
        )

    engine = FakeEngine(answers, concurrency=8)
    jsdf.run(column(320), ["cheap", "b"], engine=engine, progress=False)
    dear = jsdf.run(column(3200), LABELS, engine=engine, progress=False, max_tokens=3200)
    assert dear.usage.total_tokens == 3200


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
def test_max_tokens_is_exceeded_by_the_first_request_at_most(limit, concurrency):
    engine = FakeEngine(concurrency=concurrency)  # 2 tokens a sample
    result = run(column(320), engine, max_tokens=limit)
    assert result.usage.total_tokens <= max(limit, 64 * (limit > 0))
    assert result.counts["answered"] == min(320, 32 * math.ceil(result.usage.total_tokens / 64))
    if limit >= 640:
        assert result.counts["answered"] == 320


@given(limit=st.integers(64, 1000), concurrency=st.integers(1, 8))
def test_lost_answers_count_for_max_tokens_before_they_are_asked_for_again(limit, concurrency):
    from jsdf.engines import Reply, Tokens

    def answer(_, values):
        if len(engine.calls) == 1:
            return Reply(right(values), tokens=Tokens(total_tokens=2 * len(values)))
        return TransientError("lost", maybe_billed=True)

    engine = FakeEngine(answer, concurrency=concurrency)
    with contextlib.suppress(TransientError):
        run(column(320), engine, max_tokens=limit)
    assert 2 * sum(len(values) for _, values in engine.calls) <= limit


def test_an_unreported_price_stops_a_run_with_a_token_limit():
    engine = FakeEngine(lambda _, values: jsdf.engines.Reply(right(values)))
    result = run(column(320), engine, max_tokens=10_000)
    assert len(engine.calls) == 1
    assert result.counts["answered"] == 32
    assert "reported no usage" in result.stopped


sizes = st.integers(1, 32)


def cost(total):
    return Tokens(total_tokens=total, reported=True)


@given(limit=st.integers(0, 50), sent=st.integers(0, 60), others=st.integers(0, 10))
def test_a_request_may_be_sent_while_there_are_fewer_than_max_requests(limit, sent, others):
    refusal = Budget(limit, None).request_refusal(Usage(requests=sent), others)
    assert refusal == (None if sent + others < limit else f"max_requests={limit} was reached")


def test_without_limits_nothing_is_refused():
    budget = Budget(None, None)
    budget.record(cost(10**9), 1, answered=True)
    budget.record(Tokens(), 1, answered=True)
    assert budget.request_refusal(Usage(requests=10**9), 5) is None
    assert budget.sample_refusal(10**9, [10**9]) is None
    assert budget.missing_price() is None


@given(
    limit=st.integers(0, 5000),
    fixed=st.integers(0, 100),
    each=st.integers(1, 20),
    requests=st.lists(sizes, max_size=60),
)
def test_allowed_requests_never_exceed_max_tokens(limit, fixed, each, requests):
    budget = Budget(None, limit, (32, fixed + each * 32))
    spent = 0
    for samples in requests:
        price = fixed + each * samples
        if budget.sample_refusal(samples, []) is None:
            spent += price
            budget.record(cost(price), samples, answered=True)
    assert spent <= limit


@given(limit=st.integers(0, 3000), price=st.integers(1, 100), in_flight=st.lists(sizes, max_size=30), samples=sizes)
def test_requests_in_flight_count_as_if_they_were_spent(limit, price, in_flight, samples):
    unspent = Budget(None, limit, (1, price))
    spent = Budget(None, limit, (1, price))
    for size in in_flight:
        spent.record(cost(price * size), size, answered=True)
    refused = price * (sum(in_flight) + samples) > limit
    assert (unspent.sample_refusal(samples, in_flight) is not None) == refused
    if not in_flight or samples in {1, *in_flight}:  # sizes with a recorded price
        assert (spent.sample_refusal(samples, []) is not None) == refused


def test_the_first_request_is_sent_alone_to_learn_the_price():
    budget = Budget(None, 100)
    assert budget.sample_refusal(32, []) is None
    assert budget.sample_refusal(32, [32]) == "max_tokens=100 was reached"
    budget.record(cost(40), 32, answered=True)
    assert budget.sample_refusal(32, []) is None
    assert budget.sample_refusal(32, [32]) == "max_tokens=100 was reached"
    assert Budget(None, 0).sample_refusal(32, []) == "max_tokens=0 was reached"


def test_a_new_size_costs_as_much_as_the_next_larger_one():
    budget = Budget(None, 100, (10, 60))
    budget.record(cost(20), 2, answered=True)
    assert budget.sample_refusal(1, [10]) is None  # 20 spent, 20 and 60 to come
    assert budget.sample_refusal(3, [2]) is None
    assert budget.sample_refusal(3, [10]) is not None


def test_a_size_larger_than_any_costs_in_proportion():
    budget = Budget(None, 120, (10, 60))
    assert budget.sample_refusal(20, []) is None
    assert budget.sample_refusal(21, []) is not None


def test_the_most_expensive_request_of_a_size_is_its_price():
    budget = Budget(None, 150, (8, 40))
    budget.record(cost(60), 8, answered=True)
    budget.record(cost(40), 8, answered=True)
    assert budget.sample_refusal(8, []) is not None  # 100 spent, 60 to come


def test_a_lost_answer_costs_as_much_as_others():
    budget = Budget(None, 100, (4, 40))
    budget.record(Tokens(), 4, answered=False)
    assert budget.sample_refusal(4, []) is None
    budget.record(Tokens(), 4, answered=False)
    assert budget.sample_refusal(4, []) is not None
    assert budget.missing_price() is None


def test_an_answer_without_usage_leaves_the_price_unknown():
    budget = Budget(None, 1000, (4, 40))
    budget.record(Tokens(), 4, answered=True)
    assert budget.missing_price() == "the service reported no usage, so max_tokens=1,000 cannot be kept"
