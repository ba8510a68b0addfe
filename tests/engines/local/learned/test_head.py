"""Heads: near the zero-shot scores with few samples, right with many, and sound with rare or missing classes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsdf.engines.local.learned.head import Head, fit_head, log_scores
from jsdf.errors import InvalidInputError, MissingExtraError

pytest.importorskip("scipy")


def softmax(logits):
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def samples(count, classes=4, width=30, *, seed=0, noise=1.0):
    """Vectors around a centre of each class, and zero-shot scores that are right more often than not."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(classes, width))
    targets = rng.integers(0, classes, count)
    vectors = centres[targets] + 1.5 * rng.normal(size=(count, width))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    scores = softmax(1.2 * np.eye(classes)[targets] + noise * rng.normal(size=(count, classes)))
    return vectors.astype(np.float32), scores, targets


def accuracy(scores, targets):
    return float((scores.argmax(axis=1) == targets).mean())


TEST = samples(2_000, seed=1)


@pytest.mark.parametrize(("each", "gain"), [(1, -0.02), (5, 0.05), (20, 0.15)])
def test_examples_never_lose_much_and_gain_with_their_number(each, gain):
    vectors, scores, targets = samples(400, seed=2)
    chosen = np.concatenate([np.flatnonzero(targets == c)[:each] for c in range(4)])
    head = fit_head(vectors[chosen], scores[chosen], targets[chosen], multiple=False)
    assert accuracy(head.scores(*TEST[:2]), TEST[2]) > accuracy(TEST[1], TEST[2]) + gain


def test_scores_are_confidences():
    vectors, scores, targets = samples(500, seed=3)
    learned = fit_head(vectors, scores, targets, multiple=False).scores(*TEST[:2])
    assert learned.dtype == np.float32
    assert np.allclose(learned.sum(axis=1), 1, atol=1e-5)
    confidence = learned.max(axis=1)
    assert abs(confidence.mean() - accuracy(learned, TEST[2])) < 0.03


def test_without_vectors_it_learns_from_the_scores():
    _, scores, targets = samples(400, seed=4)
    shifted = softmax(np.log(scores) + np.array([0, 0, 0, 2.0]))  # draws too many samples to the last class
    head = fit_head(None, shifted, targets, multiple=False)
    test = softmax(np.log(TEST[1]) + np.array([0, 0, 0, 2.0]))
    assert not head.has_vectors
    assert accuracy(head.scores(None, test), TEST[2]) > accuracy(test, TEST[2]) + 0.1
    assert np.array_equal(head.scores(TEST[0], test), head.scores(None, test))


@settings(max_examples=30, deadline=None)
@given(
    counts=st.lists(st.integers(0, 6), min_size=2, max_size=5).filter(any),
    seed=st.integers(0, 2**32 - 1),
    multiple=st.booleans(),
    has_vectors=st.booleans(),
)
def test_any_numbers_of_samples_give_finite_scores(counts, seed, multiple, has_vectors):
    """Also one sample, one class only, classes with one sample, and fewer samples than folds."""
    classes = len(counts)
    targets = np.repeat(np.arange(classes), counts)
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(len(targets), 7)).astype(np.float32) if has_vectors else None
    scores = softmax(3 * rng.normal(size=(len(targets), classes)))
    truth = rng.random((len(targets), classes)) < 0.4 if multiple else targets
    fitted = [fit_head(vectors, scores, truth, multiple=multiple, seed=5) for _ in range(2)]
    learned = [head.scores(vectors, scores) for head in fitted]
    assert np.array_equal(*learned)
    assert np.isfinite(learned[0]).all()
    assert ((learned[0] > 0) & (learned[0] < 1)).all()


def test_a_class_without_samples_keeps_its_zero_shot_logit():
    vectors, scores, targets = samples(60, seed=6)
    chosen = targets != 2
    head = fit_head(vectors[chosen], scores[chosen], targets[chosen], multiple=False)
    assert head.bias[2] == 0
    assert not head.weights[2].any()
    assert (head.scores(vectors, scores)[:, 2] > 0).all()


def test_several_labels_are_learned_each_by_itself():
    vectors, scores, targets = samples(600, seed=7)
    truth = np.zeros((600, 4), dtype=bool)
    truth[np.arange(600), targets] = True
    truth[:, 2] = targets % 2 == 0  # with class 0 too
    truth[:, 3] = True  # always set
    truth[:, 1] = False  # never set
    head = fit_head(vectors[:400], scores[:400], truth[:400], multiple=True)
    learned = head.scores(vectors[400:], scores[400:])
    assert ((learned >= 0.5) == truth[400:]).mean(axis=0).min() > 0.85
    assert (learned[:, 3] > 0.5).all()
    assert (learned[:, 1] < 0.5).all()


def test_the_scores_of_a_sample_do_not_depend_on_the_others():
    vectors, scores, targets = samples(200, seed=8)
    head = fit_head(vectors, scores, targets, multiple=False)
    together = head.scores(vectors, scores)
    alone = [head.scores(vectors[i : i + 1], scores[i : i + 1])[0] for i in range(0, 200, 17)]
    assert np.array_equal(together[::17], np.array(alone))


def test_samples_without_vector_scores_or_target_are_left_out():
    vectors, scores, targets = samples(100, seed=9)
    whole = fit_head(vectors, scores, targets, multiple=False)
    more = [np.concatenate([a, a[:3]]) for a in (vectors, scores, targets)]
    more[0][100], more[1][101], more[2][102] = np.nan, np.nan, -1
    holed = fit_head(*more, multiple=False)
    assert np.array_equal(whole.weights, holed.weights)
    learned = holed.scores(more[0], more[1])
    assert np.isnan(learned[100:102]).all()
    assert np.isfinite(learned[102]).all()
    with pytest.raises(InvalidInputError, match="no labelled sample"):
        fit_head(vectors[:1], scores[:1], np.array([-1]), multiple=False)


def test_a_head_refuses_inputs_of_another_shape():
    head = Head(1.0, np.zeros(3), np.zeros((3, 5)), multiple=False, has_vectors=True)
    scores = np.full((2, 3), 1 / 3, dtype=np.float32)
    assert np.allclose(head.scores(np.ones((2, 5), dtype=np.float32), scores), scores)
    for vectors in (np.ones((2, 4), dtype=np.float32), np.ones((1, 5), dtype=np.float32), None):
        with pytest.raises(ValueError, match="got inputs of shapes"):
            head.scores(vectors, scores)


def test_certain_scores_have_finite_logarithms():
    certain = np.array([[1.0, 0.0, 0.0]], dtype=np.float32)
    for multiple in (True, False):
        assert np.isfinite(log_scores(certain, multiple=multiple)).all()
    assert abs(log_scores(certain, multiple=False).sum()) < 1e-9


def test_without_scipy_it_says_which_extra_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "scipy.optimize", None)
    with pytest.raises(MissingExtraError, match=r'pip install "jsdf\[judge\]"'):
        fit_head(*samples(10), multiple=False)
