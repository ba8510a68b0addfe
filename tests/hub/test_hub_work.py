"""How work is cut, queued and decided; no model is needed."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.engines.local.huggingface.cosine_calibration import BUILT_IN, PAIRS, Scale, common, line, unit
from jsdf.engines.local.huggingface.serial_executor import Turns
from jsdf.engines.local.huggingface.tokenization import batches
from jsdf.engines.local.logit_scoring import Ballot, logistic
from jsdf.labels import parse


@given(st.lists(st.integers(1, 600)), st.integers(1, 2000))
def test_batches_hold_every_row_once_and_no_more_tokens_than_they_may(lengths, tokens):
    found = batches(lengths, tokens)
    assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))
    for batch in found:
        assert len(batch) == 1 or len(batch) * max(lengths[i] for i in batch) <= tokens
    longest = [lengths[batch[0]] for batch in found]
    assert longest == sorted(longest, reverse=True)


def test_passes_follow_each_other_in_order():
    turns, order, at_once, most = Turns(), [], [], []

    def work(i):
        at_once.append(i)
        most.append(len(at_once))
        order.append(i)
        at_once.remove(i)
        return i * i

    with ThreadPoolExecutor(4) as one, ThreadPoolExecutor(4) as other:
        futures = [turns.submit(one if i % 3 else other, lambda i=i: work(i)) for i in range(200)]
        assert [f.result() for f in futures] == [i * i for i in range(200)]
    assert order == list(range(200))
    assert set(most) == {1}


def test_nobody_waits_for_a_pass_that_failed_was_cancelled_or_lost_its_pool():
    turns, gate = Turns(), threading.Event()
    closed = ThreadPoolExecutor(1)
    closed.shutdown()
    with ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(1) as busy:
        first = turns.submit(pool, gate.wait)
        failed, lost = turns.submit(pool, lambda: 1 / 0), turns.submit(closed, lambda: 1)
        dropped, last = turns.submit(pool, lambda: 2), turns.submit(pool, lambda: 3)
        assert dropped.cancel()
        blocked = threading.Event()
        busy.submit(blocked.wait)
        behind = turns.submit(busy, lambda: 4)
        after = turns.submit(pool, lambda: 5)
        gate.set()
        assert first.result() is True
        with pytest.raises(ZeroDivisionError):
            failed.result()
        with pytest.raises(RuntimeError, match="shutdown"):
            lost.result()
        assert last.result() == 3
        busy.shutdown(wait=False, cancel_futures=True)
        blocked.set()
        with pytest.raises(RuntimeError, match="shut down"):
            behind.result()
        assert after.result() == 5


LOGITS = st.lists(st.floats(-30, 30), min_size=4, max_size=4)


def decide(labels, levels, margins, multiple=False):
    """Logits are given by description, so that labels may come in any order."""
    ballot = Ballot.of(parse(labels))
    columns = [[by[text] for _, text in ballot.members] for by in (levels, margins)]
    return ballot.decide(*[np.array([column]) for column in columns], multiple)


@given(LOGITS, LOGITS, st.permutations(["x", "y", "z"]), st.booleans())
def test_order_and_names_change_nothing(levels, margins, order, multiple):
    words = ["cat", "dog", "kitten", "rain"]
    labels = {"x": ["cat", "kitten"], "y": "dog", "z": "not rain"}
    by = [dict(zip(words, logits, strict=True)) for logits in (levels, margins)]
    one, scores = decide(labels, *by, multiple)
    other, turned = decide({f"{name}!": labels[name] for name in order}, *by, multiple)
    assert scores[0, [list("xyz").index(name) for name in order]].tolist() == turned[0].tolist()
    strip = [name.rstrip("!") for name in other[0]] if multiple else other[0].rstrip("!")
    assert (sorted(strip), one[0] if not multiple else 0) == (sorted(one[0]), strip if not multiple else 0)


@given(st.floats(-20, 20), st.floats(-20, 20), st.sampled_from(["not a cat", "other"]))
def test_against_its_complement_a_label_has_the_logistic_of_its_margin(level, margin, complement):
    for multiple in (False, True):
        found, scores = decide(["cat", complement], {"cat": level}, {"cat": margin}, multiple)
        np.testing.assert_allclose(scores[0], [logistic(np.float64(margin)), logistic(np.float64(-margin))], atol=1e-6)
        if abs(margin) > 1e-6:
            assert found == ([["cat"]] if multiple else ["cat"]) or margin < 0


@given(LOGITS, st.floats(-5, 5))
def test_a_rest_wins_where_no_label_has_a_positive_margin(levels, neutral):
    labels = ["cat", "dog", "sun", "rain"]
    by = dict(zip(labels, levels, strict=True))
    margins = {label: level - neutral for label, level in by.items()}
    found, scores = decide([*labels, "none of these"], by, margins)
    assert (found == ["none of these"]) == (max(levels) < neutral) or abs(max(levels) - neutral) < 1e-9
    np.testing.assert_allclose(scores.sum(), 1, atol=1e-6)


def test_several_descriptions_are_a_soft_maximum():
    found, scores = decide({"x": ["cat", "dog"], "y": "sun"}, *[{"cat": 9.0, "dog": -40.0, "sun": 8.0}] * 2)
    assert found == ["x"]
    np.testing.assert_allclose(scores[0, 0], 1 / (1 + 2 * np.exp(-1)), atol=1e-6)


@given(st.floats(0.05, 3), st.floats(-0.5, 0.9), st.integers(0, 1000))
def test_the_line_undoes_whatever_was_done_to_cosines(slope, offset, seed):
    rng = np.random.default_rng(seed)
    texts = np.eye(len(PAIRS))
    cosines = rng.normal(0.02, 0.05, texts.shape) + 0.3 * texts
    steep, start = line(cosines, texts)
    bent, begin = line(slope * cosines + offset, texts)
    np.testing.assert_allclose(bent * (slope * cosines + offset) + begin, steep * cosines + start, atol=1e-6)
    own = (steep * cosines + start)[texts == 1].mean()
    np.testing.assert_allclose(own, BUILT_IN[1], atol=1e-9)


@given(st.floats(1, 5), st.integers(0, 1000))
def test_what_all_embeddings_have_in_common_is_taken_off(strength, seed):
    rng = np.random.default_rng(seed)
    subjects = unit(rng.normal(size=(len(PAIRS), 256)))
    texts = unit(subjects + unit(rng.normal(size=subjects.shape)))
    constant = unit(rng.normal(size=(1, 256)))
    scale = Scale.of(unit(subjects + strength * constant), unit(texts + strength * constant))
    products = scale.texts(unit(texts + strength * constant)) @ scale.labels(unit(subjects + strength * constant)).T
    assert (products.argmax(axis=1) == np.arange(len(PAIRS))).all()
    np.testing.assert_allclose(np.diag(products).mean(), BUILT_IN[1], atol=1e-9)


@given(st.integers(0, 1000))
def test_embeddings_that_share_nothing_are_left_as_they_are(seed):
    directions = np.linalg.qr(np.random.default_rng(seed).normal(size=(32, 12)))[0].T
    assert np.abs(common(directions)).max() < 1e-6
