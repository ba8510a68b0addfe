"""Accuracy of the engine on the labelled sets of `tests/support/data/`, compared with a plain cosine similarity.

The figures of the documentation come from `tests/benchmarks/local_accuracy.py`, which reads these sets too. The
minimum values are a little below those measured, since another processor may round differently.
"""

from __future__ import annotations

import labelled_sets
import numpy as np
import pytest

from jsdf.engines.local.minilm import batching, model

SETS = {dataset.name: dataset for dataset in labelled_sets.shipped()}


def _plain(texts, labels):
    """Labels by cosine similarity to "This text is about {label}.", without the engine's rules."""
    loaded = model.load()

    def embed(rows):
        ids = [loaded.tokens(row) for row in rows]
        vectors = np.empty((len(ids), 384))
        for batch in batching.plan_batches([len(row) for row in ids]):
            vectors[batch] = loaded.embed([ids[i] for i in batch])
        return vectors

    cosines = embed(texts) @ embed([f"This text is about {label}." for label in labels]).T
    return [labels[i] for i in cosines.argmax(axis=1)]


@pytest.mark.parametrize(
    ("name", "floor", "gain"), [("SMS spam", 0.84, 0.15), ("product reviews", 0.79, 0.04), ("chat topics", 0.71, 0.0)]
)
def test_accuracy_is_higher_than_that_of_plain_similarity(ask, name, floor, gain):
    dataset = SETS[name]
    predictions = ask(list(dataset.texts), dataset.labels).predictions
    ours = np.mean([a == b for a, b in zip(predictions, dataset.truth, strict=True)])
    plain = np.mean([a == b for a, b in zip(_plain(dataset.texts, dataset.labels), dataset.truth, strict=True)])
    assert ours >= floor
    assert ours >= plain + gain


def test_one_topic_against_the_rest(ask):
    """Chat topics as ["X", "not X"]: the mean of the accuracies inside and outside X."""
    dataset = SETS["chat topics"]
    shares = []
    for label in ("money", "literature", "coding"):
        right = np.array(ask(list(dataset.texts), [label, f"not {label}"]).predictions) == label
        truth = np.array(dataset.truth) == label
        shares.append((right[truth].mean() + (~right[~truth]).mean()) / 2)
    assert np.mean(shares) >= 0.75
