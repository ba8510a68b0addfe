"""Shares by PPI++: the formula of the paper, its limits, exact bounds, and how often the intervals cover the truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from jsdf.evaluation.prediction_powered import (
    Stratum,
    estimate_shares,
    make_strata,
    proportion_interval,
    rows_to_review,
)

bits = st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), min_size=3, max_size=80)


def ints(*values):
    return np.array(values, np.int64)


def ppi_plus_plus(y, f, others):
    """The estimate of the paper, arXiv:2311.01453, with its lambda for means, straight from the formulas."""
    n, m = len(y), len(others)
    # The variance of f, which all rows share, is that of the reviewed rows, as is the covariance.
    lam = np.cov(y, f, bias=True)[0, 1] / ((1 + n / m) * np.var(f))
    return lam * others.mean() + (y - lam * f).mean(), lam


def split(rows):
    """Return truth and labels of the reviewed rows, and labels of the others."""
    table = np.array(rows)
    reviewed = table[table[:, 2]]
    return reviewed[:, 0], reviewed[:, 1], table[~table[:, 2], 1]


@given(bits)
def test_the_estimate_is_that_of_the_paper(rows):
    y, f, others = split(rows)
    if not len(y) or not len(others) or f.all() or not f.any():
        return
    strata = make_strata(f[:, None], y[:, None], ints(f.sum() + others.sum()), len(rows))
    estimate = estimate_shares(*strata, 0.95)
    assert estimate.share[0] == pytest.approx(ppi_plus_plus(y.astype(float), f.astype(float), others)[0])
    assert 0 <= estimate.low[0] <= estimate.share[0] + 1e-12
    assert estimate.share[0] - 1e-12 <= estimate.high[0] <= 1


def test_a_figure_computed_by_hand():
    # 6 of 10 reviewed rows labelled so, 5 of them rightly; 1 of the 4 others has the label; 30 of 100 rows labelled so.
    labelled, others = Stratum(ints(30), ints(6), ints(5), 1.0), Stratum(ints(70), ints(4), ints(1), 0.0)
    assert estimate_shares(labelled, others, 0.95).share[0] == pytest.approx(0.3 * 5 / 6 + 0.7 / 4)


def test_with_many_errors_the_interval_is_the_normal_one_of_a_finite_population():
    n1, n0, rows = 40_000, 60_000, 1_000_000
    labelled = Stratum(ints(400_000), ints(n1), ints(28_000), 1.0)
    others = Stratum(ints(600_000), ints(n0), ints(9_000), 0.0)
    estimate = estimate_shares(labelled, others, 0.95)
    variance = sum(
        w**2 * p * (1 - p) / n for w, p, n in ((0.4, 0.7, n1), (0.6, 0.15, n0))
    ) * (1 - (n1 + n0) / rows)  # fmt: skip
    half = 1.959964 * np.sqrt(variance)
    assert (estimate.high - estimate.low)[0] / 2 == pytest.approx(half, rel=0.01)
    assert estimate.share[0] == pytest.approx(0.4 * 0.7 + 0.6 * 0.15)


def test_a_labeller_who_knows_nothing_leaves_the_interval_of_the_reviewed_rows():
    share = Stratum(ints(50_000), ints(500), ints(150), 1.0), Stratum(ints(50_000), ints(500), ints(150), 0.0)
    alone = Stratum(ints(100_000), ints(1000), ints(300), 1.0), Stratum(ints(0), ints(0), ints(0), 0.0)
    ours, classical = estimate_shares(*share, 0.95), estimate_shares(*alone, 0.95)
    assert ours.share == pytest.approx(classical.share)
    assert (ours.high - ours.low)[0] == pytest.approx((classical.high - classical.low)[0], rel=0.03)


@pytest.mark.parametrize("reviewed", [50, 500, 5000])
def test_a_labeller_without_errors_gives_an_interval_that_shrinks_as_three_over_the_reviewed_rows(reviewed):
    labelled = Stratum(ints(30_000), ints(reviewed), ints(reviewed), 1.0)
    others = Stratum(ints(70_000), ints(reviewed), ints(0), 0.0)
    estimate = estimate_shares(labelled, others, 0.95)
    assert estimate.share[0] == pytest.approx(0.3)
    assert 0 < (estimate.high - estimate.low)[0] < 4 / reviewed


def test_if_all_rows_are_reviewed_the_share_is_exact():
    estimate = estimate_shares(
        Stratum(ints(30), ints(30), ints(11), 1.0), Stratum(ints(70), ints(70), ints(4), 0.0), 0.95
    )
    assert (estimate.low[0], estimate.share[0], estimate.high[0]) == pytest.approx((0.15, 0.15, 0.15))


def test_a_stratum_without_a_reviewed_row_can_be_anything():
    estimate = estimate_shares(
        Stratum(ints(20), ints(0), ints(0), 1.0), Stratum(ints(80), ints(80), ints(8), 0.0), 0.95
    )
    assert (estimate.low[0], estimate.share[0], estimate.high[0]) == pytest.approx((0.08, 0.28, 0.28))


@given(st.integers(1, 300), st.data())
def test_bounds_are_those_of_clopper_and_pearson_for_a_finite_population(rows, data):
    reviewed = data.draw(st.integers(1, rows))
    true = data.draw(st.integers(0, reviewed))
    confidence = data.draw(st.sampled_from([0.5, 0.9, 0.95, 0.999]))
    low, high = proportion_interval(ints(true), ints(reviewed), ints(rows), confidence)
    possible = np.arange(true, rows - reviewed + true + 1)
    above = stats.hypergeom.cdf(true, rows, possible, reviewed)
    below = stats.hypergeom.sf(true - 1, rows, possible, reviewed)
    tail = (1 - confidence) / 2
    # A probability that is the tail to the last bit may fall on either side.
    least, most = tail * (1 + 1e-9), tail * (1 - 1e-9)
    assert possible[above > least].max() <= round(high[0] * rows) <= possible[above > most].max()
    assert possible[below > most].min() <= round(low[0] * rows) <= possible[below > least].min()
    assert (high[0] * rows, low[0] * rows) == pytest.approx((round(high[0] * rows), round(low[0] * rows)))


def test_bounds_of_a_huge_population_are_those_of_the_binomial():
    true, reviewed = ints(0, 3, 500, 40_000, 99_990), ints(200, 200, 1000, 100_000, 100_000)
    low, high = proportion_interval(true, reviewed, np.full(5, 10**9), 0.95)
    for i in range(5):
        exact = stats.binomtest(int(true[i]), int(reviewed[i])).proportion_ci(method="exact")
        assert (low[i], high[i]) == pytest.approx((exact.low, exact.high), rel=2e-3, abs=1e-6)


#: Share of the label, share of its rows that the labeller finds, share of other rows that it labels so, rows, reviewed.
CASES = {
    "biased": (0.38, 0.8, 0.25, 5000, 200),
    "worse than chance": (0.3, 0.2, 0.7, 5000, 200),
    "perfect": (0.3, 1, 0, 5000, 200),
    "rare": (0.01, 0.6, 0.005, 5000, 200),
    "very rare": (0.001, 0.6, 0.002, 5000, 200),
    "frequent": (0.95, 0.97, 0.5, 5000, 200),
    "few reviewed": (0.3, 0.8, 0.1, 500, 20),
    "nearly all reviewed": (0.1, 0.8, 0.05, 250, 240),
}


@pytest.mark.parametrize("case", CASES)
def test_the_intervals_cover_the_share_of_the_column(case):
    share, found, wrong, rows, reviewed = CASES[case]
    random = np.random.default_rng(5)
    runs = 500
    truth = random.random(rows) < share
    labels = np.where(truth, random.random(rows) < found, random.random(rows) < wrong)
    samples = np.array([random.choice(rows, reviewed, replace=False) for _ in range(runs)]).T
    strata = make_strata(labels[samples], truth[samples], np.full(runs, labels.sum()), rows)
    ours = estimate_shares(*strata, 0.95)
    none = np.zeros(runs, np.int64)
    of_sample = Stratum(np.full(runs, rows), np.full(runs, reviewed), truth[samples].sum(axis=0), 0.0)
    alone = estimate_shares(of_sample, Stratum(none, none, none, 0.0), 0.95)

    assert ((ours.low <= truth.mean() + 1e-9) & (truth.mean() <= ours.high + 1e-9)).mean() >= 0.93
    if case != "very rare":  # of which 200 rows hold none, so that labels cannot help
        assert (ours.high - ours.low).mean() < (alone.high - alone.low).mean()
    assert abs(ours.share.mean() - truth.mean()) < 0.01


@pytest.mark.parametrize("width", [0.3, 0.1, 0.04])
def test_so_many_rows_give_that_width(width):
    labelled = Stratum(ints(1900, 900), ints(80, 36), ints(60, 30), 1.0)
    others = Stratum(ints(3100, 4100), ints(120, 164), ints(12, 3), 0.0)
    needed = rows_to_review(labelled, others, 0.95, width)
    assert (needed >= 200).all()
    for i, n in enumerate(needed):
        n1 = round(n * labelled.rows[i] / 5000)
        x1 = round(n1 * labelled.share[i])
        x0 = round((n - n1) * others.share[i])
        estimate = estimate_shares(
            Stratum(labelled.rows[i : i + 1], ints(n1), ints(x1), 1.0),
            Stratum(others.rows[i : i + 1], ints(n - n1), ints(x0), 0.0),
            0.95,
        )
        got = (estimate.high - estimate.low)[0]
        assert got <= width * 1.02
        assert got >= width * 0.93 or n == 200


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_no_bound_is_a_negative_zero(rows):
    for labelled in (0, rows):
        none = ints(0)
        estimate = estimate_shares(
            Stratum(ints(labelled), ints(labelled), none, 1.0),
            Stratum(ints(rows - labelled), ints(rows - labelled), none, 0.0),
            0.95,
        )
        assert not np.signbit(np.concatenate(estimate)).any()
