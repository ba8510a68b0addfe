"""Measure the accuracy of the built-in image classifier, compared with two plain forms of the same method.

    apt-get install --no-install-recommends tuxpaint-stamps-default gcompris-qt-data
    python tests/benchmarks/image_accuracy.py [--stamps FOLDER] [--gcompris FOLDER]

Both data sets are packages of Debian 12: Tux Paint's stamps (version 2022.06.04, many of them drawings), and GCompris'
images (3.1). Labels are the names of folders and files, unchanged; see `image_sets.py`. The engine's constants were
chosen on GCompris' images, its rules with both sets in view.

- names: embeddings of the names of the ImageNet classes, weighted by probability, compared with the label's embedding.
- hypernyms: the same, with the WordNet hypernyms of each class added to its name.
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
from bench import show

from jsdf.engines.base import Question
from jsdf.engines.local import image_classifier
from jsdf.engines.local.efficientnet import wordnet
from jsdf.labels import Label, parse

SHOTS = (1, 3, 5)
REPEATS = 10
#: Labels that stand for a single class or a few.
NARROW = ["dinosaur", "violin", "lighthouse", "penguin", "hammer", "snake", "umbrella", "piano", "volcano", "jellyfish"]


def cached(predict: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Cache the network's output for each image, since many questions are asked about the same images."""
    outputs: dict[int, Any] = {}

    def cached_predict(image: Any) -> Any:
        if id(image) not in outputs:
            outputs[id(image)] = (predict(image), image)  # keep the image, so that its id is not reused
        return outputs[id(image)][0]

    return cached_predict


image_classifier._predict = cached(image_classifier._predict)


def classify(images: Any, labels: Any, *, multiple: bool = False, examples: Any = None) -> list[Any]:
    async def run(pool: ThreadPoolExecutor) -> list[Any]:
        question = Question(parse(labels), kind="image", multiple=multiple)
        reply = await image_classifier.ImageClassifier(pool).classify(question, images, examples or {})
        return list(reply.predictions)

    with ThreadPoolExecutor(2) as pool:
        return asyncio.run(run(pool))


@cache
def class_embeddings(with_hypernyms: bool) -> np.ndarray:
    """Embed the name of each class, with up to six hypernyms if `with_hypernyms`; shape (1000, 384)."""
    with np.load(Path(wordnet.__file__).with_name("concepts.npz")) as stored:
        names = [name.decode() for name in stored["names"]]
    concepts = wordnet.load()
    texts = []
    for chain in np.split(concepts.chains, concepts.starts[1:]):
        hypernyms = ", ".join(names[concept] for concept in chain[1:7])
        texts.append(f"{names[chain[0]]} ({hypernyms})" if with_hypernyms else names[chain[0]])
    return np.array([image_classifier._embed(text) for text in texts])


def plain(images: Any, labels: list[str], with_hypernyms: bool) -> list[str]:
    with ThreadPoolExecutor(2) as pool:
        probabilities = np.array([output.probabilities for output in pool.map(image_classifier._predict, images)])
    means = probabilities @ class_embeddings(with_hypernyms)
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    label_vectors = np.array([image_classifier._embed(label) for label in labels])
    return [labels[i] for i in (means @ label_vectors.T).argmax(axis=1)]


def accuracy(predictions: Any, truth: Any) -> float:
    return float(np.mean([a == b for a, b in zip(predictions, truth, strict=True)]))


def mean_over_labels(predictions: Any, truth: Any) -> float:
    """Return the mean over labels of the accuracy among the images of each label."""
    pairs = list(zip(predictions, truth, strict=True))
    return float(np.mean([np.mean([a == b for a, b in pairs if b == label]) for label in sorted(set(truth))]))


def by_description(dataset: image_sets.LabelledImages) -> None:
    plain_accuracies = [
        accuracy(plain(dataset.images, dataset.labels, with_hypernyms), dataset.truth)
        for with_hypernyms in (False, True)
    ]
    predictions = classify(dataset.images, dataset.labels)
    task = f"one of {len(dataset.labels)}"
    show_row(dataset, task, "accuracy", *plain_accuracies, ours=accuracy(predictions, dataset.truth))
    show_row(dataset, task, "mean over labels", ours=mean_over_labels(predictions, dataset.truth))


def against_the_rest(dataset: image_sets.LabelledImages) -> None:
    """Classify by each label X alone, as ["X", "not X"]."""
    figures = []
    for label in dataset.labels:
        pair = [label, f"not {label}"]
        truth = [pair[true_label != label] for true_label in dataset.truth]
        figures.append(mean_over_labels(classify(dataset.images, pair), truth))
    show_row(dataset, "X, not X", "mean over labels", ours=float(np.mean(figures)))


def with_a_narrow_label(dataset: image_sets.LabelledImages) -> None:
    """Add a label that stands for few classes and that no image shows, one after the other."""
    extra = [label for label in NARROW if label not in dataset.labels]
    figures = [accuracy(classify(dataset.images, [*dataset.labels, label]), dataset.truth) for label in extra]
    show_row(dataset, f"and one of {len(extra)} that no image shows", "mean accuracy", ours=float(np.mean(figures)))


def by_example(dataset: image_sets.LabelledImages, shots: int, half_described: bool) -> None:
    """Classify by a few example images per label; every second label has a description instead if `half_described`."""
    generator = random.Random(shots)
    names = [label for label in dataset.labels if dataset.truth.count(label) > shots + 2]
    figures = []
    for _ in range(REPEATS if len(names) > 1 else 0):
        generator.shuffle(names)
        by_image = names[::2] if half_described else names
        chosen = {
            label: generator.sample([i for i, true_label in enumerate(dataset.truth) if true_label == label], shots)
            for label in by_image
        }
        used = {i for positions in chosen.values() for i in positions}
        labels = {
            label: [Label(str(i), type="image") for i in chosen[label]] if label in chosen else label for label in names
        }
        tested = [i for i, true_label in enumerate(dataset.truth) if i not in used and true_label in names]
        examples = {str(i): dataset.images[i] for i in used}
        predictions = classify([dataset.images[i] for i in tested], labels, examples=examples)
        figures.append(accuracy(predictions, [dataset.truth[i] for i in tested]))
    task = f"{shots} example{'s' * (shots > 1)}, {len(names)} labels" + (", half texts" if half_described else "")
    if figures:
        show_row(dataset, task, "accuracy", ours=float(np.mean(figures)))


def show_row(
    dataset: Any, task: str, measure: str, names: float = np.nan, hypernyms: float = np.nan, ours: float = np.nan
) -> None:
    figures = {"names": names, "hypernyms": hypernyms, "jsdf": ours}
    columns = {name: f"{figure:.3f}" if figure == figure else "" for name, figure in figures.items()}
    show(f"{dataset.name} ({len(dataset.images)}), {task}: {measure}", columns, "tuned" if dataset.is_tuned else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stamps", type=Path, default=image_sets.STAMPS)
    parser.add_argument("--gcompris", type=Path, default=image_sets.GCOMPRIS)
    arguments = parser.parse_args()
    datasets = image_sets.stamps(arguments.stamps) if arguments.stamps.is_dir() else []
    datasets += image_sets.gcompris(arguments.gcompris) if arguments.gcompris.is_dir() else []
    for dataset in datasets:
        by_description(dataset)
        against_the_rest(dataset)
        with_a_narrow_label(dataset)
        for shots in SHOTS:
            by_example(dataset, shots, half_described=False)
        by_example(dataset, 3, half_described=True)


if __name__ == "__main__":
    main()
