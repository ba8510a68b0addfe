"""Progress events carry the rows by label so far, and the latest images."""

import asyncio
import pickle

import numpy as np
import pandas as pd
import pytest

import jsdf
from jsdf.runner import job_runner
from jsdf.testing import FakeEngine, FakeService

LABELS = ["a", "b", "c"]
TEXTS = pd.Series([f"text {i % 30}" for i in range(90)] + [None])
PICTURES = pd.Series([np.full((4, 4, 3), i, np.uint8) for i in range(20)], dtype=object)


def run_with_events(series, labels=LABELS, engine=None, **arguments):
    events = []
    engine = engine or FakeEngine(batch_size=8, concurrency=1)
    run = jsdf.run(series, labels, engine=engine, progress=events.append, **arguments)
    return events, run


def label_counts_of(run):
    found = run.labels.sum() if isinstance(run.labels, pd.DataFrame) else run.labels.value_counts()
    return {name: int(found[name]) for name in run._label_set.names}


@pytest.mark.parametrize("multiple", [False, True])
@pytest.mark.parametrize("max_labels", [None, 2], ids=["at once", "in rounds"])
def test_label_counts_end_at_the_rows_by_label(multiple, max_labels):
    engine = FakeEngine(batch_size=8, max_labels=max_labels)
    events, run = run_with_events(TEXTS, engine=engine, multiple_labels=multiple)
    assert events[-1].label_counts == run.label_counts == label_counts_of(run)
    assert list(run.label_counts) == LABELS


def test_label_counts_grow_with_every_request():
    events, _ = run_with_events(TEXTS)
    sums = [sum(event.label_counts.values()) for event in events]
    assert sums == sorted(sums)
    assert {24, 48, 72, 90} <= set(sums)
    assert all(sum(e.label_counts.values()) == e.done - 1 for e in events)


def test_later_events_do_not_change_earlier_ones():
    events, _ = run_with_events(TEXTS)
    assert events[0].label_counts == {"a": 0, "b": 0, "c": 0}


@pytest.mark.parametrize("multiple", [False, True])
def test_stored_answers_count(multiple):
    engine = FakeEngine(identity="same")
    first, _ = run_with_events(TEXTS, engine=engine, multiple_labels=multiple)
    again, _ = run_with_events(TEXTS, engine=engine, multiple_labels=multiple)
    assert again[-1].usage.requests == 0
    assert again[-1].label_counts == first[-1].label_counts


def test_failed_and_unknown_rows_have_no_label():
    engine = FakeEngine(
        [["a"] * 7 + ["nonsense"]], batch_size=8, fail=lambda v: ValueError("no") if "text 9" in v else None
    )
    events, run = run_with_events(TEXTS, engine=engine)
    assert events[-1].failed == 6
    assert sum(events[-1].label_counts.values()) == 84
    assert events[-1].label_counts == run.label_counts


def test_a_retry_starts_with_the_earlier_answers():
    bad = {"text 3"}
    engine = FakeEngine(fail=lambda values: ValueError("no") if bad.intersection(values) else None)
    events, first = run_with_events(TEXTS, engine=engine)
    assert first.counts["failed"] == 3
    bad.clear()
    events.clear()
    again = first.retry()
    assert (events[0].done, sum(events[0].label_counts.values())) == (88, 87)
    assert (events[-1].done, events[-1].label_counts) == (91, again.label_counts)


def test_pictures_come_with_their_labels():
    events, run = run_with_events(PICTURES, engine=FakeEngine(batch_size=4, concurrency=1), cache=False)
    latest = events[-1].latest
    assert [value[0, 0, 0] for value, _ in latest] == list(range(12, 20))
    assert [label for _, label in latest] == run.labels[12:].tolist()
    assert all(len(event.latest) == min(8, event.done) for event in events)


def test_several_labels_of_a_picture_are_joined():
    engine = FakeEngine([[["a", "c"], []]], batch_size=2)
    events, _ = run_with_events(PICTURES[:2], engine=engine, multiple_labels=True, cache=False)
    assert [label for _, label in events[-1].latest] == ["a, c", ""]


def test_events_carry_no_texts():
    events, _ = run_with_events(TEXTS)
    assert {event.latest for event in events} == {()}


@pytest.mark.parametrize("series", [TEXTS, PICTURES], ids=["texts", "pictures"])
def test_events_can_be_compared_and_kept(series):
    events, _ = run_with_events(series, cache=False)
    assert pickle.loads(pickle.dumps(events[-1])) == events[-1]
    assert len({events[0], events[0]}) == 1
    assert "label_counts" in repr(events[-1])


def test_events_carry_the_reason_for_an_early_end():
    events, run = run_with_events(TEXTS, max_requests=2)
    assert run.stopped
    assert events[-1].stopped == run.stopped
    assert events[0].stopped is None
    events, _ = run_with_events(TEXTS, max_requests=99)
    assert events[-1].stopped is None


def test_events_of_an_async_call():
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
    reports = []
    counter = ProgressCounter(table, column, reports.append)
    assert counter.add(table, range(20_000)) == 20_000
    counter.report("")
    assert reports[0]["label_counts"] == {"a": 10_000, "b": 0, "c": 5}


class HeldEngine(FakeEngine):
    """Engine that answers only its first `released` requests."""

    released = 0

    async def classify(self, question, values):
        reply = await super().classify(question, values)
        number = len(self.calls)
        while self.released < number:
            await asyncio.sleep(0.005)
        return reply


async def until(condition):
    async def wait():
        while not condition():
            await asyncio.sleep(0.005)

    await asyncio.wait_for(wait(), 10)


def test_a_stopping_run_counts_the_requests_in_flight():
    engine, notes = HeldEngine(batch_size=1, concurrency=3), []

    async def stop():
        run = jsdf.aclassify(TEXTS, LABELS, engine=engine, cache=False, progress=lambda e: notes.append(e.note))
        task = asyncio.ensure_future(run)
        await until(lambda: len(engine.calls) == 3)
        task.cancel()
        waiting = ["waiting for 3 requests", "waiting for 2 requests", "waiting for 1 request"]
        for engine.released, text in enumerate(waiting):
            await until(lambda text=text: notes[-1] == f"stopping: interrupted, {text}")
        engine.released = 3
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stop())
    assert "stopping: interrupted" in notes  # no count after the last answer


def phases(events):
    """Return the notes in their order, each once, up to the first answer."""
    return list(dict.fromkeys(event.note for event in events if not event.usage.rows_sent and event.note))


class Starting(FakeEngine):
    kinds = frozenset({"text", "image"})

    def startup_note(self, kind):
        return f"loading the {kind} model"


def slowly_uploaded(**service):
    with FakeService(**service).serve() as server:
        engine = jsdf.Hosted("test-key", server.url, rate=1000)
        return run_with_events(PICTURES, engine=engine, cache=False)[0]


@pytest.mark.parametrize(
    ("series", "engine", "expected"),
    [
        (TEXTS, FakeEngine(), ["waiting for the first answer"]),
        (PICTURES, FakeEngine(kinds={"image"}), ["opening 20 images"]),
        (PICTURES[:1], FakeEngine(kinds={"image"}), ["opening 1 image"]),
        (TEXTS, Starting(), ["loading the text model"]),
        (PICTURES[:3], Starting(), ["opening 3 images, loading the image model"]),
    ],
)
@pytest.mark.parametrize("cache", [True, False])
def test_the_time_before_the_first_answer_has_a_name(series, engine, expected, cache):
    events, _ = run_with_events(series, engine=engine, cache=cache)
    count = series.dropna().astype(str).nunique()
    words = "value" if count == 1 else "values"
    stored = ["opening the store", f"looking up {count} {words} in the store"]
    assert phases(events) == [*(stored if cache else []), *expected]
    assert {event.note for event in events if event.usage.rows_sent} == {""}


def test_uploads_are_counted_until_the_first_answer():
    notes = phases(slowly_uploaded())
    assert notes[0] == "opening 20 images"
    counts = [int(note.split()[2]) for note in notes if note.startswith("uploading images: ")]
    assert counts == sorted(counts)
    assert counts[-1] == 20
    assert notes[-1] == "waiting for the first answer"


def test_hosted_texts_wait_for_the_service():
    with FakeService().serve() as server:
        engine = jsdf.Hosted("test-key", server.url, rate=1000)
        events, _ = run_with_events(TEXTS, engine=engine, cache=False)
    assert phases(events) == ["waiting for the first answer"]


@pytest.mark.parametrize(("values", "size"), [(100, 30), (90, 30), (29, 30), (1, 30)])
def test_a_long_column_is_looked_up_in_parts_that_are_seen(monkeypatch, values, size):
    engine, texts = FakeEngine(identity="same"), pd.Series([f"text {i}" for i in range(values)] * 2)
    run_with_events(texts, engine=engine)
    monkeypatch.setattr(job_runner, "MAX_LOOKUP", size)
    events, run = run_with_events(texts, engine=engine)
    done = list(dict.fromkeys(event.done for event in events))
    assert done == [2 * min(start, values) for start in range(0, values + size, size)]
    assert all(event.usage.rows_cached == event.done for event in events)  # they give no rate
    assert run.usage.rows_cached == 2 * values
    assert phases(events)[1] == f"looking up {values} value{'s' * (values > 1)} in the store"


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_parts_of_the_look_up_change_no_answer(monkeypatch, size):
    engine = FakeEngine(identity="same", fail=lambda v: ValueError("no") if "text 9" in v else None)
    run_with_events(TEXTS[:50], engine=engine)
    monkeypatch.setattr(job_runner, "MAX_LOOKUP", size)
    events, run = run_with_events(TEXTS, engine=engine)
    assert run.counts["answered"] + run.counts["failed"] == 90
    assert (events[-1].done, events[-1].label_counts) == (91, run.label_counts)
    assert run.usage.rows_cached + run.counts["failed"] == 90
