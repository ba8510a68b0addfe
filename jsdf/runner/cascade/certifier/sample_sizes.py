"""The least that a cascade pays for."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, log

import numpy as np

from jsdf.runner.cascade.certifier.asked_values import UNPAID
from jsdf.runner.cascade.certifier.fit_sampling import fit_sample


def least_values(values: int, target: float | Mapping[str, float], delta: float, *, learn: bool) -> int:
    """Return the fewest values that are paid for: a first sample to fit on, and one that certifies if all agree."""
    share = max(target.values()) if isinstance(target, Mapping) else target
    fitted = len(fit_sample(np.ones(values), np.full(values, UNPAID))) if learn and values else 0
    return min(values, fitted + ceil(log(1 / delta) / (1 - share)))
