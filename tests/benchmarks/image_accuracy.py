"""How often the offline image engine is right, beside the plain form of the same method.

    apt-get install --no-install-recommends tuxpaint-stamps-default gcompris-qt-data
    python tests/benchmarks/image_accuracy.py [--stamps FOLDER] [--gcompris FOLDER]

Both are sets of Debian 12: Tux Paint's stamps (version 2022.06.04, of which a good part is drawn), and GCompris'
pictures (3.1). Labels are the names of folders and files as they are; see `image_sets.py`. The engine's
constants were chosen on GCompris' pictures, its rules with both sets in view.

- names: each ImageNet class described by its name, weighted by its probability, compared with the label.
- hypernyms: likewise by its name and what WordNet puts above it.
- ours: the engine.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import image_sets
import numpy as np

import jsdf
from jsdf.engines.base import Question
from jsdf.engines.local import image_classifier
from jsdf.engines.local.efficientnet import wordnet
from jsdf.engines.local.model_files import CONCEPTS
from jsdf.labels import Label, parse

SHOTS = (1, 3, 5)
REPEATS = 10


def once(look: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Many questions are asked of the same pictures: the network looks at each once."""
    seen: dict[int, Any] = {}

    def remembered(picture: Any) -> Any:
        if id(picture) not in seen:
            seen[id(picture)] = (look(picture), picture)  # which is kept, so that no other has its id
        return seen[id(picture)][0]

    return remembered


image_classifier._look = once(image_classifier._look)


def ask(pictures: Any, labels: Any, *, multiple: bool = False, examples: Any = None) -> list[Any]:
    async def go(pool: ThreadPoolExecutor) -> list[Any]:
        question = Question(parse(labels), kind="image", multiple=multiple)
        return list(
            (await image_classifier.ImageClassifier(pool).classify(question, pictures, examples or {})).predictions
        )

    with ThreadPoolExecutor(2) as pool:
        return asyncio.run(go(pool))


@cache
def descriptions(above: bool) -> np.ndarray:
    """Of each class, its name, with at most six hypernyms where `above`; shape (1000, 384)."""
    with np.load(Path(wordnet.__file__).with_name(CONCEPTS)) as stored:
        names = [name.decode() for name in stored["names"]]
    known = wordnet.load()
    texts = []
    for chain in np.split(known.chains, known.starts[1:]):
        more = ", ".join(names[concept] for concept in chain[1:7])
        texts.append(f"{names[chain[0]]} ({more})" if above else names[chain[0]])
    return np.array([image_classifier._embed(text) for text in texts])


def plain(pictures: Any, labels: list[str], above: bool) -> list[str]:
    with ThreadPoolExecutor(2) as pool:
        classes = np.array([sight.classes for sight in pool.map(image_classifier._look, pictures)])
    means = classes @ descriptions(above)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    return [
        labels[i] for i in (means @ np.array([image_classifier._embed(label) for label in labels]).T).argmax(axis=1)
    ]


def share(found: Any, truth: Any) -> float:
    return float(np.mean([a == b for a, b in zip(found, truth, strict=True)]))


def by_label(found: Any, truth: Any) -> float:
    """The mean over labels of the share that is right."""
    pairs = list(zip(found, truth, strict=True))
    return float(np.mean([np.mean([a == b for a, b in pairs if b == label]) for label in sorted(set(truth))]))


def in_words(given: image_sets.Pictures) -> None:
    figures = [share(plain(given.pictures, given.labels, above), given.truth) for above in (False, True)]
    found = ask(given.pictures, given.labels)
    row(given, f"one of {len(given.labels)}", "accuracy", *figures, ours=share(found, given.truth))
    row(given, f"one of {len(given.labels)}", "mean over labels", ours=by_label(found, given.truth))


def against_the_rest(given: image_sets.Pictures) -> None:
    """Each label X alone, as ["X", "not X"]."""
    figures = []
    for label in given.labels:
        pair = [label, f"not {label}"]
        truth = [pair[each != label] for each in given.truth]
        figures.append(by_label(ask(given.pictures, pair), truth))
    row(given, "X, not X", "mean over labels", ours=float(np.mean(figures)))


def by_example(given: image_sets.Pictures, shots: int, words: bool) -> None:
    """Labels shown by a few of the pictures, asked about the rest; every second one in words where `words`."""
    pick = random.Random(shots)
    kinds = [label for label in given.labels if given.truth.count(label) > shots + 2]
    figures = []
    for _ in range(REPEATS if len(kinds) > 1 else 0):
        pick.shuffle(kinds)
        shown = kinds[::2] if words else kinds
        chosen = {
            label: pick.sample([i for i, each in enumerate(given.truth) if each == label], shots) for label in shown
        }
        used = {i for positions in chosen.values() for i in positions}
        labels = {
            label: [Label(str(i), type="image") for i in chosen[label]] if label in chosen else label for label in kinds
        }
        asked = [i for i, each in enumerate(given.truth) if i not in used and each in kinds]
        examples = {str(i): given.pictures[i] for i in used}
        found = ask([given.pictures[i] for i in asked], labels, examples=examples)
        figures.append(share(found, [given.truth[i] for i in asked]))
    task = f"{shots} example{'s' * (shots > 1)}, {len(kinds)} labels" + (", half words" if words else "")
    if figures:
        row(given, task, "accuracy", ours=float(np.mean(figures)))


def row(
    given: Any, task: str, measure: str, names: float = np.nan, above: float = np.nan, ours: float = np.nan
) -> None:
    cells = "".join(f"{figure:11.3f}" if figure == figure else " " * 11 for figure in (names, above, ours))
    mark = "tuned" if given.tuned else ""
    print(f"{given.name:28}{len(given.pictures):5}  {task:34}{measure:18}{cells}  {mark}", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--stamps", type=Path, default=image_sets.STAMPS)
    arguments.add_argument("--gcompris", type=Path, default=image_sets.GCOMPRIS)
    given = arguments.parse_args()
    sets = image_sets.stamps(given.stamps) if given.stamps.is_dir() else []
    sets += image_sets.gcompris(given.gcompris) if given.gcompris.is_dir() else []
    print(f"jsdf {jsdf.__version__}, {image_classifier.ImageClassifier.identity}")
    print(f"{'set':28}{'n':>5}  {'task':34}{'measure':18}{'names':>11}{'hypernyms':>11}{'ours':>11}")
    for each in sets:
        in_words(each)
        against_the_rest(each)
        for shots in SHOTS:
            by_example(each, shots, words=False)
        by_example(each, 3, words=True)


if __name__ == "__main__":
    main()
