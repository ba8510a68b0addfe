"""Build `jsdf/engines/local/efficientnet/concepts.npz` from WordNet's nouns; see README.md in this folder.

The file holds the thousand classes of ImageNet and all WordNet concepts above them (1 860 concepts), each with one
vector: the mean of the text model's embeddings of its first name, of its first five names, and of its first name with
the first part of its gloss.
"""

from __future__ import annotations

import argparse
import hashlib
import io
from pathlib import Path

import numpy as np

from jsdf.engines.local.minilm import model


def read_nouns(path: Path) -> dict[str, tuple[list[str], str, list[str]]]:
    """Map each offset to names, gloss and offsets of the hypernyms (the format is described in wndb(5WN))."""
    concepts = {}
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("  "):  # the licence
            continue
        fields, gloss = line.split("|", 1)
        words = fields.split()
        count = int(words[3], 16)
        names = [words[4 + 2 * i].replace("_", " ") for i in range(count)]
        rest = words[5 + 2 * count :]
        above = [rest[i + 1] for i in range(0, 4 * int(words[4 + 2 * count]), 4) if rest[i] in ("@", "@i")]
        concepts[words[0]] = (names, gloss.strip(), above)
    return concepts


def closure(classes: list[str], nouns: dict[str, tuple[list[str], str, list[str]]]) -> list[str]:
    """Return the classes and all concepts above them, sorted."""
    offsets, queue = set(), list(classes)
    while queue:
        offset = queue.pop()
        if offset not in offsets:
            offsets.add(offset)
            queue.extend(nouns[offset][2])
    return sorted(offsets)


def embed(texts: list[str]) -> np.ndarray:
    loaded = model.load()
    return np.array([loaded.embed([loaded.tokens(text)])[0] for text in texts], dtype=np.float64)


def vectors(concepts: list[tuple[list[str], str, list[str]]]) -> np.ndarray:
    first = embed([names[0] for names, _, _ in concepts])
    names = embed([", ".join(names[:5]) for names, _, _ in concepts])
    gloss = embed([f"{names[0]}: {gloss.split(';')[0]}" for names, gloss, _ in concepts])
    return (first + names + gloss) / 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wordnet", type=Path, help="data.noun of WordNet 3.0")
    parser.add_argument("classes", type=Path, help="the WordNet ids of ImageNet's classes, one per line, in order")
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    nouns = read_nouns(arguments.wordnet)
    classes = [line[1:] for line in arguments.classes.read_text().split()]
    offsets = closure(classes, nouns)
    position = {offset: i for i, offset in enumerate(offsets)}
    means = vectors([nouns[offset] for offset in offsets])
    scale = (np.abs(means).max(axis=1) / 127).astype(np.float32)
    pairs = [(position[offset], position[above]) for offset in offsets for above in nouns[offset][2]]
    content = io.BytesIO()
    np.savez_compressed(
        content,
        vectors=np.round(means / scale[:, None]).astype(np.int8),
        scale=scale,
        above=np.array(pairs, dtype=np.uint16),
        classes=np.array([position[offset] for offset in classes], dtype=np.uint16),
        names=np.array([nouns[offset][0][0] for offset in offsets]).astype("S"),
        text_model=np.array(model.SHA256).astype("S"),
    )
    arguments.target.write_bytes(content.getvalue())
    digest = hashlib.sha256(content.getvalue()).hexdigest()
    print(f"{arguments.target}: {len(offsets)} concepts, {len(content.getvalue())} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
