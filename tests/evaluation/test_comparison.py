"""What a comparison tells about its runs."""

import numpy as np
import pandas as pd
import pytest

import jsdf
from jsdf.testing import FakeEngine

TEXTS = pd.Series(["a", "b", None, "c", "a"], index=[10, 11, 12, 13, 10], name="text")
LABELS = ["good", "bad"]


def says(answers, **arguments):
    return FakeEngine(lambda _, values: [answers.get(value, "good") for value in values], **arguments)


@pytest.fixture
def compared():
    engines = {"kind": says({}), "strict": says({"b": "bad", "a": "bad"})}
    return jsdf.compare(TEXTS, LABELS, engines, progress=False)


def test_labels_have_a_column_per_run_on_the_index_of_the_column(compared):
    assert compared.labels.index.tolist() == TEXTS.index.tolist()
    assert compared.labels["strict"].tolist() == ["bad", "bad", np.nan, "good", "bad"]
    assert compared.labels.dtypes.tolist() == [pd.CategoricalDtype(LABELS)] * 2


def test_figures_are_of_the_rows_that_both_labelled(compared):
    assert compared.rows.loc["kind", "strict"] == 4
    assert compared.agreement.loc["strict", "kind"] == 0.25
    assert compared.agreement.loc["kind", "kind"] == 1
    assert compared.kappa.loc["kind", "strict"] == 0


def test_differing_rows_show_their_values_and_both_labels(compared):
    assert compared.differing.index.tolist() == [10, 11, 10]
    assert compared.differing.columns.tolist() == ["value", "kind", "strict"]
    assert compared.differing["value"].tolist() == ["a", "b", "a"]


def test_a_review_holds_the_rows_on_which_two_runs_differ(compared):
    review = compared.review(resume=False)
    assert review.labels.tolist() == ["good", "good", "good"]
    assert review.labels.index.tolist() == [10, 11, 10]
    assert compared.review("strict", resume=False).labels.tolist() == ["bad", "bad", "bad"]
    with pytest.raises(jsdf.InvalidInputError, match=r"no run 'other'; they are 'kind', 'strict'"):
        compared.review("other")
    with pytest.raises(jsdf.InvalidInputError, match="'kind' and 'kind' differ on no row"):
        compared.review("kind", "kind")


def test_a_report_names_the_worst_pair_first_and_what_each_run_spent(compared):
    assert repr(compared).splitlines()[1:3] == [
        "  kind and strict: agreement 0.250, kappa 0.000, 4 rows",
        "  3 of 5 rows (60%) differ; .differing lists them, .review() opens them",
    ]
    assert "kind (fake): 4 answered, 1 missing; 1 request, 3 sent" in repr(compared)
    assert "agreement" in compared._repr_html_()
    assert compared.usage.loc["strict", "rows_sent"] == 3


def test_sets_of_labels_are_compared_as_wholes():
    engines = {
        "one": says({"a": ["good"], "b": [], "c": ["good"]}),
        "two": says({"a": ["good", "bad"], "b": [], "c": ["good"]}),
    }
    compared = jsdf.compare(TEXTS, LABELS, engines, multiple_labels=True, progress=False)
    assert compared.agreement.loc["one", "two"] == 0.5
    assert compared.differing["two"].tolist() == ["good, bad", "good, bad"]
    assert compared.labels["two"].columns.tolist() == LABELS
    assert compared.review(resume=False).labels["good"].tolist() == [True, True]


def test_runs_that_agree_everywhere_say_so():
    compared = jsdf.compare(TEXTS, LABELS, {"a": says({}), "b": says({})}, progress=False)
    assert "0 of 5 rows (0%) differ" in repr(compared)
    assert "review()" not in repr(compared)
    assert np.isnan(compared.kappa.loc["a", "b"])
    assert len(compared.differing) == 0


def test_rows_that_failed_are_left_out_and_raise_nothing():
    failing = FakeEngine(fail=lambda values: jsdf.APIError("no", status=422) if "b" in values else None)
    compared = jsdf.compare(TEXTS, LABELS, {"a": says({}), "b": failing}, progress=False)
    assert compared.rows.loc["a", "b"] == 3
    assert compared.runs["b"].counts["failed"] == 1
