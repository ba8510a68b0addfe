"""Make `jsdf/engines/local/vision/concepts.npz` from WordNet's nouns; see README.md beside this file.

The thousand classes of ImageNet and everything that WordNet puts above them (1 860 concepts), each with one
vector: the mean of the text model's embeddings of its first name, of its first five names, and of its first
name with the first part of its gloss.
"""

from __future__ import annotations

import argparse
import hashlib
import io
from pathlib import Path

import numpy as np

from jsdf.engines.local.minilm import model


def nouns(path: Path) -> dict[str, tuple[list[str], str, list[str]]]:
    """Offset -> names, gloss, offsets of the hypernyms (wndb(5WN) describes the file)."""
    found = {}
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("  "):  # the licence
            continue
        fields, gloss = line.split("|", 1)
        words = fields.split()
        count = int(words[3], 16)
        names = [words[4 + 2 * i].replace("_", " ") for i in range(count)]
        rest = words[5 + 2 * count :]
        above = [rest[i + 1] for i in range(0, 4 * int(words[4 + 2 * count]), 4) if rest[i] in ("@", "@i")]
        found[words[0]] = (names, gloss.strip(), above)
    return found


def closure(classes: list[str], known: dict[str, tuple[list[str], str, list[str]]]) -> list[str]:
    """The classes and everything above them, sorted."""
    found, waiting = set(), list(classes)
    while waiting:
        offset = waiting.pop()
        if offset not in found:
            found.add(offset)
            waiting.extend(known[offset][2])
    return sorted(found)


def embedded(texts: list[str]) -> np.ndarray:
    loaded = model.load()
    return np.array([loaded.embed([loaded.tokens(text)])[0] for text in texts], dtype=np.float64)


def vectors(concepts: list[tuple[list[str], str, list[str]]]) -> np.ndarray:
    first = embedded([names[0] for names, _, _ in concepts])
    names = embedded([", ".join(names[:5]) for names, _, _ in concepts])
    gloss = embedded([f"{names[0]}: {gloss.split(';')[0]}" for names, gloss, _ in concepts])
    return (first + names + gloss) / 3


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("wordnet", type=Path, help="data.noun of WordNet 3.0")
    arguments.add_argument("classes", type=Path, help="the WordNet ids of ImageNet's classes, a line each, in order")
    arguments.add_argument("target", type=Path)
    given = arguments.parse_args()
    known = nouns(given.wordnet)
    classes = [line[1:] for line in given.classes.read_text().split()]
    offsets = closure(classes, known)
    position = {offset: i for i, offset in enumerate(offsets)}
    means = vectors([known[offset] for offset in offsets])
    scale = (np.abs(means).max(axis=1) / 127).astype(np.float32)
    pairs = [(position[offset], position[above]) for offset in offsets for above in known[offset][2]]
    content = io.BytesIO()
    np.savez_compressed(
        content,
        vectors=np.round(means / scale[:, None]).astype(np.int8),
        scale=scale,
        above=np.array(pairs, dtype=np.uint16),
        classes=np.array([position[offset] for offset in classes], dtype=np.uint16),
        names=np.array([known[offset][0][0] for offset in offsets]).astype("S"),
        text_model=np.array(model.SHA256).astype("S"),
    )
    given.target.write_bytes(content.getvalue())
    digest = hashlib.sha256(content.getvalue()).hexdigest()
    print(f"{given.target}: {len(offsets)} concepts, {len(content.getvalue())} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
