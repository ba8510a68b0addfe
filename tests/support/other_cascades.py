"""Other ways to choose which cheap labels to keep, for comparison: a normal approximation, and the package bargain."""

from __future__ import annotations

import numpy as np

#: Values that the normal approximation samples.
_SAMPLE = 256
_QUANTILE = 1.645


def by_normal_approximation(confidence: np.ndarray, agrees: np.ndarray, target: float, seed: int) -> np.ndarray:
    """Return the values kept by the most lenient threshold whose estimated agreement less 1.645 errors is enough.

    A random sample is paid for, each threshold is judged on it as if it were the only one, as in LOTUS.
    """
    random = np.random.default_rng(seed)
    sample = random.permutation(len(confidence))[:_SAMPLE]
    kept = np.zeros(len(confidence), bool)
    for threshold in np.quantile(confidence, np.linspace(0, 1, 41)):
        wrong = ((confidence >= threshold) & ~agrees)[sample]
        high = wrong.mean() + _QUANTILE * wrong.std() / np.sqrt(len(sample))
        if high <= 1 - target:
            kept = confidence >= threshold
            break
    kept[sample] = False
    return kept


def by_bargain(confidence: np.ndarray, agrees: np.ndarray, target: float, seed: int) -> np.ndarray | None:
    """Return the values that `BARGAIN_A` keeps, with its defaults and delta 0.05; None if it is not installed."""
    try:
        import BARGAIN
    except ImportError:
        return None

    class Scores(BARGAIN.Proxy):
        def proxy_func(self, record):
            return 1, float(confidence[int(record)])

    class Answers(BARGAIN.Oracle):
        def oracle_func(self, record, proxy_output):
            right = bool(agrees[int(record)])
            return right, int(right)

    strong = Answers(verbose=False, max_workers=1)
    cheap = Scores(verbose=False, max_workers=1)
    records = [str(i) for i in range(len(confidence))]
    process = BARGAIN.BARGAIN_A(cheap, strong, target=target, delta=0.05, verbose=False, seed=seed)
    _, paid = process.process(records, return_oracle_usage=True)
    return ~np.array(paid)
