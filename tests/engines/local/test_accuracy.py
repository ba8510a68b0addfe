"""How often the engine is right on the labelled sets of `tests/support/data/`, beside the plain form.

The figures of the README come from `tests/benchmarks/local_accuracy.py`, which reads these sets too. The floors
are a little below what was measured, since another processor may round otherwise.
"""

from __future__ import annotations

import labelled_sets
import numpy as np
import pytest

from jsdf.engines.local.minilm import batching, model

SETS = {found.name: found for found in labelled_sets.shipped()}


def _plain(texts, labels):
    """The likeness to "This text is about {label}.", and nothing else."""
    loaded = model.load()

    def embed(rows):
        ids = [loaded.tokens(row) for row in rows]
        vectors = np.empty((len(ids), 384))
        for run in batching.plan_batches([len(row) for row in ids]):
            vectors[run] = loaded.embed([ids[i] for i in run])
        return vectors

    likeness = embed(texts) @ embed([f"This text is about {label}." for label in labels]).T
    return [labels[i] for i in likeness.argmax(axis=1)]


@pytest.mark.parametrize(
    ("name", "floor", "gain"), [("SMS spam", 0.84, 0.15), ("product reviews", 0.79, 0.04), ("chat topics", 0.71, 0.0)]
)
def test_it_is_right_more_often_than_the_plain_form(ask, name, floor, gain):
    found = SETS[name]
    ours = np.mean([a == b for a, b in zip(ask(list(found.texts), found.labels).predictions, found.truth, strict=True)])
    plain = np.mean([a == b for a, b in zip(_plain(found.texts, found.labels), found.truth, strict=True)])
    assert ours >= floor
    assert ours >= plain + gain


def test_one_topic_against_the_rest(ask):
    """Chat topics as ["X", "not X"]: the mean of the shares right in and out of X."""
    found = SETS["chat topics"]
    shares = []
    for label in ("money", "literature", "coding"):
        right = np.array(ask(list(found.texts), [label, f"not {label}"]).predictions) == label
        truth = np.array(found.truth) == label
        shares.append((right[truth].mean() + (~right[~truth]).mean()) / 2)
    assert np.mean(shares) >= 0.75
