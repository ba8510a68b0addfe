"""The certificate of a cascade, and what is to be said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jsdf.formatting.text import duration, pluralize
from jsdf.results.answers import ANSWERED
from jsdf.results.certificate import Certificate

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.runner.cascade.cascade_state import CascadeState
    from jsdf.runner.cascade.certifier.certification import Certifier


def make_certificate(
    state: CascadeState, certifier: Certifier, sampled: int, fitted: npt.NDArray[np.intp]
) -> tuple[Certificate, list[str]]:
    """Return the certificate and warnings.

    Args:
        state: The labels and the answers.
        certifier: The certifier of the labels.
        sampled: Number of values that were drawn to certify.
        fitted: Positions of the values that were paid for to fit.
    """
    cascade, weights = state.cascade, state.weights
    is_answered, asked = state.paid.answers.status == ANSWERED, int(state.is_asked.sum())
    values, rows = len(weights), int(weights.sum())
    names, agreement = list(state.job.labels.names), certifier.agreement_low
    if agreement is None:  # targets by label promise nothing about all rows but what was paid for
        agreement = int(weights[is_answered].sum()) / rows if rows else 1.0
    certificate = Certificate(
        cascade.target,
        cascade.delta,
        agreement,
        sampled=sampled,
        fitted=len(fitted),
        sent=asked,
        saved=1 - asked / values if values else 0.0,
        values=values,
        per_label={names[code]: low for code, low in certifier.label_agreement_low.items()},
    )
    return certificate, list(_warnings(state, certificate))


def _warnings(state: CascadeState, certificate: Certificate) -> list[str]:
    warnings = []
    if not certificate.is_reached and state.is_budget_spent:
        warnings.append(
            f"budget={state.cascade.budget:,} was used up before the target was reached: the other rows have the "
            "cheap label, and the certificate says what is sure"
        )
    elif not certificate.is_reached:
        warnings.append("the target was not reached: the strong engine failed on too many rows")
    elif certificate.values and state.is_asked.all():
        warnings.append(
            f"all of {pluralize(certificate.values, 'value')} were paid for: the target is too high, or the column too "
            "small, to save any"
        )
    return warnings


def time_remark(state: CascadeState, seconds: float) -> list[str]:
    """Say if labelling by the cheap engine took longer than the strong engine would have taken for all values."""
    rate, size = state.cascade.rate, state.cascade.batch_size
    alone = None if rate is None else len(state.weights) / (size * rate)
    if alone is None or seconds <= alone:
        return []
    return [
        f"labelling here took {duration(seconds)}; the strong engine alone would have answered all values in about "
        f"{duration(alone)}: the cascade saves money, not time"
    ]
