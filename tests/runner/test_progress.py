"""What events carry along: rows by label as they land, and the latest pictures."""

import asyncio
import pickle

import numpy as np
import pandas as pd
import pytest

import jsdf
from jsdf.testing import FakeEngine

LABELS = ["a", "b", "c"]
TEXTS = pd.Series([f"text {i % 30}" for i in range(90)] + [None])
PICTURES = pd.Series([np.full((4, 4, 3), i, np.uint8) for i in range(20)], dtype=object)


def told(series, labels=LABELS, engine=None, **arguments):
    events = []
    engine = engine or FakeEngine(batch_size=8, concurrency=1)
    run = jsdf.run(series, labels, engine=engine, progress=events.append, **arguments)
    return events, run


def counted(run):
    found = run.labels.sum() if isinstance(run.labels, pd.DataFrame) else run.labels.value_counts()
    return {name: int(found[name]) for name in run._label_set.names}


@pytest.mark.parametrize("multiple", [False, True])
@pytest.mark.parametrize("most", [None, 2], ids=["at once", "in rounds"])
def test_the_tally_ends_at_the_rows_by_label(multiple, most):
    engine = FakeEngine(batch_size=8, max_labels=most)
    events, run = told(TEXTS, engine=engine, multiple_labels=multiple)
    assert events[-1].label_counts == run.label_counts == counted(run)
    assert list(run.label_counts) == LABELS


def test_the_tally_grows_with_every_request():
    events, _ = told(TEXTS)
    sums = [sum(event.label_counts.values()) for event in events]
    assert sums == sorted(sums)
    assert {24, 48, 72, 90} <= set(sums)
    assert all(sum(e.label_counts.values()) == e.done - 1 for e in events)


def test_an_event_that_is_kept_stays_as_it_was():
    events, _ = told(TEXTS)
    assert events[0].label_counts == {"a": 0, "b": 0, "c": 0}


@pytest.mark.parametrize("multiple", [False, True])
def test_what_the_store_had_counts(multiple):
    engine = FakeEngine(identity="same")
    first, _ = told(TEXTS, engine=engine, multiple_labels=multiple)
    again, _ = told(TEXTS, engine=engine, multiple_labels=multiple)
    assert again[-1].usage.requests == 0
    assert again[-1].label_counts == first[-1].label_counts


def test_failed_and_unknown_rows_have_no_label():
    engine = FakeEngine(
        [["a"] * 7 + ["nonsense"]], batch_size=8, fail=lambda v: ValueError("no") if "text 9" in v else None
    )
    events, run = told(TEXTS, engine=engine)
    assert events[-1].failed == 6
    assert sum(events[-1].label_counts.values()) == 84
    assert events[-1].label_counts == run.label_counts


def test_a_retry_starts_from_what_there_is():
    bad = {"text 3"}
    engine = FakeEngine(fail=lambda values: ValueError("no") if bad.intersection(values) else None)
    events, first = told(TEXTS, engine=engine)
    assert first.counts["failed"] == 3
    bad.clear()
    events.clear()
    again = first.retry()
    assert (events[0].done, sum(events[0].label_counts.values())) == (88, 87)
    assert (events[-1].done, events[-1].label_counts) == (91, again.label_counts)


def test_pictures_come_with_their_labels():
    events, run = told(PICTURES, engine=FakeEngine(batch_size=4, concurrency=1), cache=False)
    latest = events[-1].latest
    assert [value[0, 0, 0] for value, _ in latest] == list(range(12, 20))
    assert [label for _, label in latest] == run.labels[12:].tolist()
    assert all(len(event.latest) == min(8, event.done) for event in events)


def test_several_labels_of_a_picture_are_put_together():
    engine = FakeEngine([[["a", "c"], []]], batch_size=2)
    events, _ = told(PICTURES[:2], engine=engine, multiple_labels=True, cache=False)
    assert [label for _, label in events[-1].latest] == ["a, c", ""]


def test_texts_are_not_carried_along():
    events, _ = told(TEXTS)
    assert {event.latest for event in events} == {()}


@pytest.mark.parametrize("series", [TEXTS, PICTURES], ids=["texts", "pictures"])
def test_events_can_be_compared_and_kept(series):
    events, _ = told(series, cache=False)
    assert pickle.loads(pickle.dumps(events[-1])) == events[-1]
    assert len({events[0], events[0]}) == 1
    assert "label_counts" in repr(events[-1])


def test_the_reason_of_an_early_end_is_told():
    events, run = told(TEXTS, max_requests=2)
    assert run.stopped
    assert events[-1].stopped == run.stopped
    assert events[0].stopped is None
    events, _ = told(TEXTS, max_requests=99)
    assert events[-1].stopped is None


def test_the_same_when_awaited():
    events = []
    asyncio.run(jsdf.aclassify(TEXTS, LABELS, engine=FakeEngine(batch_size=8), progress=events.append))
    assert sum(events[-1].label_counts.values()) == 90


def test_millions_of_multiple_answers_are_added_up_in_blocks():
    from jsdf.column import encode
    from jsdf.engines.base import Question
    from jsdf.labels import parse
    from jsdf.runner.answer_table import AnswerTable
    from jsdf.runner.progress import ProgressCounter

    column = encode(pd.Series([str(i) for i in range(20_000)]))
    table = AnswerTable(Question(parse(LABELS), "text", True, None), "x", column.values)
    table.answers.chosen[::2, 0] = table.answers.chosen[-5:, 2] = True
    table.answers.status[:] = 0
    seen = []
    label_counts = ProgressCounter(table, column, seen.append)
    assert label_counts.add(table, range(20_000)) == 20_000
    label_counts.report("")
    assert seen[0]["label_counts"] == {"a": 10_000, "b": 0, "c": 5}


class Held(FakeEngine):
    """Answers as many requests as it is let."""

    let = 0

    async def classify(self, question, values):
        reply = await super().classify(question, values)
        mine = len(self.calls)
        while self.let < mine:
            await asyncio.sleep(0.005)
        return reply


async def until(condition):
    async def wait():
        while not condition():
            await asyncio.sleep(0.005)

    await asyncio.wait_for(wait(), 10)


def test_while_it_stops_it_counts_what_is_landing():
    engine, notes = Held(batch_size=1, concurrency=3), []

    async def stop():
        run = jsdf.aclassify(TEXTS, LABELS, engine=engine, cache=False, progress=lambda e: notes.append(e.note))
        task = asyncio.ensure_future(run)
        await until(lambda: len(engine.calls) == 3)
        task.cancel()
        for engine.let, said in enumerate(["3 requests are landing", "2 requests are landing", "1 request is landing"]):
            await until(lambda said=said: notes[-1] == f"stopping: interrupted, {said}")
        engine.let = 3
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stop())
    assert "stopping: interrupted" in notes  # when the last has landed, nothing is said of any
