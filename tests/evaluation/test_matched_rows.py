"""Labels of two sides: which of them count, in their order, and those that cannot be compared."""

import re

import numpy as np
import pandas as pd
import pytest

import jsdf
from jsdf.evaluation.matched_rows import describe_left_out


def test_the_labels_come_in_the_order_of_categories_or_else_sorted():
    plain, ordered = pd.Series(["b", "a", "c"]), pd.Series(pd.Categorical(["b", "a", "c"], ["c", "b", "a", "never"]))
    assert jsdf.evaluate(plain, plain).per_label.index.tolist() == ["a", "b", "c"]
    assert jsdf.evaluate(plain, ordered).per_label.index.tolist() == ["c", "b", "a"]
    assert jsdf.evaluate(ordered, plain).per_label.index.tolist() == ["c", "b", "a"]
    chosen = jsdf.evaluate(plain, ordered, labels=["never", "a"])
    assert chosen.per_label.index.tolist() == ["never", "a"]
    assert chosen.per_label.loc["never"].tolist() == [0, 0, 0, 0]
    assert chosen.accuracy == 1


def test_labels_of_one_side_alone_are_named():
    found = jsdf.evaluate(["a", "b", "c", "c"], ["a", "B", "c", "d"])
    assert (found.only_truth, found.only_predicted) == (["b"], ["B", "d"])
    assert "labels of the truth alone: b" in repr(found)
    assert "labels of the prediction alone: B, d" in repr(found)
    assert "'b' and 'B' differ by case or blanks only" in repr(found)


@pytest.mark.parametrize("change", [str.upper, str.title, lambda s: f" {s} ", lambda s: f"{s.upper()}\t"])
def test_labels_that_differ_by_spelling_alone_are_refused_and_the_advice_helps(change):
    truth = pd.Series(["good", "bad", None, "so so"], dtype=object)
    other = truth.map(lambda s: None if s is None else change(s))
    for one, two in ((truth, other), (other.astype("category"), truth)):
        with pytest.raises(
            jsdf.InvalidInputError, match=r"no label in common .*: they differ by case or blanks only"
        ) as caught:
            jsdf.evaluate(one, two)
        code = str(caught.value).split("pass both with ")[1]
        sides = [eval(f"side{code}", {"side": side}) for side in (one, two)]
        assert jsdf.evaluate(*sides).accuracy == 1


def test_columns_that_differ_by_spelling_alone_are_refused_and_the_advice_helps():
    truth = pd.DataFrame({"good": [True, False], "bad": [False, True]})
    other = truth.rename(columns=str.upper)
    with pytest.raises(jsdf.InvalidInputError, match="they differ by case or blanks only") as caught:
        jsdf.evaluate(truth, other)
    code = str(caught.value).split("pass both with ")[1]
    assert jsdf.evaluate(*(eval(f"side{code}", {"side": side}) for side in (truth, other))).subset_accuracy == 1


def test_labels_of_another_column_are_refused():
    with pytest.raises(
        jsdf.InvalidInputError, match=r"truth and predicted have no label in common \('x', 'y'; 'a', 'b'\)"
    ):
        jsdf.evaluate(["x", "y"], ["a", "b"])
    many = [f"t{i}" for i in range(20)]
    with pytest.raises(jsdf.InvalidInputError, match="'t7' and 12 more"):
        jsdf.evaluate(many, ["a"] * 20)


def test_labels_that_could_agree_but_do_not_are_no_mistake_of_the_user():
    dtype = pd.CategoricalDtype(["a", "b"])
    assert jsdf.evaluate(pd.Series(["a"], dtype=dtype), pd.Series(["b"], dtype=dtype)).accuracy == 0
    assert jsdf.evaluate(["a", "a"], ["b", "b"], labels=["a", "b"]).accuracy == 0


def test_one_label_a_row_and_several_are_refused_and_the_advice_helps():
    column, frame = pd.Series(["a", "b", "a"]), pd.DataFrame({"a": [True, True, True], "b": [False, True, False]})
    for truth, predicted in ((column, frame), (frame, column)):
        with pytest.raises(jsdf.InvalidInputError, match=r"pd.get_dummies\((truth|predicted)\)") as caught:
            jsdf.evaluate(truth, predicted)
        name = re.search(r"get_dummies\((\w+)\)", str(caught.value))[1]
        sides = {"truth": truth, "predicted": predicted}
        sides[name] = pd.get_dummies(sides[name])
        assert jsdf.evaluate(**sides).rows == 3


def test_frames_may_have_other_columns_in_another_order():
    truth = pd.DataFrame({"a": [True, False], "b": [True, True]})
    predicted = pd.DataFrame({"c": [False, True], "b": [True, True]})
    found = jsdf.evaluate(truth, predicted)
    assert found.per_label.index.tolist() == ["c", "b", "a"]
    assert found.confusion.loc["a"].tolist() == [0, 0, 1, 1]
    assert (found.only_truth, found.only_predicted) == (["a"], ["c"])


@pytest.mark.parametrize(("labels", "message"), [
    (["a", "z"], "labels: 'z' is in neither truth nor predicted; they have 'a', 'b'"),
    (["A"], "labels: 'A' is in neither truth nor predicted; pass 'a'"),
    (["a", "a"], "labels: 'a' is there twice"),
    ([], r"labels=\[\]: pass at least one label"),
    ("a", "labels='a': pass a list of labels"),
    (3, "labels=3: pass a list of labels"),
])  # fmt: skip
def test_unknown_labels_are_quoted(labels, message):
    with pytest.raises(jsdf.InvalidInputError, match=message):
        jsdf.evaluate(["a", "b"], ["b", "b"], labels=labels)


@pytest.mark.parametrize("confidence", [0, 1, -0.5, 1.5, 95, "0.95", None, True, float("nan")])
def test_a_confidence_out_of_range_is_quoted(confidence):
    with pytest.raises(
        jsdf.InvalidInputError, match=re.escape(f"confidence={confidence!r}: pass a number between 0 and 1")
    ):
        jsdf.evaluate(["a", "b"], ["b", "b"], confidence=confidence)
    with pytest.raises(jsdf.InvalidInputError, match="confidence="):
        jsdf.shares(["a", "b"], confidence=confidence)


@pytest.mark.parametrize("seed", [-1, 1.5, None, "0", True])
def test_a_seed_that_is_none_is_quoted(seed):
    with pytest.raises(jsdf.InvalidInputError, match=re.escape(f"seed={seed!r}: pass a whole number, 0 or more")):
        jsdf.evaluate(["a", "b"], ["b", "b"], seed=seed)


def test_every_row_is_compared_or_left_out_for_one_reason():
    truth = pd.Series(["a", None, "b", np.nan, " "], index=[0, 1, 2, 3, 4], dtype=object)
    predicted = pd.Series(["a", "b", None, None, "b", "a", None], index=[0, 1, 2, 3, 4, 5, 6], dtype=object)
    found = jsdf.evaluate(truth, predicted)
    assert found.left_out == {"no_truth": 3, "no_prediction": 1, "neither": 2}
    assert found.rows + sum(found.left_out.values()) == 7
    assert describe_left_out(found.left_out) == "3 without a truth, 1 without a prediction, 2 with neither"
    assert "rows left out: 3 without a truth, 1 without a prediction, 2 with neither" in repr(found)
