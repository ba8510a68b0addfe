"""Linear classifier that corrects zero-shot scores: regularised logistic regression with the scores as its offset.

The logit of a class is `slope x z + weights . v + bias`. z is the logarithm of the class's zero-shot score (of the
odds, where a sample may have several labels), and v the sample's embedding; without embeddings, v is all of z. A
penalty pulls `slope` to 1, and `bias` and `weights` to 0, so that a head that was fitted on nothing gives the zero-shot
scores, and one that was fitted on a few samples stays close to them. With one label a sample the loss is that of
multinomial logistic regression; otherwise each class is a binary regression of its own. A class that no sample has
keeps the logit of its zero-shot score, unless samples may have several labels: there its absence is something to learn.

The penalties are chosen by cross-validation, from the range in which accuracy was best on Reuters R8, 20 newsgroups and
Tux Paint's stamps with 1 to 1,000 samples (`tests/benchmarks/examples_accuracy.py`). Weaker ones looked better to
cross-validation on few samples, and were not; with fewer than three for each class the penalties are fixed. A weak
penalty of the bias was better on random samples, and worse on a few of each class, whose numbers say nothing about the
frequency of the classes. See Hastie, Tibshirani and Friedman, The Elements of Statistical Learning, 2nd edition,
sections 4.4 and 7.10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.engines.local.learned.regression import ROUGH_PRECISION, Solution, TrainingData
from jsdf.engines.local.logit_scoring import logistic
from jsdf.errors import InvalidInputError, MissingExtraError

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Floats32 = npt.NDArray[np.float32]

#: Scores are clipped to this distance from 0 and 1, so that their logarithms are bounded.
_MIN_SCORE = 1e-4
#: Penalties of the weights and of the bias, strongest first, and those for too few samples to choose by.
_PENALTIES = ((3.0, 10.0), (1.0, 10.0), (0.3, 10.0), (0.1, 10.0), (0.1, 1.0), (0.03, 1.0))
_DEFAULT_PENALTIES = (0.3, 10.0)
_FOLDS, _MIN_SAMPLES_PER_CLASS = 5, 3


@dataclass(frozen=True, eq=False)
class Head:
    """A fitted classifier. Make it with `fit_head`.

    Args:
        slope: Factor of the logarithm of the zero-shot score.
        bias: float64 of shape (classes,).
        weights: float64 of shape (classes, width); of shape (classes, classes) without embeddings.
        multiple: True if a sample may have any number of labels.
        has_vectors: True if the weights are those of embeddings.
    """

    slope: float
    bias: Floats
    weights: Floats
    multiple: bool
    has_vectors: bool

    def scores(self, vectors: Floats32 | None, scores: Floats32) -> Floats32:
        """Return the scores of samples; those of one never depend on the others.

        Args:
            vectors: Embeddings, float32 of shape (samples, width); None for a head without them.
            scores: Zero-shot scores, float32 of shape (samples, classes).

        Returns:
            float32 of shape (samples, classes), which sum to 1 in each row unless a sample may have several labels; nan
            for a sample whose scores or vector are nan.

        Raises:
            ValueError: The shapes do not fit the head.
        """
        logs = log_scores(scores, multiple=self.multiple)
        inputs = vectors if self.has_vectors else logs
        inputs = check_shapes(inputs, logs, width=self.weights.shape[1], classes=len(self.bias))
        learned = np.empty(logs.shape, dtype=np.float32)
        for position, (row, offset) in enumerate(zip(inputs, logs, strict=True)):
            # Multiply and sum in a fixed shape: BLAS may add in a different order for a different shape.
            logits = self.slope * offset + self.bias + (self.weights * row.astype(np.float64)).sum(axis=1)
            learned[position] = logistic(logits) if self.multiple else softmax(logits)
        return learned


def log_scores(scores: npt.NDArray[Any], *, multiple: bool) -> Floats:
    """Return the logarithms of scores, centred in each row; of their odds if a sample may have several labels."""
    clipped = np.clip(np.asarray(scores, dtype=np.float64), _MIN_SCORE, 1 - _MIN_SCORE)
    if multiple:
        odds: Floats = np.log(clipped / (1 - clipped))
        return odds
    logs = np.log(clipped)
    centred: Floats = logs - logs.mean(axis=1, keepdims=True)
    return centred


def fit_head(
    vectors: Floats32 | None, scores: Floats32, targets: npt.NDArray[Any], *, multiple: bool, seed: int = 0
) -> Head:
    """Fit a head on labelled samples.

    Args:
        vectors: Embeddings, float32 of shape (samples, width); None to learn from the scores alone.
        scores: Zero-shot scores, float32 of shape (samples, classes).
        targets: Position of the class of each sample, int of shape (samples,); or bool of shape (samples, classes) if
            `multiple`.
        multiple: True if a sample may have any number of labels.
        seed: Seed of the folds of cross-validation.

    Returns:
        The head. Samples whose scores or vector hold nan, and those with the target -1, are left out.

    Raises:
        MissingExtraError: The extra `judge` is not installed.
        InvalidInputError: No sample is left to learn from.
    """
    require_judge()
    from threadpoolctl import threadpool_limits

    logs = log_scores(scores, multiple=multiple)
    inputs = logs if vectors is None else np.asarray(vectors, dtype=np.float64)
    inputs, logs, targets = usable_samples(inputs, logs, targets, multiple=multiple)
    # The products are small: on two busy cores, threads of BLAS made a fit thirty times slower.
    with threadpool_limits(1, user_api="blas"):
        data, centre, basis = _reduce(inputs, logs, targets, multiple)
        solution = data.fit(_choose_penalties(data, np.random.default_rng(seed)))
    weights = solution.weights @ basis.T
    return Head(solution.slope, solution.bias - weights @ centre, weights, multiple, vectors is not None)


def usable_samples(
    inputs: Floats, logs: Floats, targets: npt.NDArray[Any], *, multiple: bool
) -> tuple[Floats, Floats, npt.NDArray[Any]]:
    """Return the samples without nan that have a target.

    Raises:
        InvalidInputError: There is none.
    """
    targets = np.asarray(targets)
    is_usable = ~(np.isnan(inputs).any(axis=1) | np.isnan(logs).any(axis=1))
    is_usable &= True if multiple else targets >= 0
    if not is_usable.any():
        raise InvalidInputError("there is no labelled sample to learn from")
    return inputs[is_usable], logs[is_usable], targets[is_usable]


def _reduce(
    inputs: Floats, logs: Floats, targets: npt.NDArray[Any], multiple: bool
) -> tuple[TrainingData, Floats, Floats]:
    """Return the data with centred and scaled inputs, their centre, and the map from weights of theirs to the inputs'.

    The weights lie in the span of the samples, so that fewer samples than dimensions need as many weights as samples.
    """
    centre = inputs.mean(axis=0)
    centred = inputs - centre
    scale = np.sqrt((centred**2).sum(axis=1).mean()) or 1.0
    basis = np.eye(inputs.shape[1])
    if len(inputs) < inputs.shape[1]:
        basis = np.linalg.qr(centred.T)[0]
    hot = targets.astype(np.float64) if multiple else np.eye(logs.shape[1])[targets]
    return TrainingData(centred @ basis / scale, logs, hot, multiple), centre, basis / scale


def _choose_penalties(data: TrainingData, rng: np.random.Generator) -> tuple[float, float]:
    """Return the penalties with the lowest loss on samples that were left out; the strongest of equal ones."""
    folds = _folds(data.targets, rng)
    if folds is None:
        return _DEFAULT_PENALTIES
    losses = np.zeros(len(_PENALTIES))
    for fold in np.unique(folds):
        others, own = data.select(folds != fold), data.select(folds == fold)
        solution: Solution | None = None
        for i, penalties in enumerate(_PENALTIES):
            solution = others.fit(penalties, solution, ROUGH_PRECISION)
            losses[i] += own.loss(solution.logits(own.inputs, own.logs))[0]
    return _PENALTIES[int(losses.argmin())]


def _folds(targets: Floats, rng: np.random.Generator) -> npt.NDArray[np.intp] | None:
    """Return the fold of each sample, those with equal targets in different ones; None if there are too few samples."""
    if len(targets) < _MIN_SAMPLES_PER_CLASS * max(1, int(targets.any(axis=0).sum())):
        return None
    codes = np.unique(targets, axis=0, return_inverse=True)[1]
    mixed = rng.permutation(len(targets))
    in_order = mixed[np.argsort(codes.ravel()[mixed], kind="stable")]
    folds = np.empty(len(targets), dtype=np.intp)
    folds[in_order] = np.arange(len(targets)) % min(_FOLDS, len(targets))
    return folds


def softmax(logits: Floats) -> Floats:
    """Return the probabilities of one row of logits."""
    weights = np.exp(logits - logits.max())
    shares: Floats = weights / weights.sum()
    return shares


def check_shapes(inputs: npt.NDArray[Any] | None, logs: Floats, *, width: int, classes: int) -> npt.NDArray[Any]:
    """Return the inputs of a head; raise ValueError if they or the scores have not the shapes that it needs."""
    if inputs is None or inputs.shape != (len(logs), width) or logs.shape[1] != classes:
        shapes = f"{'no vectors' if inputs is None else inputs.shape} and {logs.shape}"
        raise ValueError(f"a head of {width} inputs and {classes} classes got inputs of shapes {shapes}")
    return inputs


def require_judge() -> None:
    """Raise `MissingExtraError` if the extra `judge` is not installed."""
    try:
        import scipy.optimize  # noqa: F401 - tests that it is installed
        import threadpoolctl  # noqa: F401 - comes with scikit-learn
    except ImportError as error:
        raise MissingExtraError('learning from labelled samples needs SciPy: pip install "jsdf[judge]"') from error
