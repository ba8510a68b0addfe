"""Kernel heads: close to the zero-shot scores where no example is like a sample, and led by those that are."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsdf.engines.local.learned.example_engine import MOST_FOR_KERNEL, fit_examples
from jsdf.engines.local.learned.head import Head, log_scores
from jsdf.engines.local.learned.kernel_head import KernelHead, fit_kernel_head
from jsdf.errors import InvalidInputError

pytest.importorskip("scipy")


def softmax(logits):
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (weights / weights.sum(axis=1, keepdims=True)).astype(np.float32)


def samples(count, *, seed, classes=4, width=30, spread=1.0, skill=1.2):
    """Vectors around a centre of each class, and zero-shot scores that are right as often as `skill` is high."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(99).normal(size=(classes, width))
    targets = rng.integers(0, classes, count)
    vectors = centres[targets] + spread * rng.normal(size=(count, width))
    scores = softmax(skill * np.eye(classes)[targets] + rng.normal(size=(count, classes)))
    return vectors.astype(np.float32), scores, targets


def some_of_each(data, each):
    chosen = np.concatenate([np.flatnonzero(data[2] == c)[:each] for c in np.unique(data[2])])
    return tuple(array[chosen] for array in data)


def accuracy(scores, targets):
    return float((scores.argmax(axis=1) == targets).mean())


@pytest.mark.parametrize(("each", "gain"), [(1, 0.05), (2, 0.1), (5, 0.2), (20, 0.25)])
def test_examples_that_are_like_the_samples_help(each, gain):
    test = samples(1_500, seed=1)
    head = fit_kernel_head(*some_of_each(samples(400, seed=2), each))
    assert accuracy(head.scores(*test[:2]), test[2]) > accuracy(test[1], test[2]) + gain


@pytest.mark.parametrize("each", [1, 2, 5, 20])
def test_vectors_that_say_nothing_about_the_labels_cost_next_to_nothing(each):
    """The mean of ten draws: one example a label moves little, and the others tell how much one of many may."""
    test = samples(1_500, seed=3, skill=2.5)
    noise = np.random.default_rng(0).normal(size=test[0].shape).astype(np.float32)
    losses = []
    for seed in range(10):
        vectors, scores, targets = some_of_each(samples(400, seed=10 + seed, skill=2.5), each)
        vectors = np.random.default_rng(seed).normal(size=vectors.shape).astype(np.float32)
        head = fit_kernel_head(vectors, scores, targets)
        losses.append(accuracy(test[1], test[2]) - accuracy(head.scores(noise, test[1]), test[2]))
    assert np.mean(losses) < 0.01


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), each=st.integers(1, 6), classes=st.integers(2, 6))
def test_a_sample_orthogonal_to_all_examples_keeps_its_zero_shot_scores(seed, each, classes):
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(each * classes, 8))
    vectors[:, 5:] = 0
    sample = np.zeros((1, 8))
    sample[:, 5:] = rng.normal(size=3)
    scores = softmax(rng.normal(size=(each * classes + 1, classes)))
    head = fit_kernel_head(vectors.astype(np.float32), scores[1:], np.repeat(np.arange(classes), each))
    np.testing.assert_allclose(head.scores(sample.astype(np.float32), scores[:1]), scores[:1], rtol=1e-5)


def test_a_class_without_examples_keeps_its_logit_and_a_single_example_draws_what_is_like_it():
    vectors, scores, _ = samples(50, seed=4)
    head = fit_kernel_head(vectors[:1], scores[:1], np.array([2]))
    learned = head.scores(vectors, scores)
    gains = (np.log(learned) - np.log(scores))[:, [0, 1, 3]]
    np.testing.assert_allclose(gains, gains[:, :1].repeat(3, axis=1), atol=1e-4)  # the others keep their odds
    assert learned[0, 2] > scores[0, 2]


def test_labels_that_the_other_examples_confirm_count_for_more():
    vectors, scores, targets = some_of_each(samples(400, seed=5, spread=0.3), 8)
    test = samples(300, seed=6)
    moved = []
    for labels in (targets, np.random.default_rng(0).permutation(targets)):
        learned = fit_kernel_head(vectors, scores, labels).scores(*test[:2])
        moved.append(np.abs(np.log(learned) - np.log(test[1])).mean())
    assert moved[0] > 2 * moved[1]


def test_leaving_out_is_that_of_a_fit_without_the_example():
    """The closed form that chooses the strength, against fits to all other examples."""
    vectors, scores, targets = some_of_each(samples(100, seed=7), 3)
    unit = vectors.astype(np.float64) / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    kernel = np.expm1(3 * unit @ unit.T) / np.expm1(3)
    hot = np.eye(4)[targets]
    left_out = np.empty_like(hot)
    for i in range(len(targets)):
        others = np.arange(len(targets)) != i
        fitted = np.linalg.solve(kernel[np.ix_(others, others)] + 0.1 * np.eye(others.sum()), hot[others])
        left_out[i] = kernel[i, others] @ fitted
    logs = log_scores(scores, multiple=False)
    factors = 2.0 ** np.arange(-2, 2.25, 0.5)
    logits = [logs + 3 * factor * left_out for factor in factors]
    losses = [
        np.log(factor) ** 2 / 2 - (z[np.arange(12), targets] - np.log(np.exp(z).sum(axis=1))).sum()
        for factor, z in zip(factors, logits, strict=True)
    ]
    wanted = 3 * factors[int(np.argmin(losses))] * np.linalg.solve(kernel + 0.1 * np.eye(12), hot)
    np.testing.assert_allclose(fit_kernel_head(vectors, scores, targets).weights, wanted.T, rtol=1e-6)


@settings(max_examples=30, deadline=None)
@given(counts=st.lists(st.integers(0, 4), min_size=2, max_size=5).filter(any), seed=st.integers(0, 2**32 - 1))
def test_any_numbers_of_examples_give_finite_scores(counts, seed):
    """Also one example, one class only, equal examples with different labels, and a vector of zeros."""
    targets = np.repeat(np.arange(len(counts)), counts)
    rng = np.random.default_rng(seed)
    vectors = rng.integers(-1, 2, size=(len(targets), 3)).astype(np.float32)
    scores = softmax(5 * rng.normal(size=(len(targets), len(counts))))
    learned = fit_kernel_head(vectors, scores, targets).scores(vectors, scores)
    assert learned.dtype == np.float32
    assert np.isfinite(learned).all()
    np.testing.assert_allclose(learned.sum(axis=1), 1, atol=1e-5)


def test_the_scores_of_a_sample_do_not_depend_on_the_others():
    head = fit_kernel_head(*samples(40, seed=8))
    vectors, scores, _ = samples(100, seed=9)
    together = head.scores(vectors, scores)
    alone = [head.scores(vectors[i : i + 1], scores[i : i + 1])[0] for i in range(0, 100, 17)]
    assert np.array_equal(together[::17], np.array(alone))


def test_examples_without_vector_scores_or_target_are_left_out():
    vectors, scores, targets = samples(40, seed=10)
    whole = fit_kernel_head(vectors, scores, targets)
    more = [np.concatenate([a, a[:3]]) for a in (vectors, scores, targets)]
    more[0][40], more[1][41], more[2][42] = np.nan, np.nan, -1
    holed = fit_kernel_head(*more)
    assert np.array_equal(whole.weights, holed.weights)
    assert np.isnan(holed.scores(more[0], more[1])[40:42]).all()
    with pytest.raises(InvalidInputError, match="no labelled sample"):
        fit_kernel_head(vectors[:1], scores[:1], np.array([-1]))


def test_it_refuses_inputs_of_another_shape():
    head = fit_kernel_head(*samples(20, seed=11, width=5))
    scores = np.full((2, 4), 0.25, dtype=np.float32)
    for vectors in (np.ones((2, 4), dtype=np.float32), np.ones((1, 5), dtype=np.float32), None):
        with pytest.raises(ValueError, match="got inputs of shapes"):
            head.scores(vectors, scores)


def test_few_examples_make_a_kernel_head_and_others_a_linear_one():
    vectors, scores, targets = samples(400, seed=12)
    few = some_of_each((vectors, scores, targets), MOST_FOR_KERNEL)
    assert isinstance(fit_examples(*few, multiple=False), KernelHead)
    assert isinstance(fit_examples(vectors, scores, targets, multiple=False), Head)
    assert isinstance(fit_examples(None, few[1], few[2], multiple=False), Head)
    assert isinstance(fit_examples(few[0], few[1], np.eye(4, dtype=bool)[few[2]], multiple=True), Head)


def test_five_examples_for_each_of_24_labels_are_learned_in_a_second():
    data = some_of_each(samples(2_000, seed=13, classes=24, width=1280), 5)
    start = time.perf_counter()
    fit_examples(*data, multiple=False)
    assert time.perf_counter() - start < 1
