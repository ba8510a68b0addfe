"""Values to pay for so that a classifier learns from them, and how many are worth it.

Interface:

    while len(values := fit_sample(weights, answers, confidence, seed=0)):
        answers[values] = codes that the strong engine gave
        predicted, confidence = of a classifier that is fitted on all answers
        projected = Certifier(weights, confidence, predicted, answers, target=0.9).projected()
        if not is_worth_fitting(projected, answers):
            break

The first values are drawn at random, the later ones among those of which the classifier is least sure: it learns most
from them, and most of them would be paid for in the end anyway.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jsdf.runner.cascade.certifier.asked_values import UNPAID
from jsdf.runner.cascade.certifier.sampling import draw

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.runner.cascade.certifier.certification import Projection

    Positions = npt.NDArray[np.intp]

#: Values of one request.
_REQUEST = 32
#: Most requests of the first sample, and its largest share of the values.
_FIRST_REQUESTS, _FIRST_SHARE = 4, 1 / 20
#: Growth of the sample from one fit to the next.
_GROWTH = 1.5
#: Share of the values beyond which no more are paid for to learn.
_MAX_SHARE = 1 / 3
#: Doubtful values among which those of a step are drawn, relative to their number: the most doubtful are much alike.
_CANDIDATES = 2.5
#: What a classifier leaves to be paid falls with about this power of its sample (measured on topics of news).
_POWER = 0.35


def fit_sample(
    weights: npt.ArrayLike, answers: npt.ArrayLike, confidence: npt.ArrayLike | None = None, *, seed: int = 0
) -> Positions:
    """Return positions of values to pay for and to learn from next; none if as many are paid as are worth it.

    Args:
        weights: Rows of each distinct value, int of shape (values,).
        answers: Codes of the strong engine's labels, `UNPAID` for the others.
        confidence: Probability that the cheap label agrees; None draws at random.
        seed: Seed of the random choice, which depends on the number of answers besides.
    """
    weights, unpaid = np.asarray(weights, np.float64), np.flatnonzero(np.asarray(answers) == UNPAID)
    paid = len(weights) - len(unpaid)
    count = min(_step(len(weights), paid), len(unpaid))
    if paid + count > max(_MAX_SHARE * len(weights), _REQUEST) or count == 0:
        return np.zeros(0, np.intp)
    random = np.random.default_rng([seed, paid])
    if confidence is not None and paid > 0:
        doubt = weights * np.round(1 - np.nan_to_num(np.asarray(confidence, np.float64), nan=0.5), 5)
        candidates = min(int(_CANDIDATES * count), len(unpaid))
        unpaid = unpaid[np.argsort(-doubt[unpaid], kind="stable")[:candidates]]
        return unpaid[random.permutation(len(unpaid))[:count]]
    return unpaid[draw(random, weights[unpaid], count)]


def is_worth_fitting(projected: Projection, answers: npt.ArrayLike) -> bool:
    """Return True if another step of `fit_sample` is expected to save more values than it costs.

    Args:
        projected: Payments that are expected with the classifier as it is.
        answers: Codes of the strong engine's labels, `UNPAID` for the others.
    """
    paid = int(np.count_nonzero(np.asarray(answers) != UNPAID))
    step = _step(projected.values, paid)
    gain = 1 - (paid / (paid + step)) ** _POWER
    return bool((projected.paid - paid) * gain > step)


def _step(values: int, paid: int) -> int:
    """Return the number of values of the next step, whole requests."""
    if paid == 0:
        return _REQUEST * int(np.clip(round(values * _FIRST_SHARE / _REQUEST), 1, _FIRST_REQUESTS))
    return _REQUEST * max(round(paid * (_GROWTH - 1) / _REQUEST), 1)
