"""Expected tokens of requests that were not sent, and their range, learned from the requests in the store.

A request costs a fixed number of tokens, and more for each sample, each label, and each byte of their texts. These five
rates are fitted by Bayesian linear regression (Bishop, Pattern Recognition and Machine Learning, section 3.3), whose
prior is the simplest price that explains the requests. So a rate that they do not show, such as that of a label where
all of them had the same labels, keeps its prior and makes the range wide.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jsdf.runner.limits.prices import IMAGE_SIZE, SAMPLE_OVERHEAD
from jsdf.store.request_cost import fit

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.engines.base import Kind
    from jsdf.store.request_cost import RequestShape

    Floats = npt.NDArray[np.float64]

#: Weight of requests with another question, beside that of the requests with the same one.
_OTHER_WEIGHT = 0.1
#: Standard deviation of each part of a price before any request was seen: as a share of the whole price, and at most
#: these tokens for each byte of a sample, each label and each byte of a label.
_PRIOR_SHARE, _PRIOR_DEVIATIONS = 0.5, (np.inf, np.inf, 0.15, 8.0, 0.125)
#: The least standard deviation of the price of a request, as a share of it.
_LEAST_NOISE = 0.01
#: Texts that are this many times longer or shorter than those seen have a price by bytes rather than by sample.
_MAX_RATIO = 2.0
_DEVIATIONS = 2.0  # standard deviations on each side of the range: about 95 %


class PlannedRequests(NamedTuple):
    """Requests that would be sent: their number, and sums over them; sizes in bytes, as in `RequestSize`."""

    requests: int
    samples: int
    sample_size: int
    labels: int
    question_size: int

    def plus(self, other: PlannedRequests) -> PlannedRequests:
        """Return these requests and others together."""
        return PlannedRequests(*(a + b for a, b in zip(self, other, strict=True)))


class TokenEstimate(NamedTuple):
    """Expected tokens, and the range in which they are with a probability of about 95 %."""

    expected: float
    low: float
    high: float


def estimate_tokens(
    seen: Sequence[RequestShape], job: bytes, planned: PlannedRequests, kind: Kind
) -> TokenEstimate | None:
    """Estimate the tokens of planned requests.

    Args:
        seen: Requests in the store with samples of the same kind.
        job: Digest of the question; requests with the same one count more.
        planned: The planned requests.
        kind: The kind of their samples.

    Returns:
        The estimate; None if there is nothing to go by.
    """
    known = [shape for shape in seen if shape.total_tokens > 0]
    if not known:
        return None
    overhead = SAMPLE_OVERHEAD + (IMAGE_SIZE if kind == "image" else 0)
    parts = np.array([_parts(1, *shape[1:5], overhead) for shape in known])
    tokens = np.array([shape.total_tokens for shape in known], float)
    weights = np.array([1.0 if shape.job == job else _OTHER_WEIGHT for shape in known])
    target = _parts(*planned, overhead)
    prior = _choose_prior(known, parts, tokens, target, overhead)
    rates, covariance, noise = _fit(parts, tokens, weights, prior)
    expected = float(target @ rates)
    variance = float(target @ covariance @ target) + (noise * expected) ** 2 / planned.requests
    margin = _DEVIATIONS * max(variance, (_LEAST_NOISE * expected) ** 2) ** 0.5
    return TokenEstimate(expected, max(0.0, expected - margin), expected + margin)


def _parts(requests: int, samples: int, sample_size: int, labels: int, question_size: int, overhead: int) -> Floats:
    """Return the numbers that have a rate each: requests, samples, bytes in them, labels, bytes in them."""
    text, words = sample_size - overhead * samples, question_size - SAMPLE_OVERHEAD * labels
    return np.array([requests, samples, max(text, 0), labels, max(words, 0)], float)


def _choose_prior(seen: Sequence[RequestShape], parts: Floats, tokens: Floats, target: Floats, overhead: int) -> Floats:
    """Return the rates of the simplest price that explains the requests: one a sample, or one a byte."""
    by_sample = np.array([0.0, tokens.sum() / parts[:, 1].sum(), 0.0, 0.0, 0.0])
    line = fit([(shape.sample_size + shape.question_size, shape.total_tokens) for shape in seen])
    if line is None:
        return by_sample
    a_byte = line.per_byte
    by_byte = np.array([line.fixed, overhead * a_byte, a_byte, SAMPLE_OVERHEAD * a_byte, a_byte])
    misfits = [float(np.mean(((parts @ rates - tokens) / tokens) ** 2)) for rates in (by_sample, by_byte)]
    if line.is_varied or abs(misfits[0] - misfits[1]) > _LEAST_NOISE**2:
        return (by_sample, by_byte)[misfits[1] < misfits[0]]
    length, lengths = target[2] / target[1], parts[:, 2] / parts[:, 1]
    is_alike = lengths.min() / _MAX_RATIO <= length <= lengths.max() * _MAX_RATIO
    return by_sample if is_alike else by_byte


def _fit(parts: Floats, tokens: Floats, weights: Floats, prior: Floats) -> tuple[Floats, Floats, float]:
    """Return the rates, their covariance, and the noise of a request as a share of its price."""
    typical = parts.mean(axis=0)
    share = _PRIOR_SHARE * tokens.mean() / np.where(typical > 0, typical, 1.0)
    deviation = np.minimum(share, _PRIOR_DEVIATIONS)
    noise, free = 5 * _LEAST_NOISE, np.ones(len(prior), bool)
    x = parts * deviation  # in units of the prior's deviations, so that the matrix is well behaved
    for _ in range(len(prior) + 2):
        scale = weights / (noise * tokens) ** 2
        precision = x.T @ (scale[:, None] * x) + np.eye(len(prior))
        solved = np.linalg.solve(
            precision[np.ix_(free, free)], (x.T @ (scale * (tokens - parts @ (prior * free))))[free]
        )
        rates = prior * free
        rates[free] += deviation[free] * solved
        residual = (parts @ rates - tokens) / tokens
        noise = max(_LEAST_NOISE, float(np.average(residual**2, weights=weights)) ** 0.5)
        free &= rates >= 0  # nothing has a negative price
    covariance = np.linalg.inv(precision) * np.outer(deviation, deviation)
    return np.maximum(rates, 0.0), covariance, noise
