"""What edits of the labels cost: rows are sent again where, and only where, their answers are no longer valid."""

import re
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from hashlib import blake2b

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import jsdf
from jsdf.api.stream_windows import WindowReader
from jsdf.api.validation import check_call
from jsdf.api.window_runs import WindowRuns
from jsdf.column import encode
from jsdf.engines import Reply, Tokens
from jsdf.errors import APIError
from jsdf.runner.streams.stream import Stream
from jsdf.runner.streams.stream_settings import StreamSettings
from jsdf.store.ledger.label_sets import StoredLabels
from jsdf.store.location import store_path
from jsdf.store.sqlite import Store
from jsdf.testing import FakeEngine

TEXTS = pd.Series([f"text {i}" for i in range(90)] * 2)
DISTINCT = 90
FEW = pd.Series([f"text {i}" for i in range(30)])
TOPICS = {"billing": "about money", "shipping": "about parcels", "returns": "sends it back", "praise": "is happy"}


class WitnessingEngine(FakeEngine):
    """Engine whose answer depends on the value and on all descriptions together, and which remembers what it said."""

    def __init__(self, **more):
        super().__init__(self._say, **more)
        self.said = {}

    def _say(self, question, values):
        names = {label.members[0].value: label.name for label in question.labels.classes}
        predictions, scores = [], np.zeros((len(values), len(names)), np.float32)
        for row, value in enumerate(values):
            seed = blake2b(repr((value, sorted(names))).encode(), digest_size=16).digest()
            chosen = [d for i, d in enumerate(sorted(names)) if seed[i % 16] % 3 == 0]
            if not question.multiple:
                chosen = [sorted(names)[seed[0] % len(names)]]
            scores[row] = [seed[sorted(names).index(d) % 16] / 256 for d in names]
            self.said.setdefault(value, []).append(
                (frozenset(names), frozenset(chosen), dict(zip(names, map(float, scores[row]), strict=True)))
            )
            picked = [names[d] for d in chosen]
            predictions.append(picked if question.multiple else picked[0])
        return Reply(predictions, scores, Tokens(len(values), 0, 0, len(values), reported=True))


def given_labels(run, labels):
    """Return the descriptions of the labels of each distinct value."""
    found = run.labels
    if isinstance(found, pd.Series):
        return [{labels[name]} for name in found]
    return [{labels[name] for name in found.columns if row[name]} for _, row in found.iterrows()]


def check(run, labels, engine):
    """Check that each answer was really given, for these labels and perhaps further ones, none of which was chosen."""
    descriptions = frozenset(labels.values())
    scores = run.scores
    for i, chosen in enumerate(given_labels(run, labels)):
        said = [s for asked, picked, s in engine.said[FEW[i]] if picked == chosen and asked >= descriptions]
        assert said
        row = {labels[name]: scores[name].iloc[i] for name in labels}
        assert any(all(s[d] == pytest.approx(row[d]) for d in row) for s in said)


edits = st.lists(
    st.tuples(st.sampled_from(["rename", "reorder", "remove", "remove", "add", "reword", "back"]), st.integers(0, 99)),
    min_size=1,
    max_size=6,
)


def edited(labels, kind, number, history):
    names = list(labels)
    name = names[number % len(names)]
    unique = len(history)
    if kind == "rename":
        return {(f"renamed {unique}" if n == name else n): d for n, d in labels.items()}
    if kind == "reorder":
        turn = number % len(names)
        return {n: labels[n] for n in names[turn:] + names[:turn]}
    if kind == "remove" and len(labels) > 2:
        return {n: d for n, d in labels.items() if n != name}
    if kind == "add" and f"a new topic {number % 3}" not in labels.values():
        return {**labels, f"added {unique}": f"a new topic {number % 3}"}
    if kind == "reword":
        return {n: (f"{d}, reworded {unique}" if n == name else d) for n, d in labels.items()}
    return history[number % len(history)]


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits, st.booleans(), st.integers(1, 40), st.booleans())
def test_a_plan_counts_what_is_sent_for_every_sequence_of_edits(tmp_path_factory, steps, multiple, batch_size, strict):
    jsdf.options.cache_dir = tmp_path_factory.mktemp("store")
    engine, labels, history = WitnessingEngine(batch_size=batch_size), dict(TOPICS), [dict(TOPICS)]
    arguments = {"engine": engine, "multiple_labels": multiple}
    jsdf.run(FEW, labels, **arguments)
    for kind, number in steps:
        labels = edited(labels, kind, number, history)
        history.append(labels)
        plan = jsdf.plan(FEW, labels, strict=strict, **arguments)
        run = jsdf.run(FEW, labels, strict=strict, **arguments)
        assert (plan.requests, plan.to_send) == (run.usage.requests, run.usage.rows_sent)
        assert run.counts["answered"] == len(FEW)
        check(run, labels, engine)
        if kind in ("rename", "reorder"):
            assert plan.requests == 0
        if plan.to_send:
            assert plan.edit is not None
            assert 1 <= int(re.search(r"(\d+) rows? to send$", plan.edit)[1]) <= plan.to_send


@pytest.mark.parametrize("multiple", [False, True])
@pytest.mark.parametrize("scores", [False, True])
def test_after_a_removal_only_the_rows_that_had_the_label_are_sent(multiple, scores):
    engine = FakeEngine(scores=scores, identity="one")
    arguments = {"engine": engine, "multiple_labels": multiple}
    first = jsdf.run(TEXTS, TOPICS, **arguments)
    had = first.labels["returns"] if multiple else first.labels == "returns"
    fewer = {name: text for name, text in TOPICS.items() if name != "returns"}
    plan, run = jsdf.plan(TEXTS, fewer, **arguments), jsdf.run(TEXTS, fewer, **arguments)
    assert 0 < had.sum() < len(TEXTS)
    assert 2 * plan.to_send == 2 * run.usage.rows_sent == had.sum()
    assert plan.edit == f"1 label was removed: {had.sum()} rows to send"
    kept = (
        first.labels[~had].drop(columns="returns") if multiple else first.labels[~had].cat.set_categories(list(fewer))
    )
    pd.testing.assert_frame_equal(pd.DataFrame(run.labels[~had]), pd.DataFrame(kept))
    if scores:
        pd.testing.assert_frame_equal(run.scores[~had], first.scores[~had][list(fewer)])
    assert jsdf.run(TEXTS, fewer, **arguments).usage.requests == 0
    assert jsdf.plan(TEXTS, fewer, strict=True, **arguments).to_send == DISTINCT - plan.to_send
    strict = jsdf.run(TEXTS, fewer, strict=True, **arguments)
    assert strict.usage.rows_sent == DISTINCT - plan.to_send


EDITS = {
    "one more": ({**TOPICS, "refund": "wants money back"}, "'refund' is new"),
    "two more": ({**TOPICS, "refund": "wants money back", "legal": "a lawyer"}, "'refund' and 'legal' are new"),
    "many more": ({**TOPICS, **{f"l{i}": f"d{i}" for i in range(6)}}, "'l0', 'l1', 'l2' and 3 more are new"),
    "other words": ({**TOPICS, "praise": "is very happy"}, "'praise' was reworded"),
    "other words and name": (
        {"billing": "about money", "shipping": "about parcels", "returns": "sends it back", "joy": "is very happy"},
        "'joy' is new and 1 label was removed",
    ),
    "one for two": ({"billing": "about money", "shipping": "about parcels", "rest": "something else"},
                    "'rest' is new and 2 labels were removed"),
    "two fewer": ({"billing": "about money", "shipping": "about parcels"}, "2 labels were removed"),
}  # fmt: skip


@pytest.mark.parametrize(("labels", "words"), EDITS.values(), ids=EDITS)
def test_a_plan_says_what_was_edited(labels, words):
    engine = FakeEngine(identity="one")
    jsdf.run(TEXTS[:80], TOPICS, engine=engine)  # 80 of 90, which are 80 rows of the whole column and 80 more
    plan = jsdf.plan(TEXTS, labels, engine=engine, strict=True)
    assert plan.edit == f"{words}: 160 rows to send"
    assert repr(plan).endswith(f"; {words}: 160 rows to send")
    assert words.replace("'", "&#x27;") in plan._repr_html_()


def test_an_edit_that_costs_nothing_is_not_mentioned():
    engine = FakeEngine(identity="one")
    assert jsdf.plan(TEXTS, TOPICS, engine=engine).edit is None
    jsdf.run(TEXTS, TOPICS, engine=engine)
    renamed = {name.upper(): text for name, text in reversed(TOPICS.items())}
    for labels in (TOPICS, renamed, ["yes", "no"]):
        assert jsdf.plan(TEXTS, labels, engine=engine).edit is None
    assert jsdf.plan(pd.Series(["new"]), {**TOPICS, "a": "b"}, engine=engine).edit is None


@pytest.mark.parametrize(
    "other",
    [{"task": "another"}, {"multiple_labels": True}, {"engine": FakeEngine(identity="two")}],
    ids=lambda arguments: next(iter(arguments)),
)
def test_answers_to_another_question_are_not_used(other):
    engine = FakeEngine(identity="one")
    jsdf.run(TEXTS, TOPICS, engine=engine)
    fewer = {name: TOPICS[name] for name in ("billing", "shipping")}
    assert jsdf.plan(TEXTS, fewer, engine=engine).to_send < DISTINCT
    assert jsdf.plan(TEXTS, fewer, **{"engine": engine, **other}).to_send == DISTINCT


def test_the_larger_set_with_the_fewest_further_labels_decides():
    engine = WitnessingEngine()
    three = {name: TOPICS[name] for name in ("billing", "shipping", "returns")}
    two = {name: TOPICS[name] for name in ("billing", "shipping")}
    jsdf.run(TEXTS, TOPICS, engine=engine)
    closer = jsdf.run(TEXTS, three, engine=engine, strict=True)
    run = jsdf.run(TEXTS, two, engine=engine)
    had = closer.labels == "returns"
    assert 2 * run.usage.rows_sent == had.sum()
    assert (run.labels[~had].astype(str) == closer.labels[~had].astype(str)).all()


def test_a_damaged_label_set_is_as_if_it_were_not_there():
    engine = FakeEngine(identity="one")
    jsdf.run(TEXTS, TOPICS, engine=engine)
    store = Store()
    with store._file.db as db:
        ((job, context, labels),) = db.execute("SELECT job, context, labels FROM label_sets").fetchall()
        db.execute("DELETE FROM label_sets")
    damaged = [
        labels[:-24],
        labels[24:] + labels[:24],
        labels[:50],
        b"",
        labels[:24] * 2,
        bytes([labels[0] ^ 1]) + labels[1:],
    ]
    for i, bad in enumerate(damaged):
        store.add_label_set(StoredLabels(job if i == 0 else bytes([i]) * 16, context, bad))
        store.add_label_set(StoredLabels(job, context, bad))
        fewer = {name: TOPICS[name] for name in ("billing", "shipping")}
        plan = jsdf.plan(TEXTS, fewer, engine=engine)
        assert (plan.to_send, plan.edit) == (DISTINCT, None)
    store.close()


def test_labels_that_need_rounds_keep_answers_too():
    engine = FakeEngine(identity="one", max_labels=6)
    labels = {f"label {i}": f"description {i}" for i in range(10)}
    first = jsdf.run(TEXTS, labels, engine=engine)
    fewer = {name: text for name, text in labels.items() if name != "label 3"}
    had = first.labels == "label 3"
    assert 2 * jsdf.plan(TEXTS, fewer, engine=engine).to_send == had.sum()
    run = jsdf.run(TEXTS, fewer, engine=engine)
    assert (run.labels[~had].astype(str) == first.labels[~had].astype(str)).all()


def test_streams_and_retries_keep_valid_answers():
    engine = FakeEngine(identity="one")
    frame = TEXTS.to_frame("text")
    first = jsdf.run(TEXTS, TOPICS, engine=engine)
    fewer = {name: text for name, text in TOPICS.items() if name != "returns"}
    engine.calls.clear()
    frames = list(jsdf.classify_batches([frame[:100], frame[100:]], "text", fewer, engine=engine))
    sent = [value for _, values in engine.calls for value in values]
    assert sorted(sent) == sorted(set(TEXTS[first.labels == "returns"]))
    assert pd.concat(frames)["label"].notna().all()


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_strict_is_true_or_false(value):
    with pytest.raises(jsdf.InvalidInputError, match=f"^strict={value!r}: pass True or False$"):
        jsdf.run(TEXTS, TOPICS, engine=FakeEngine(), strict=value)


@pytest.mark.parametrize("refused", [(), ("text 3", "text 7")])
def test_the_known_answers_of_a_stream_are_those_of_its_runs(refused):
    def fail(values):
        return APIError("refused", status=422) if set(values) & set(refused) else None

    engine = FakeEngine(fail=fail)
    jsdf.run(FEW, ["a", "b", "c"], engine=engine, progress=False)
    call = check_call(FEW, ["a", "b"], engine=engine)
    stream = Stream(lambda *_: None, settings=StreamSettings(len(FEW), keeps_unstored=True))
    reader = WindowReader(iter([pd.DataFrame({"text": FEW})]), "text", [], call.job, "text")
    [(_, run)] = WindowRuns(reader, stream, False)
    known = stream.known_run(replace(call.job, column=encode(FEW, "text")))
    assert known.counts == run.counts
    assert run.counts["failed"] == len(refused)
    pd.testing.assert_series_equal(known.labels, run.labels.rename(None), check_names=False)


@pytest.mark.parametrize(("others", "is_locked"), [(0, False), (0, True), (49, False), (60, False)])
def test_a_run_from_the_store_remembers_its_labels(others, is_locked):
    engine = FakeEngine()
    first = jsdf.run(FEW, ["a", "b", "c"], engine=engine, progress=False)
    with closing(sqlite3.connect(store_path(), isolation_level=None)) as db:
        if not others:
            db.execute("DELETE FROM label_sets")  # as of a version that remembered none
        if is_locked:
            db.execute("BEGIN IMMEDIATE")
            started = time.monotonic()
            again = jsdf.run(FEW, ["a", "b", "c"], engine=engine, progress=False)
            assert time.monotonic() - started < 10
            assert again.usage.requests == 0
            return
    for i in range(others):
        jsdf.run(FEW[:1], ["a", "b", f"other {i}"], engine=engine, progress=False)
    jsdf.run(FEW, ["a", "b", "c"], engine=engine, progress=False)
    assert jsdf.plan(FEW, ["a", "b"], engine=engine).to_send == (first.labels == "c").sum()
