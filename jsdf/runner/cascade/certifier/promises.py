"""A promise of agreement: how many rows may be wrong, and how many are left that may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jsdf.runner.cascade.certifier.betting import TotalBound
from jsdf.runner.cascade.certifier.projection import PaymentPlan, plan

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.runner.cascade.certifier.asked_values import AskedValues

    Floats = npt.NDArray[np.float64]
    Positions = npt.NDArray[np.intp]
    Flags = npt.NDArray[np.bool_]


class Promise:
    """Target for all rows, or for the rows that are given one label.

    Of a label, the rows given it are those that keep it from the cheap engine and those that have it from the strong
    one. The latter agree, so that only the former may be wrong.

    Args:
        asked: The values. Those that are unpaid now and have the label may turn out wrong.
        label: Code of the label (its bit, if codes are sets), or None for all rows.
        target: Share of these rows that must agree, above 0 and up to 1.
        level: Probability with which the bound may be wrong.
    """

    def __init__(self, asked: AskedValues, label: int | None, target: float, level: float) -> None:
        self.label, self.target = label, target
        self._asked = asked
        candidates = asked.unpaid
        if label is not None:
            candidates &= asked.carries(asked.predicted, label)
        self.candidates: Flags = candidates
        self.bound = TotalBound(int(asked.weights[candidates].sum()), level)
        #: Rows that were found wrong, among those that were unpaid at first.
        self.found = 0
        #: Certified upper bound of the unpaid rows that are wrong.
        self.left = 0
        self.refresh()

    @property
    def rows(self) -> int:
        """Number of rows that the promise is about, as it stands."""
        asked = self._asked
        if self.label is None:
            return asked.rows
        given = asked.carries(asked.answers, self.label) | self.unpaid
        return int(asked.weights[given].sum())

    @property
    def unpaid(self) -> Flags:
        """Values that may still be wrong."""
        return self.candidates & self._asked.unpaid

    @property
    def allowed(self) -> int:
        """Number of unpaid rows that may be wrong, at least 0."""
        rows = self.rows
        # The small number takes back the rounding of a product such as 0.9 * 1000.
        allowed = rows - int(np.ceil(self.target * rows - 1e-9 * max(rows, 1)))
        return max(allowed - self._without_answer, 0)

    @property
    def agreement_low(self) -> float:
        """Certified share of the rows that agree if all unpaid values keep the cheap label."""
        rows = self.rows
        return 1 - (self.left + self._without_answer) / rows if rows else 1.0

    @property
    def is_met(self) -> bool:
        """True if no more needs to be paid for."""
        # With failures alone past the target, paying for all the others is the best that can be done.
        return self.left <= self.allowed

    @property
    def evidence(self) -> float:
        """Logarithm of the wealth that is needed beyond that of now."""
        wealth = self.bound.log_wealth(self.found + self.allowed + 1)
        return float(-np.log(self.bound.level) - (wealth[-1] if len(wealth) else 0.0))

    def refresh(self) -> None:
        """Find the certified bound again, after bets and answers."""
        rows = int(self._asked.weights[self.unpaid].sum())
        self.left = min(self.bound.bound(self.found) - self.found, rows)

    def by_expected_errors(self, error: Floats) -> Positions:
        """Return the unpaid values, those with the most expected errors first."""
        left = np.flatnonzero(self.unpaid)
        order: Positions = left[np.argsort(-(self._asked.weights[left] * error[left]), kind="stable")]
        return order

    def plan(self, order: Positions, error: Floats) -> PaymentPlan:
        """Return the cheapest plan to meet the target.

        Args:
            order: Result of `by_expected_errors`.
            error: Probability of an error of each value of the column.
        """
        return plan(self._asked.weights[order].astype(np.float64), error[order], self.allowed, self.evidence)

    @property
    def _without_answer(self) -> int:
        return self._asked.failed_rows if self.label is None else 0
