"""A job gives its question, its values and its number of requests."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_column import LABELS, SERIES

from jsdf.column import encode
from jsdf.engines.base import Question
from jsdf.labels import parse
from jsdf.results.answers import ANSWERED, PENDING, Answers
from jsdf.runner.job import Job
from jsdf.testing import FakeEngine


def job(series=SERIES, labels=LABELS, engine=None, **more):
    return Job(encode(series), parse(labels), engine or FakeEngine(), **more)


def test_the_question_is_that_of_the_call():
    question = job(multiple=True, task="be strict").new_answer_table().question
    assert question == Question(parse(LABELS), "text", multiple=True, task="be strict")


def test_every_value_is_pending():
    table = job(pd.Series(["fine", "broken \ud800", None, "fine", "fine too"], dtype=object)).new_answer_table()
    assert table.values == ["fine", "broken \ufffd", "fine too"]
    assert table.answers.status.tolist() == [PENDING] * 3


def test_answers_of_an_earlier_run_are_taken_over():
    earlier = Answers.empty(40, 3, multiple=False)
    earlier.chosen[:5], earlier.status[:5] = 1, ANSWERED
    assert job().new_answer_table(earlier).pending().tolist() == list(range(5, 40))


def test_engines_and_questions_are_kept_apart():
    engine, other = FakeEngine(identity="one"), FakeEngine(identity="two")
    questions = [job(engine=engine), job(engine=other), job(engine=engine, multiple=True), job(engine=engine, task="x")]
    assert len({one.new_answer_table().question_digest for one in questions}) == 4
    assert (
        job(engine=engine).new_answer_table().question_digest
        == job(SERIES[:3], engine=engine, max_requests=1, cache=False).new_answer_table().question_digest
    )


@given(st.integers(0, 300), st.integers(1, 40))
def test_a_batch_takes_a_request(samples, size):
    assert job(engine=FakeEngine(batch_size=size)).request_count(samples) == -(-samples // size)


@pytest.mark.parametrize(("multiple", "requests"), [(True, 3 * 2), (False, 3 * 2 + 8)])
def test_more_labels_than_the_engine_takes_need_a_request_a_group(multiple, requests):
    labels, engine = [f"label {i}" for i in range(12)], FakeEngine(max_labels=5, batch_size=5)
    # Three groups for two batches; of the last round, a request holds the three winners of one sample.
    assert job(labels=labels, engine=engine, multiple=multiple).request_count(8) == requests
