"""Rows without a label raise or warn, with their reasons, after all other rows were labelled."""

import pandas as pd
import pytest
from sample_column import FRAME, LABELS, SERIES, refuse

import jsdf
from jsdf.engines import Reply
from jsdf.testing import FakeEngine


def test_refused_rows_fail_alone():
    engine = FakeEngine(fail=refuse("text 7", "text 30"), batch_size=8)
    run = jsdf.run(SERIES, LABELS, engine=engine)
    assert run.counts == {"answered": 38, "missing": 0, "unknown": 0, "failed": 2, "pending": 0}
    assert run.failures["row"].tolist() == [7, 30]
    assert run.failures["value"].tolist() == ["text 7", "text 30"]
    assert run.failures["reason"].tolist() == ["HTTP 422: cannot take text 7", "HTTP 422: cannot take text 30"]
    assert run.labels.isna().sum() == 2


def test_the_notes_of_an_engine_are_counted_and_warned_of_once():
    engine = FakeEngine(
        lambda q, values: Reply(["good"] * len(values), notes=dict.fromkeys(range(len(values)), "it was cut"))
    )
    with pytest.warns(UserWarning, match="^40 rows: it was cut$") as caught:
        run = jsdf.run(SERIES, LABELS, engine=engine)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert run.notes == {"it was cut": 40}
    assert jsdf.run(SERIES, LABELS, engine=engine).notes == {}  # answered from the store


def test_a_sample_that_an_engine_cannot_label_is_unknown_with_its_reason():
    engine = FakeEngine(lambda q, values: Reply(["good"] * len(values), unknown={0: "no word of it is known"}))
    run = jsdf.run(SERIES[:2], LABELS, engine=engine)
    assert run.status.tolist() == ["unknown", "answered"]
    assert run.failures["reason"].tolist() == ["no word of it is known"]
    assert jsdf.run(SERIES[:2], LABELS, engine=engine).usage.rows_sent == 1  # it was not stored


def test_notes_and_unknown_samples_survive_rounds_of_labels():
    labels = [f"label {i}" for i in range(30)]

    def answer(question, values):
        unknown = {i: "no word of it is known" for i, v in enumerate(values) if v == "text 0"}
        notes = {i: "it was cut" for i, v in enumerate(values) if v == "text 1"}
        return Reply([question.labels.names[0]] * len(values), unknown=unknown, notes=notes)

    engine = FakeEngine(answer, max_labels=10, batch_size=40)
    with pytest.warns(UserWarning, match="^1 row: it was cut$"):
        run = jsdf.run(SERIES[:3], labels, engine=engine)
    assert run.notes == {"it was cut": 1}
    assert run.failures["reason"].tolist() == ["no word of it is known"]


def test_errors_raise_gives_counts_and_reasons_after_all_other_rows_are_labelled():
    engine = FakeEngine(fail=refuse("text 7"), batch_size=8)
    series = pd.concat([SERIES, SERIES[7:8]])
    with pytest.raises(jsdf.ClassificationError) as caught:
        jsdf.classify(series, LABELS, engine=engine)
    message = str(caught.value)
    assert "2 of 41 rows" in message
    assert "HTTP 422: cannot take text 7 (2 rows)" in message
    retry_hint = "its retry() pays for those rows alone, and so does a re-run."
    assert message.endswith(retry_hint)
    assert caught.value.run is jsdf.last_run()
    assert caught.value.run.counts["answered"] == 39


def test_at_most_five_reasons_are_listed():
    engine = FakeEngine(lambda question, values: [f"weird {v}" for v in values])
    with pytest.raises(jsdf.ClassificationError) as caught:
        jsdf.classify(SERIES[:7], LABELS, engine=engine)
    message = str(caught.value)
    assert message.count("answered 'weird text") == 5
    assert "2 more reasons" in message


def test_the_most_frequent_reasons_come_first():
    engine = FakeEngine(lambda question, values: ["rare" if v == "text 0" else "frequent" for v in values])
    with pytest.raises(jsdf.ClassificationError, match=r"'frequent', .*\(39 rows\); answered 'rare', .*\(1 row\)"):
        jsdf.classify(SERIES, LABELS, engine=engine)


def test_errors_coerce_warns_once_with_the_same_message():
    with pytest.raises(jsdf.ClassificationError) as raised:
        jsdf.classify(SERIES, LABELS, engine=FakeEngine(fail=refuse("text 7")))
    with pytest.warns(UserWarning, match="1 of 40 rows") as caught:
        found = jsdf.classify(SERIES, LABELS, engine=FakeEngine(fail=refuse("text 7")), errors="coerce")
    assert len(caught) == 1
    assert str(caught[0].message) == str(raised.value)
    assert caught[0].filename == __file__
    assert found.isna().tolist() == [i == 7 for i in range(40)]


def test_errors_coerce_makes_the_frame_nullable():
    with pytest.warns(UserWarning, match="1 of 40 rows"):
        found = FRAME.jigsaw.classify(
            "review", LABELS, engine=FakeEngine(fail=refuse("text 7")), errors="coerce", multiple_labels=True
        )
    assert (found.dtypes == "boolean").all()
    assert found.isna().all(axis=1).tolist() == [i == 7 for i in range(40)]


def test_a_wrong_key_stops_and_keeps_what_was_answered():
    engine = FakeEngine([None, jsdf.AuthenticationError("no such key", status=401)], batch_size=8, concurrency=1)
    with pytest.raises(jsdf.AuthenticationError, match="HTTP 401: no such key") as caught:
        jsdf.classify(SERIES, LABELS, engine=engine)
    assert caught.value.run.counts["answered"] == 8
    assert caught.value.run.counts["pending"] == 32
    assert len(engine.calls) == 2
    assert jsdf.run(SERIES, LABELS, engine=engine).usage.rows_cached == 8


def test_odd_reasons_do_not_break_the_report():
    engine = FakeEngine(fail=lambda values: jsdf.APIError("bad \ud83d\x00", status=422) if "text 1" in values else None)
    run = jsdf.run(SERIES[:3], LABELS, engine=engine)
    assert run.failures["row"].tolist() == [1]
    assert "bad" in run._repr_html_()
