"""Bins of scores for a histogram."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jsdf.display.gallery.row_scores import SCORE_BINS, SCORE_EDGES, bin_scores

EDGES = SCORE_EDGES.astype(np.float32)


def test_an_edge_belongs_to_the_bin_above_it_and_one_to_the_last():
    assert bin_scores(EDGES).tolist() == [*range(SCORE_BINS), SCORE_BINS - 1]


def test_scores_out_of_range_are_in_the_outer_bins_and_unknown_ones_in_none():
    given_scores = np.array([-1, -np.inf, 1.5, np.inf, np.nan], np.float32)
    assert bin_scores(given_scores).tolist() == [0, 0, SCORE_BINS - 1, SCORE_BINS - 1, SCORE_BINS]


@given(arrays(np.float32, st.integers(0, 50), elements=st.floats(0, 1, width=32)))
def test_a_score_lies_between_the_edges_of_its_bin(scores):
    bins = bin_scores(scores)
    assert bins.dtype == np.int8
    assert (EDGES[bins] <= scores).all()
    assert ((scores < EDGES[bins + 1]) | (bins == SCORE_BINS - 1)).all()
