"""`jsdf.shares`: the plain shares, the corrected ones, what they say about themselves, and what is refused."""

import pickle
import re

import numpy as np
import pandas as pd
import pytest
from gallery_samples import labelled, texts
from hypothesis import given
from hypothesis import strategies as st
from judged_columns import drawn, labelled_column
from scipy import stats

import jsdf

PLAIN = "as labelled; not corrected for the labeller's errors"


@given(
    st.lists(st.sampled_from(["a", "b", "c", None, " "]), min_size=1, max_size=60), st.sampled_from([0.5, 0.9, 0.95])
)
def test_plain_shares_are_counts_with_wilsons_interval(labels, confidence):
    present = [label for label in labels if label is not None and label != " "]
    series = pd.Series(labels, dtype=object)
    if not present:
        with pytest.raises(jsdf.InvalidInputError, match=f"none of the {len(labels)} rows of predicted has a label"):
            jsdf.shares(series)
        return
    found = jsdf.shares(series, confidence=confidence)
    assert found.index.tolist() == sorted(set(present))
    for label, share, low, high, rows in found.itertuples():
        assert rows == present.count(label)
        assert share == rows / len(present)
        expected = stats.binomtest(rows, len(present)).proportion_ci(confidence, method="wilson")
        assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_the_words_are_read_wherever_the_frame_is_shown():
    found = jsdf.shares(labelled())
    assert isinstance(found, pd.DataFrame)
    assert isinstance(found, jsdf.Shares)
    assert found.columns.tolist() == ["share", "low", "high", "rows"]
    for frame in (found, found.round(2), found.head(2), found.sort_values("share"), found.copy(),
                  found[["share"]], pickle.loads(pickle.dumps(found))):  # fmt: skip
        assert frame.attrs["note"].startswith(PLAIN)
        assert repr(frame).splitlines()[-2] == PLAIN
        assert f"<p>{PLAIN.replace(chr(39), '&#x27;')}</p>" in frame._repr_html_()
    assert isinstance(found["share"], pd.Series)
    pd.testing.assert_frame_equal(pd.DataFrame(found), pd.DataFrame(found.copy()))
    with pd.option_context("display.notebook_repr_html", False):
        assert found._repr_html_() is None


def test_a_column_keeps_the_order_and_the_unused_labels_of_its_categories():
    series = pd.Series(pd.Categorical(["b", "a", "b"], ["c", "b", "a"]))
    assert jsdf.shares(series)["rows"].to_dict() == {"c": 0, "b": 2, "a": 1}
    assert jsdf.shares(series).index.tolist() == ["c", "b", "a"]


def test_several_labels_a_row_are_shares_by_column():
    frame = pd.DataFrame({"p": [True, True, False, None], "q": [True, False, False, None]}).astype("boolean")
    found = jsdf.shares(frame)
    assert found["share"].tolist() == pytest.approx([2 / 3, 1 / 3])
    assert "1 row without a label is left out" in repr(found)


def test_a_truth_of_random_rows_corrects_the_shares():
    truth, labels = labelled_column(5000)
    random = np.random.default_rng(1)
    exact = truth.value_counts(normalize=True)
    covered = wider = plain = 0
    alone = []
    for _ in range(40):
        reviewed = drawn(truth, 200, random)
        found = jsdf.shares(labels, reviewed)
        covered += ((found["low"] <= exact[found.index]) & (exact[found.index] <= found["high"])).sum()
        assert (found["rows"] == (found["share"] * 5000).round()).all()
        alone = [
            stats.binomtest(int((reviewed == name).sum()), 200).proportion_ci(method="wilson") for name in found.index
        ]
        wider += sum(found["high"] - found["low"] > [ci.high - ci.low for ci in alone])
    as_labelled = jsdf.shares(labels)
    plain = ((as_labelled["low"] <= exact[as_labelled.index]) & (exact[as_labelled.index] <= as_labelled["high"])).sum()
    assert covered >= 0.93 * 120
    assert wider <= 6
    assert plain < 3


def test_several_labels_a_row_are_corrected_by_column():
    random = np.random.default_rng(0)
    truth = pd.DataFrame(random.random((3000, 3)) < [0.5, 0.1, 0.02], columns=[*"xyz"])
    labels = truth | (random.random((3000, 3)) < [0.2, 0.05, 0.01])
    covered = 0
    for _ in range(30):
        reviewed = truth.astype("boolean").loc[random.choice(3000, 150, replace=False)]
        found = jsdf.shares(labels, reviewed)
        covered += ((found["low"] <= truth.mean()) & (truth.mean() <= found["high"])).sum()
    assert covered >= 0.93 * 90
    assert jsdf.shares(labels).loc["x", "low"] > truth["x"].mean()


def test_a_label_that_only_the_truth_has_gets_a_row():
    truth, labels = labelled_column(1000)
    truth[truth.index % 4 == 0] = "new"
    found = jsdf.shares(labels, drawn(truth, 200, np.random.default_rng(0)))
    assert found.index.tolist()[-1] == "new"
    assert found.loc["new", "low"] < 0.25 < found.loc["new", "high"]


def test_a_removed_label_is_a_truth_without_a_label_and_a_marked_row_is_undecided():
    label = labelled(300)
    review = jsdf.review(texts(300), label, resume=False, order="random", n=100)
    rows = review.order.tolist()
    review.accept(rows[:60])
    review.clear(rows[60:80])
    review.mark(rows[80:83])
    found = jsdf.shares(label, review)
    assert "80 of 300 rows reviewed" in repr(found)
    assert "3 rows marked for later are not decided, and not counted" in repr(found)
    assert "20 rows of the sample are not reviewed yet" in repr(found)
    assert found["share"].sum() == pytest.approx(0.75, abs=0.02)


def test_if_all_rows_are_known_the_shares_are_exact():
    truth, labels = labelled_column(400)
    found = jsdf.shares(labels, truth)
    exact = truth.value_counts(normalize=True)
    for column in ("share", "low", "high"):
        assert found[column].to_dict() == pytest.approx(exact.to_dict())


def test_rows_without_a_label_are_left_out_and_counted():
    truth, labels = labelled_column(1000)
    labels[::10] = None
    found = jsdf.shares(labels, drawn(truth, 300, np.random.default_rng(2)))
    reviewed = int(re.search(r"(\d+) of 900 rows reviewed", repr(found))[1])
    assert "100 rows without a label are left out" in repr(found)
    assert f"{300 - reviewed} rows of truth have no label in predicted" in repr(found)


@pytest.mark.parametrize("width", [0.2, 0.1, 0.05])
def test_it_says_how_many_more_rows_to_review_for_a_width(width):
    truth, labels = labelled_column(20_000)
    found = jsdf.shares(labels, drawn(truth, 200, np.random.default_rng(0)), width=width)
    more = int(found["to_review"].max())
    assert ((found["high"] - found["low"] <= width) == (found["to_review"] == 0)).all()
    if not more:
        assert f"no interval is wider than {width:g}" in repr(found)
        return
    assert f"for intervals of {width:g}, review about {more:,} rows more, drawn at random" in repr(found)
    again = jsdf.shares(labels, drawn(truth, 200 + more, np.random.default_rng(1)))
    assert (again["high"] - again["low"]).max() == pytest.approx(width, rel=0.15)


def test_without_a_truth_it_says_how_many_rows_suffice():
    truth, labels = labelled_column(20_000)
    found = jsdf.shares(labels, width=0.1)
    rows = int(found["to_review"].max())
    assert f"for corrected shares with intervals of 0.1, review at most {rows:,} rows, drawn at random" in repr(found)
    again = jsdf.shares(labels, drawn(truth, rows, np.random.default_rng(1)))
    assert (again["high"] - again["low"]).max() <= 0.1


@pytest.mark.parametrize("width", [0, 1, -0.1, 5, "0.1", True])
def test_a_width_out_of_range_is_quoted(width):
    with pytest.raises(jsdf.InvalidInputError, match=re.escape(f"width={width!r}: pass a number between 0 and 1")):
        jsdf.shares(labelled(), width=width)


def test_a_truth_of_no_row_is_refused_and_the_advice_helps():
    frame = pd.DataFrame({"text": texts(), "label": labelled()})
    empty = frame["label"].where(frame["label"] == "never")
    with pytest.raises(jsdf.InvalidInputError, match="truth says nothing of the 60 rows that have a label") as caught:
        jsdf.shares(frame["label"], empty)
    code = str(caught.value).split("as with ")[1].replace("column, label", "'text', 'label'")
    review = eval(code, {"df": frame})
    review.accept(review.order)
    assert "60 of 60 rows reviewed" in repr(jsdf.shares(frame["label"], review))


def test_a_truth_of_another_column_is_refused():
    label = labelled()
    with pytest.raises(jsdf.InvalidInputError, match="truth and predicted have no label in common"):
        jsdf.shares(label, texts().where(texts().index % 7 == 0))
    with pytest.raises(jsdf.InvalidInputError, match="they differ by case or blanks only"):
        jsdf.shares(label, label.astype(str).str.upper())
    with pytest.raises(jsdf.InvalidInputError, match=r"pd.get_dummies"):
        jsdf.shares(label, pd.get_dummies(label))
    with pytest.raises(jsdf.InvalidInputError, match="truth is a frame, and its column 'cat' is float64"):
        jsdf.shares(label, pd.get_dummies(label) / 3)
    with pytest.raises(jsdf.InvalidInputError, match="no rows can be matched"):
        jsdf.shares(label, label.set_axis(label.index + 100).head(3))


def test_without_scipy_it_says_what_to_install(monkeypatch):
    label = labelled()
    monkeypatch.setitem(__import__("sys").modules, "scipy.special", None)
    assert len(jsdf.shares(label)) == 3
    with pytest.raises(jsdf.MissingExtraError, match=r'needs SciPy: pip install "jsdf\[judge\]"'):
        jsdf.shares(label, label)
