"""Calibration maps a model's cosines to the built-in model's scale."""

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
def test_the_line_undoes_a_linear_change_of_cosines(slope, offset, seed):
    rng = np.random.default_rng(seed)
    texts = np.eye(len(PAIRS))
    cosines = rng.normal(0.02, 0.05, texts.shape) + 0.3 * texts
    slope_before, offset_before = fit_line(cosines, texts)
    changed = slope * cosines + offset
    slope_after, offset_after = fit_line(changed, texts)
    calibrated = slope_before * cosines + offset_before
    np.testing.assert_allclose(slope_after * changed + offset_after, calibrated, atol=1e-6)
    own = calibrated[texts == 1].mean()
    np.testing.assert_allclose(own, BUILT_IN[1], atol=1e-9)


@given(st.floats(1, 5), st.integers(0, 1000))
def test_a_component_shared_by_all_embeddings_is_subtracted(strength, seed):
    rng = np.random.default_rng(seed)
    subjects = unit(rng.normal(size=(len(PAIRS), 256)))
    texts = unit(subjects + unit(rng.normal(size=subjects.shape)))
    constant = unit(rng.normal(size=(1, 256)))
    calibration = CosineCalibration.fit(unit(subjects + strength * constant), unit(texts + strength * constant))
    labels = calibration.labels(unit(subjects + strength * constant))
    products = calibration.texts(unit(texts + strength * constant)) @ labels.T
    assert (products.argmax(axis=1) == np.arange(len(PAIRS))).all()
    np.testing.assert_allclose(np.diag(products).mean(), BUILT_IN[1], atol=1e-9)


@given(st.integers(0, 1000))
def test_embeddings_that_share_nothing_have_no_shared_component(seed):
    directions = np.linalg.qr(np.random.default_rng(seed).normal(size=(32, 12)))[0].T
    assert np.abs(shared_component(directions)).max() < 1e-6


@given(st.floats(0, 5), st.integers(0, 1000))
def test_the_line_alone_keeps_the_order_of_cosines(strength, seed):
    rng = np.random.default_rng(seed)
    subjects, texts = (unit(rng.normal(size=(len(PAIRS), 32)) + strength) for _ in range(2))
    calibration = CosineCalibration.fit_line(subjects, texts)
    labels, rows = unit(rng.normal(size=(5, 32)) + strength), unit(rng.normal(size=(20, 32)) + strength)
    cosines = rows @ labels.T
    mapped = calibration.texts(rows) @ calibration.labels(labels).T
    np.testing.assert_allclose(mapped, calibration.slope * cosines + calibration.offset, atol=1e-9 * calibration.slope)
    assert calibration.slope > 0
