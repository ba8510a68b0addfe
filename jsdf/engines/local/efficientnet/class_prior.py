"""Correct the network's probabilities for classes that it sees too often.

On drawings, and on photographs of what is none of its thousand classes, the network spreads its probability, and some
classes (clocks, envelopes, hooks, binders) get up to 17 times their share by habit. Such a class says little, yet a
label that stands for it needs little to win. The probabilities are therefore divided by a prior and scaled to a sum of
1, as is usual where classes are not equally frequent (Saerens, Latinne and Decaestecker 2002). 0.3 of the prior is the
same for all classes; 0.7 is the mean probability on clip art of all subjects, which is in none of the sets of the
benchmarks. The parts were chosen on Tux Paint's stamps and GCompris' images, of 0.3, 0.5, 0.7, 0.9 and 1 for clip art.
"""

from __future__ import annotations

import io
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from jsdf.engines.local.efficientnet.network import read_file

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

_CLIP_ART_PART = 0.7
#: Digest of `class_prior.npy`, which is made by `tests/model_build/make_class_prior.py`.
SHA256 = "83fbf598bcc3222f95e4c2be5ac3c0f12f786519792fd5f1e9c32aeb416db28a"


@cache
def load() -> Floats:
    """Return the prior of each class, float64 of shape (1000,), of mean 1; the first call reads and verifies the file.

    Raises:
        ModelError: The file is missing or its digest differs.
    """
    stored = np.load(io.BytesIO(read_file("class_prior.npy", SHA256)), allow_pickle=False).astype(np.float64)
    prior: Floats = (1 - _CLIP_ART_PART) + _CLIP_ART_PART * stored / stored.mean()
    return prior


def correct(probabilities: npt.NDArray[np.floating]) -> Floats:
    """Return class probabilities of shape (1000,) that the prior has no part in; their sum is 1."""
    weighed = probabilities / load()
    corrected: Floats = weighed / weighed.sum()
    return corrected
