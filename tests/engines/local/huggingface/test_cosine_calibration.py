"""A model's cosines are brought to the built-in model's scale."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jsdf.engines.local.huggingface.cosine_calibration import (
    BUILT_IN,
    PAIRS,
    CosineCalibration,
    fit_line,
    shared_component,
    unit,
)


@given(st.floats(0.05, 3), st.floats(-0.5, 0.9), st.integers(0, 1000))
def test_the_line_undoes_whatever_was_done_to_cosines(slope, offset, seed):
    rng = np.random.default_rng(seed)
    texts = np.eye(len(PAIRS))
    cosines = rng.normal(0.02, 0.05, texts.shape) + 0.3 * texts
    steep, start = fit_line(cosines, texts)
    bent, begin = fit_line(slope * cosines + offset, texts)
    np.testing.assert_allclose(bent * (slope * cosines + offset) + begin, steep * cosines + start, atol=1e-6)
    own = (steep * cosines + start)[texts == 1].mean()
    np.testing.assert_allclose(own, BUILT_IN[1], atol=1e-9)


@given(st.floats(1, 5), st.integers(0, 1000))
def test_what_all_embeddings_have_in_common_is_taken_off(strength, seed):
    rng = np.random.default_rng(seed)
    subjects = unit(rng.normal(size=(len(PAIRS), 256)))
    texts = unit(subjects + unit(rng.normal(size=subjects.shape)))
    constant = unit(rng.normal(size=(1, 256)))
    scale = CosineCalibration.of(unit(subjects + strength * constant), unit(texts + strength * constant))
    products = scale.texts(unit(texts + strength * constant)) @ scale.labels(unit(subjects + strength * constant)).T
    assert (products.argmax(axis=1) == np.arange(len(PAIRS))).all()
    np.testing.assert_allclose(np.diag(products).mean(), BUILT_IN[1], atol=1e-9)


@given(st.integers(0, 1000))
def test_embeddings_that_share_nothing_are_left_as_they_are(seed):
    directions = np.linalg.qr(np.random.default_rng(seed).normal(size=(32, 12)))[0].T
    assert np.abs(shared_component(directions)).max() < 1e-6
