"""A truth that is plainly no random sample is refused, with advice that helps; a random one is not."""

import numpy as np
import pandas as pd
import pytest
from gallery_samples import texts
from judged_columns import drawn, labelled_column

import jsdf
from jsdf.testing import FakeEngine

TRUTH, LABELS = labelled_column(2000)
REFUSED = "truth is no random sample of the rows: "


def run_with_scores(n=300, seed=0):
    return jsdf.run(texts(n), ["a", "b", "c"], engine=FakeEngine(scores=True), cache=False, progress=False)


ODD = {
    "the first rows": (TRUTH.where(TRUTH.index < 100), "its 100 rows are the first of the 2,000 rows"),
    "few first rows": (TRUTH.head(5), "its 5 rows are the first"),
    "the last rows": (TRUTH.tail(60), "its 60 rows stand side by side, or in one part, of the 2,000 rows"),
    "a block": (TRUTH.iloc[700:760], "side by side"),
    "blocks": (TRUTH.where((TRUTH.index // 10) % 20 == 3), "side by side"),
    "the first half": (drawn(TRUTH.iloc[:1000], 100, np.random.default_rng(0)), "in one part"),
    "one label": (TRUTH.where(LABELS == "label 1").dropna().sample(60, random_state=1), "rows labelled 'label 1'"),
    "without a label": (
        TRUTH.where(LABELS != "label 0").dropna().sample(90, random_state=1),
        "rows labelled 'label 0'",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_rows_that_are_plainly_not_random_are_refused(name):
    truth, reason = ODD[name]
    with pytest.raises(jsdf.InvalidInputError, match=REFUSED) as caught:
        jsdf.shares(LABELS, truth)
    assert reason in str(caught.value)
    assert "df.jigsaw.review(column, label, order='random', n=" in str(caught.value)


def test_the_advice_to_review_a_random_sample_helps():
    frame = pd.DataFrame({"text": texts(2000), "label": LABELS})
    with pytest.raises(jsdf.InvalidInputError) as caught:
        jsdf.shares(frame["label"], TRUTH.head(100))
    code = str(caught.value).split("as those of ")[1].replace("column, label", "'text', 'label'")
    review = eval(code, {"df": frame})
    review.accept(review.order)
    assert "100 of 2,000 rows reviewed" in jsdf.shares(frame["label"], review).attrs["note"]


def test_the_advice_to_shuffle_rows_that_were_sorted_helps():
    truth = drawn(TRUTH, 100, np.random.default_rng(3))
    frame = pd.DataFrame({"truth": truth, "label": LABELS}).sort_values("truth", kind="stable").reset_index(drop=True)
    with pytest.raises(jsdf.InvalidInputError, match="shuffle the rows first") as caught:
        jsdf.shares(frame["label"], frame["truth"])
    assert "df.sample(frac=1)" in str(caught.value)
    shuffled = frame.sample(frac=1, random_state=0)
    assert jsdf.shares(shuffled["label"], shuffled["truth"])["rows"].sum() == pytest.approx(2000, abs=30)


@pytest.mark.parametrize("rows", [6, 20, 60])
def test_a_review_in_its_own_order_is_refused(rows):
    run = run_with_scores()
    review = jsdf.review(texts(300), run, resume=False)
    review.accept(review.order[:rows])
    with pytest.raises(jsdf.InvalidInputError, match="were reviewed in the order of the review, needs attention first"):
        jsdf.shares(run, review)


@pytest.mark.parametrize("order", ["unsure", "sure", "row"])
def test_a_review_in_another_order_is_refused(order):
    run = run_with_scores()
    review = jsdf.review(texts(300), run, resume=False, order=order)
    review.accept(review.order[:50])
    with pytest.raises(jsdf.InvalidInputError, match=REFUSED):
        jsdf.shares(run, review)
    with pytest.raises(jsdf.InvalidInputError, match=REFUSED):
        jsdf.shares(run, run.labels.iloc[sorted(review.order[:50])])


def test_rows_below_a_score_are_refused_wherever_they_stand():
    run = run_with_scores(600)
    run._answers.scores = np.random.default_rng(0).random((600, 3), np.float32)
    score = run.to_frame()["score"].to_numpy(float)
    truth = run.labels[(score < np.quantile(score, 0.3)) & (np.arange(600) % 2 == 0)]
    with pytest.raises(jsdf.InvalidInputError, match="the scores of its rows are not those of the other rows"):
        jsdf.shares(run, truth)
    plain = pd.Series(run.labels)
    review = jsdf.review(texts(600), plain, scores=pd.Series(score), resume=False)
    review.accept(np.flatnonzero(plain.index.isin(truth.index)))
    with pytest.raises(jsdf.InvalidInputError, match=REFUSED):
        jsdf.shares(plain, review)


@pytest.mark.parametrize("rows", [1, 2, 20, 200, 1999, 2000])
def test_random_rows_are_not_refused(rows):
    random = np.random.default_rng(rows)
    for _ in range(30):
        assert len(jsdf.shares(LABELS, drawn(TRUTH, rows, random))) == 3


@pytest.mark.parametrize("seed", range(10))
def test_a_random_review_is_not_refused_even_after_one_in_its_own_order(seed):
    run = run_with_scores()
    first = jsdf.review(texts(300), run)
    first.accept(first.order[:60])
    review = jsdf.review(texts(300), run, order="random", n=80, seed=seed)
    review.accept(review.order)
    assert review.is_reviewed.sum() == 80
    assert "80 of 300 rows reviewed" in jsdf.shares(run, review).attrs["note"]


def test_every_tenth_row_is_taken_for_random():
    assert len(jsdf.shares(LABELS, TRUTH.iloc[::10])) == 3


def test_scores_that_are_all_equal_say_nothing():
    run = jsdf.run(texts(200), ["a", "b"], engine=FakeEngine(), cache=False, progress=False)
    review = jsdf.review(texts(200), run, scores=pd.Series(np.ones(200)), resume=False, order="random", n=40)
    review.accept(review.order)
    assert jsdf.shares(run, review)["rows"].sum() == 200


@pytest.mark.parametrize("rows", [1, 5, 50])
def test_rows_chosen_to_teach_most_are_refused_however_few(rows):
    run = run_with_scores()
    vectors = np.random.default_rng(0).normal(size=(300, 8))
    review = jsdf.review(texts(300), run, resume=False, order="informative", n=50, vectors=vectors)
    review.accept(review.order[:rows])
    with pytest.raises(jsdf.InvalidInputError, match="were chosen as those whose labels teach most") as caught:
        jsdf.shares(run, review)
    assert REFUSED in str(caught.value)
    random = jsdf.review(texts(300), run, resume=False, order="random", n=50)
    random.accept(random.order)
    assert "50 of 300 rows reviewed" in jsdf.shares(run, random).attrs["note"]


def test_a_random_sample_after_an_informative_one_is_not_refused():
    run = run_with_scores()
    vectors = np.random.default_rng(0).normal(size=(300, 8))
    first = jsdf.review(texts(300), run, order="informative", n=40, vectors=vectors)
    first.accept(first.order)
    review = jsdf.review(texts(300), run, order="random", n=80)
    review.accept(review.order)
    assert "80 of 300 rows reviewed" in jsdf.shares(run, review).attrs["note"]


def test_all_rows_need_no_random_sample_whatever_their_order():
    run = run_with_scores()
    vectors = np.random.default_rng(0).normal(size=(300, 8))
    review = jsdf.review(texts(300), run, resume=False, order="informative", n=300, vectors=vectors)
    review.accept(review.order)
    assert "300 of 300 rows reviewed" in jsdf.shares(run, review).attrs["note"]
