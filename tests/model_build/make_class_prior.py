"""Build `jsdf/engines/local/efficientnet/class_prior.npy` from clip art; see README.md in this folder.

The file holds the mean probability that the network gives to each class on 2,597 drawings of all subjects, float32 of
shape (1000,): how often it sees each class where there is little reason to.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import random
from pathlib import Path

import numpy as np

from jsdf.engines.local import image_classifier
from jsdf.images import open_picture

PNG = Path("/usr/share/openclipart/png")
MAX_FILES, MAX_BYTES = 2600, 400_000


def probabilities(path: Path) -> np.ndarray:
    image = open_picture(path.read_bytes(), min_side=image_classifier.ImageClassifier.min_side, allow_larger=True)
    return image_classifier._predict(image).probabilities


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("output", type=Path)
    parser.add_argument("--folder", type=Path, default=PNG)
    arguments = parser.parse_args()
    files = sorted(arguments.folder.rglob("*.png"))
    random.Random(0).shuffle(files)
    chosen = [path for path in files[:MAX_FILES] if path.stat().st_size <= MAX_BYTES]
    mean = np.mean([probabilities(path) for path in chosen], axis=0)
    buffer = io.BytesIO()
    np.save(buffer, mean.astype(np.float32))
    arguments.output.write_bytes(buffer.getvalue())
    print(len(chosen), hashlib.sha256(buffer.getvalue()).hexdigest())


if __name__ == "__main__":
    main()
