"""Kernel classifier of a few examples, added to the zero-shot scores as far as the examples bear it out.

The logit of a class is `z + strength x f`. z is the logarithm of the class's zero-shot score, and f a kernel ridge
regression (Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd edition, section 5.8.2) of "has
this class", 0 or 1, on the embedding. The kernel of two vectors of length 1 is `(exp(3 c) - 1) / (exp(3) - 1)`, where c
is their cosine: 1 for equal vectors and 0 for orthogonal ones. So an example changes the scores of what is like it, and
hardly those of anything else, and a class without examples keeps its zero-shot logit.

The strength is chosen by leaving one example out: the one with the highest likelihood of the examples, each judged by
the others, of eight times more or less than 3 in all, and a prior that keeps it near 3. Stacking is the name of this
in the field (Wolpert 1992). What f gives to an example that is left out follows from the fit to all of them, without
another fit. An example that is alone with its class judges nothing: without it the class is not known. With one for
each class the strength is therefore 3.

A linear head whose offset is the zero-shot score (`head`) learns most from the examples that zero-shot scores get
wrong, which are often odd ones, and changes the scores of all samples: with one example a label, it lost accuracy on
more sets. The kernel head holds the vectors of its examples, so it is not for engines that are saved.

The constants were chosen with 1 and 5 examples a label on 15 sets of images and texts, and tested on Tux Paint's six
folders with and without drawings. Choosing on those two instead gave a kernel of 4 and a prior three times as strong:
as accurate on the two, and less on most of the others. `tests/benchmarks/examples_accuracy.py` measures the accuracy.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.engines.local.learned.head import check_shapes, log_scores, softmax, usable_samples

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Floats32 = npt.NDArray[np.float32]

_CONCENTRATION, _RIDGE, _STRENGTH = 3.0, 0.1, 3.0
#: Factors of the strength that are tried; each costs half its squared natural logarithm, in nats.
_FACTORS = 2.0 ** np.arange(-2, 2.25, 0.5)


@dataclass(frozen=True, eq=False)
class KernelHead:
    """A fitted classifier. Make it with `fit_kernel_head`.

    Args:
        anchors: Vectors of the examples, of length 1, float64 of shape (examples, width).
        weights: float64 of shape (classes, examples), with the strength in it.
    """

    anchors: Floats
    weights: Floats

    def scores(self, vectors: Floats32 | None, scores: Floats32) -> Floats32:
        """Return the scores of samples; those of one never depend on the others.

        Args:
            vectors: Embeddings, float32 of shape (samples, width).
            scores: Zero-shot scores, float32 of shape (samples, classes).

        Returns:
            float32 of shape (samples, classes), which sum to 1 in each row; nan for a sample whose scores or vector are
            nan.

        Raises:
            ValueError: The shapes do not fit the head.
        """
        logs = log_scores(scores, multiple=False)
        inputs = check_shapes(vectors, logs, width=self.anchors.shape[1], classes=len(self.weights))
        learned = np.empty(logs.shape, dtype=np.float32)
        for position, (row, offset) in enumerate(zip(inputs, logs, strict=True)):
            # Multiply and sum in a fixed shape: BLAS may add in a different order for a different shape.
            likeness = _kernel((self.anchors * _unit(row[None].astype(np.float64))).sum(axis=1))
            learned[position] = softmax(offset + (self.weights * likeness).sum(axis=1))
        return learned


def fit_kernel_head(vectors: Floats32, scores: Floats32, targets: npt.NDArray[Any]) -> KernelHead:
    """Fit a kernel head on examples with one label each.

    Args:
        vectors: Embeddings, float32 of shape (examples, width).
        scores: Zero-shot scores, float32 of shape (examples, classes).
        targets: Position of the class of each example, int of shape (examples,).

    Returns:
        The head. Examples whose scores or vector hold nan, and those with the target -1, are left out.

    Raises:
        InvalidInputError: No example is left to learn from.
    """
    from threadpoolctl import threadpool_limits

    logs = log_scores(scores, multiple=False)
    inputs, logs, targets = usable_samples(np.asarray(vectors, dtype=np.float64), logs, targets, multiple=False)
    hot = np.eye(logs.shape[1])[targets]
    with threadpool_limits(1, user_api="blas"):
        anchors = _unit(inputs)
        inverse = np.linalg.inv(_kernel(anchors @ anchors.T) + _RIDGE * np.eye(len(anchors)))
        weights = inverse @ hot
        left_out = hot - weights / np.diag(inverse)[:, None]
    has_others = hot.sum(axis=0)[targets] >= 2
    strength = _choose_strength(logs[has_others], left_out[has_others], targets[has_others])
    return KernelHead(anchors, strength * weights.T)


def _choose_strength(logs: Floats, left_out: Floats, targets: npt.NDArray[np.intp]) -> float:
    """Return the strength with the highest posterior probability, given what the others say of each example."""
    losses = []
    for factor in _FACTORS:
        logits = logs + factor * _STRENGTH * left_out
        log_likelihoods = logits[np.arange(len(targets)), targets] - np.logaddexp.reduce(logits, axis=1)
        losses.append(np.log(factor) ** 2 / 2 - log_likelihoods.sum())
    return float(_STRENGTH * _FACTORS[int(np.argmin(losses))])


def _kernel(cosines: Floats) -> Floats:
    kernel: Floats = np.expm1(_CONCENTRATION * cosines) / np.expm1(_CONCENTRATION)
    return kernel


def _unit(vectors: Floats) -> Floats:
    lengths = np.sqrt((vectors * vectors).sum(axis=1, keepdims=True))
    unit: Floats = vectors / np.where(lengths > 0, lengths, 1.0)
    return unit
