"""A job loads stored answers, asks the engine for the rest and reports progress of every request."""

import asyncio

import numpy as np
import pandas as pd
from PIL import Image
from sample_column import LABELS, SERIES, sent

import jsdf
from jsdf.column import encode
from jsdf.labels import parse
from jsdf.results.answers import ANSWERED, FAILED, UNKNOWN
from jsdf.runner.job import Job
from jsdf.runner.job_runner import JobRunner
from jsdf.testing import FakeEngine, expected


def test_a_second_call_is_answered_from_the_store():
    engine = FakeEngine()
    series = pd.concat([SERIES, SERIES, pd.Series([None])])
    first, second = (jsdf.run(series, LABELS, engine=engine) for _ in range(2))
    assert first.labels.equals(second.labels)
    assert len(engine.calls) == 2
    assert (first.usage.rows_sent, first.usage.rows_cached) == (40, 0)
    assert (second.usage.rows_sent, second.usage.rows_cached, second.usage.requests) == (0, 80, 0)


def test_cache_false_asks_again():
    engine = FakeEngine()
    jsdf.classify(SERIES, LABELS, engine=engine)
    run = jsdf.run(SERIES, LABELS, engine=engine, cache=False)
    assert len(engine.calls) == 4
    assert run.usage.rows_cached == 0


def test_lone_surrogates_are_replaced_and_answered():
    engine = FakeEngine()
    series = pd.Series(["fine", "broken \ud800", "fine too"], dtype=object)
    run = jsdf.run(series, LABELS, engine=engine)
    assert sent(engine) == ["fine", "broken \ufffd", "fine too"]
    assert run.status.tolist() == ["answered"] * 3
    assert jsdf.plan(series, LABELS, engine=engine).to_send == 0


def test_images_with_different_pixels_are_different_questions():
    first = np.zeros((100, 100, 3), np.uint8)
    second = first.copy()
    second[50, 50] = 255
    engine = FakeEngine(lambda question, values: ["good" if v[50, 50, 0] else "bad" for v in values])
    assert jsdf.classify(pd.Series([first, second], dtype=object), LABELS, engine=engine).tolist() == ["bad", "good"]
    assert jsdf.classify(pd.Series([second], dtype=object), LABELS, engine=engine).tolist() == ["good"]


def test_an_image_is_the_same_in_the_next_session():
    engine = FakeEngine()
    for _ in range(2):
        run = jsdf.run(
            pd.Series([Image.new("RGB", (4, 4)), np.ones((2, 2), np.uint8)], dtype=object), LABELS, engine=engine
        )
    assert run.usage.rows_cached == 2
    assert len(engine.calls) == 1


def test_every_request_reports_progress():
    events = []
    jsdf.run(SERIES, LABELS, engine=FakeEngine(batch_size=8), progress=events.append)
    assert [e.finished for e in events].count(True) == 1
    last = events[-1]
    assert (last.rows, last.done, last.failed, last.engine, last.finished) == (40, 40, 0, "fake", True)
    assert last.usage.requests == 5
    assert {e.done for e in events} >= {0, 8, 16, 24, 32, 40}


def runner(engine, answers=None, **more):
    return JobRunner(Job(encode(SERIES), parse(LABELS), engine, **more), answers)


def test_a_job_that_is_stopped_before_it_starts_sends_nothing():
    engine, events = FakeEngine(), []
    job_runner = runner(engine)
    job_runner.stop("enough")
    job_runner.stop("too late to be the reason")
    run = asyncio.run(job_runner.run(events.append))
    assert engine.calls == []
    assert (run.stopped, run.counts["pending"]) == ("enough", 40)
    assert events[-1].finished
    assert events[-1].stopped == "enough"


def test_a_job_that_is_stopped_while_running_keeps_its_answers():
    def answers(question, values):
        job_runner.stop("enough")
        job_runner.stop("too late to be the reason")

    engine = FakeEngine(answers, batch_size=8, concurrency=1)
    job_runner = runner(engine)
    run = asyncio.run(job_runner.run(lambda event: None))
    assert len(engine.calls) == 1
    assert (run.stopped, run.counts["answered"], run.counts["pending"]) == ("enough", 8, 32)
    assert job_runner.in_flight == 0
    assert asyncio.run(runner(engine).run(lambda event: None)).usage.rows_cached == 8


def test_a_retry_asks_for_values_without_an_answer_and_does_not_modify_the_earlier_answers():
    earlier = runner(FakeEngine(), cache=False)
    asyncio.run(earlier.run(lambda event: None))
    answers = earlier.job.new_answer_table().answers
    answers.chosen[:], answers.status[:] = 0, ANSWERED
    answers.fail([3], "refused", FAILED)
    answers.fail([5], "answered 'weird'", UNKNOWN)
    before = answers.copy()
    engine = FakeEngine()
    run = asyncio.run(runner(engine, answers, cache=False).run(lambda event: None))
    assert sent(engine) == ["text 3", "text 5"]
    assert run.labels[[3, 5]].tolist() == [expected(f"text {i}", LABELS) for i in (3, 5)]
    assert run.labels.drop([3, 5]).unique().tolist() == ["good"]
    assert answers.status.tolist() == before.status.tolist()
    assert answers.reasons == before.reasons


def test_a_store_that_cannot_be_opened_is_reported_and_does_not_stop_the_job(tmp_path):
    (tmp_path / "file").write_text("")
    jsdf.options.cache_dir = tmp_path / "file"
    job_runner = runner(FakeEngine())
    run = asyncio.run(job_runner.run(lambda event: None))
    assert run.counts["answered"] == 40
    assert len(job_runner.problems) == 1
    assert not job_runner.is_stored
