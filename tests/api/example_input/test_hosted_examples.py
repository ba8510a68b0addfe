"""Examples of a call to the hosted engine: what is sent, what is not, and what the plan says."""

import asyncio

import pandas as pd
import pytest
from hosted_pictures import encoded, picture

import jsdf
from jsdf.engines.base import Question
from jsdf.labels import image, parse
from jsdf.runner.answer_table import AnswerTable
from jsdf.testing import FakeService, expected

LABELS = ["refund", "delivery"]
SERIES = pd.Series(["it broke", "money back", None, "where is it", "money back", "late"], name="text")
EXAMPLES = {"refund": ["money back", "I want it back"], "delivery": "late"}
AS_SENT = {
    "refund": ["refund", 'Example: "money back"', 'Example: "I want it back"'],
    "delivery": ["delivery", 'Example: "late"'],
}


@pytest.fixture
def fake():
    """A fake service over a socket."""
    service = FakeService()
    with service.serve() as server:
        service.engine = jsdf.Hosted("test-key", server.url, rate=1000)
        yield service


def sent_values(fake):
    return sorted(value for record in fake.requests for value in record.request.values)


def entry_points(engine, **more):
    run = {"labels": LABELS, "engine": engine, "progress": False, **more}
    frame = SERIES.to_frame()
    return {
        "classify": lambda: jsdf.classify(SERIES, **run),
        "run": lambda: jsdf.run(SERIES, **run).labels,
        "aclassify": lambda: asyncio.run(jsdf.aclassify(SERIES, **run)),
        "series": lambda: SERIES.jigsaw.classify(**run),
        "frame": lambda: frame.jigsaw.run("text", **run).labels,
        "batches": lambda: pd.concat(f["label"] for f in jsdf.classify_batches([frame[:3], frame[3:]], "text", **run)),
    }


@pytest.mark.parametrize("entry_point", entry_points(None))
def test_every_entry_point_sends_examples_and_gives_their_rows_their_labels(fake, entry_point):
    labels = entry_points(fake.engine, examples=EXAMPLES)[entry_point]()
    told = {"money back": "refund", "late": "delivery"}
    wanted = [(told.get(v) or expected(v, AS_SENT)) if isinstance(v, str) else None for v in SERIES]
    assert labels.astype(object).where(labels.notna(), None).tolist() == wanted
    assert sent_values(fake) == ["it broke", "where is it"]
    assert parse([dict(label) for label in fake.requests[0].request.labels]) == parse(AS_SENT)


@pytest.mark.parametrize("answers_with", ["key", "value"])
def test_answers_by_key_or_by_value_are_understood(answers_with):
    service = FakeService(answer=lambda value, labels, multiple, task: labels[-1].get(answers_with, "?"))
    engine = jsdf.Hosted("test-key", transport=service.transport())
    run = jsdf.run(pd.Series(["it broke"]), LABELS, engine=engine, examples=EXAMPLES)
    assert run.labels.tolist() == ["delivery"]
    assert service.requests[0].request.labels[-1]["value"] == 'Example: "late"'


def test_the_source_of_examples_is_told(fake):
    frame = jsdf.run(SERIES, LABELS, engine=fake.engine, examples=EXAMPLES).to_frame()
    assert frame["source"].astype(object).where(frame["source"].notna(), None).tolist() == [
        "hosted", "examples", None, "hosted", "examples", "examples",
    ]  # fmt: skip
    assert frame["status"].tolist()[1] == "answered"


def test_without_examples_the_store_s_keys_are_those_of_earlier_versions():
    described = parse({"good": ["fine", image("https://example.com/a.png?X-Amz-Signature=1")], "bad": "poor"})
    text = AnswerTable(Question(described, "text", False, "a task"), "hosted https://api.jigsawstack.com", ["one"])
    pictures = AnswerTable(Question(parse(["cat", "dog"]), "image", True), "local:x+y", ["https://example.com/1.png"])
    assert [text.question_digest.hex(), text.store_keys[0].hex()] == [
        "4e854c2828079df0bec144b1b1c99638", "6652c1bd86ac9370cdd12cbba39fdc2c",
    ]  # fmt: skip
    assert [pictures.question_digest.hex(), pictures.store_keys[0].hex()] == [
        "5f3103dad7907239e7aac6665d54669a", "3e39ee7ae7e43f694ac42a872ed181dd",
    ]  # fmt: skip


def test_answers_are_stored_for_the_same_examples_alone(fake):
    for examples, requests in [
        (EXAMPLES, 1),
        (EXAMPLES, 1),
        ({**EXAMPLES, "delivery": "slow"}, 2),
        (None, 3),
        (EXAMPLES, 3),
    ]:
        jsdf.run(SERIES, LABELS, engine=fake.engine, examples=examples)
        assert len(fake.requests) == requests


def test_the_plan_says_how_many_examples_are_sent_and_what_they_take(fake):
    plan = jsdf.plan(SERIES, LABELS, engine=fake.engine, examples=EXAMPLES)
    assert plan.examples == "3 of 3 sent with each request, about 17 tokens a request"
    assert (plan.to_send, plan.requests, plan.cached) == (2, 1, 2)
    assert repr(plan).endswith("; examples: 3 of 3 sent with each request, about 17 tokens a request")
    assert "about 17 tokens a request" in plan._repr_html_()
    many = {"refund": [f"give {i} back" for i in range(30)], "delivery": ["slow"]}
    assert jsdf.plan(SERIES, LABELS, engine=fake.engine, examples=many).examples.startswith("22 of 31 sent with each")
    assert jsdf.plan(SERIES, LABELS, engine=fake.engine).examples is None
    assert fake.requests == []


def test_the_plan_s_tokens_include_the_examples(fake):
    many = {"refund": [f"please give {i} back to me, as you promised me on the phone" for i in range(20)]}
    jsdf.run(pd.Series([f"text {i}" for i in range(64)]), LABELS, engine=fake.engine)
    jsdf.run(pd.Series([f"word {i}" for i in range(64)]), LABELS, engine=fake.engine, examples=many)
    new = pd.Series([f"new {i}" for i in range(32)])
    plan = jsdf.plan(new, LABELS, engine=fake.engine, examples=many)
    plain = jsdf.plan(new, LABELS, engine=fake.engine)
    spent = jsdf.run(new, LABELS, engine=fake.engine, examples=many).usage.total_tokens
    assert plan.tokens_range[0] <= spent <= plan.tokens_range[1]
    assert plan.tokens - plain.tokens == pytest.approx(20 * 17, rel=0.35)


def test_more_labels_than_a_request_holds_are_asked_in_rounds_without_examples(fake):
    labels = [f"label {i}" for i in range(30)]
    with pytest.warns(UserWarning, match="examples: none of 1 can be sent: a request holds 24"):
        run = jsdf.run(SERIES, labels, engine=fake.engine, examples={"label 7": "late"})
    assert run.labels.tolist()[-1] == "label 7"
    assert run.counts == {"answered": 5, "missing": 1, "unknown": 0, "failed": 0, "pending": 0}
    assert all(len(record.request.labels) <= 24 for record in fake.requests)


def test_labels_that_almost_fill_a_request_get_what_is_left(fake):
    labels = [f"label {i}" for i in range(22)]
    examples = {f"label {i}": f"text {i}" for i in range(5)}
    assert jsdf.plan(SERIES, labels, engine=fake.engine, examples=examples).examples.startswith("2 of 5 sent")
    jsdf.run(SERIES, labels, engine=fake.engine, examples=examples)
    assert len(fake.requests[0].request.labels) == 24


def test_repeats_vote_about_the_other_rows_only(fake):
    run = jsdf.run(SERIES, LABELS, engine=fake.engine, examples=EXAMPLES, repeats=3)
    assert sorted(set(sent_values(fake))) == ["it broke", "where is it"]
    assert run.to_frame()["source"].tolist()[1] == "examples"
    assert run.labels.tolist()[1] == "refund"


def test_a_value_may_have_several_labels_with_multiple_labels(fake):
    examples = {"refund": ["money back", "late"], "delivery": ["late"]}
    run = jsdf.run(SERIES, LABELS, engine=fake.engine, examples=examples, multiple_labels=True)
    assert run.labels.iloc[5].tolist() == [True, True]
    assert run.labels.iloc[1].tolist() == [True, False]
    assert {"type": "text", "value": "Example, also of 'refund': \"late\"", "key": "delivery"} in [
        dict(label) for label in fake.requests[0].request.labels
    ]


def test_retry_leaves_examples_alone(fake):
    fake.poison = ["it broke"]
    run = jsdf.run(SERIES, LABELS, engine=fake.engine, examples=EXAMPLES)
    assert run.retry().labels.tolist()[1] == "refund"
    assert "money back" not in sent_values(fake)


def test_images_are_uploaded_as_example_images_and_their_rows_are_known(fake, tmp_path):
    pictures = [picture(number) for number in range(4)]
    pictures[0].save(tmp_path / "0.png")
    series = pd.Series([tmp_path / "0.png", encoded(pictures[1]), pictures[2]], dtype=object)
    examples = {"refund": tmp_path / "0.png", "delivery": [encoded(pictures[1]), pictures[3]]}
    run = jsdf.run(series, LABELS, engine=fake.engine, examples=examples)
    assert run.to_frame()["source"].tolist() == ["examples", "examples", "hosted"]
    assert run.labels.tolist()[:2] == LABELS
    assert [label["type"] for label in fake.requests[-1].request.labels] == ["text", "image", "text", "image", "image"]


def test_an_example_image_that_cannot_be_opened_stops_the_run_before_a_request(fake, tmp_path):
    (tmp_path / "a.png").write_bytes(b"no picture")
    examples = {"refund": tmp_path / "a.png"}
    series = pd.Series([picture(1), picture(2)], dtype=object)
    for call in (jsdf.run, lambda *a, **b: jsdf.plan(*a, check=True, **b)):
        with pytest.raises(jsdf.InvalidLabelsError, match=r"the example image '.*a.png' of 'refund': "):
            call(series, LABELS, engine=fake.engine, examples=examples)
    assert fake.requests == []


def test_frames_of_another_kind_than_the_examples_are_refused_when_they_come(fake):
    frames = [pd.DataFrame({"text": ["a.png", "b.png"]})]
    with pytest.raises(jsdf.InvalidInputError, match="are texts, as 'money back', but column 'text' holds images"):
        list(jsdf.classify_batches(frames, "text", LABELS, engine=fake.engine, examples=EXAMPLES))
    assert fake.requests == []


def test_a_corrected_review_teaches_the_next_run_and_stays_corrected(fake):
    frame = pd.DataFrame({"text": [f"text {i}" for i in range(40)]})
    run = frame.jigsaw.run("text", LABELS, engine=fake.engine)
    review = frame.jigsaw.review("text", run)
    rows = list(range(20))
    wrong = {"refund": "delivery", "delivery": "refund"}
    corrected = [wrong[label] for label in run.labels[:20]]
    for row, label in zip(rows, corrected, strict=True):
        review.choose([row], label)
    before = len(sent_values(fake))
    again = frame.jigsaw.run("text", LABELS, engine=fake.engine, examples=review)
    assert again.labels.tolist()[:20] == corrected
    assert len(sent_values(fake)) - before == 20
    assert len(fake.requests[-1].request.labels) == 22
    later = frame.jigsaw.review("text", again)
    assert int(later.is_reviewed.sum()) == 20
