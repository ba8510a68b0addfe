"""Certified agreement of cheap labels with a paid engine: which values to pay for, and when to stop.

Interface (pure numpy; the caller sends the requests):

    certifier = Certifier(weights, confidence, predicted, answers, target=0.9, delta=0.05, seed=0)
    while len(values := certifier.next_values()):
        certifier.observe(values, codes that the strong engine gave, FAILED where it failed)
    certifier.kept              # values that keep the cheap label: all that are not paid
    certifier.is_certified      # True if the target is reached
    certifier.agreement_low     # certified share of rows on which the engines agree; anytime, so also if a budget ends
    certifier.projected()       # values that will have been paid in the end

`next_values` depends on the arguments, the seed, its counts and the answers alone: driven again with the same, it asks
the same. All values that it returned are answered before it is asked again.

Promise: with probability at least 1 - delta, `agreement_low` and all of `label_agreement_low` hold, at every time.
Nothing is assumed of the cheap engine: a bad confidence costs money and not the promise. Of the strong engine it is
assumed that its answer to a value does not depend on when it is asked.

Method: paid values agree, so the promise is about the errors among the values that are left. Their total is bounded by
a betting martingale (`betting`), which holds at every look, whatever was paid for in between. So there is one
hypothesis, "more errors are left than may be", and no choice among thresholds: each call of `next_values` either pays
for the values that are expected to err most, or draws at random from the rest, as `projection` finds cheapest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jsdf.runner.cascade.certifier.asked_values import FAILED, UNLABELLED, UNPAID, AskedValues
from jsdf.runner.cascade.certifier.calibration import ErrorCurve
from jsdf.runner.cascade.certifier.drawing import Wager, draw_values, settle
from jsdf.runner.cascade.certifier.promises import Promise

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]
    Positions = npt.NDArray[np.intp]
    Flags = npt.NDArray[np.bool_]

__all__ = ["FAILED", "UNLABELLED", "UNPAID", "Certifier", "Projection"]

#: Part of the planned payments that is made before more is drawn.
_PAID_AT_ONCE = 0.25
#: Values of one request; values of a column for which one is drawn at a time, and most that are.
_REQUEST, _VALUES_PER_REQUEST, _MAX_REQUESTS = 32, 4000, 8


@dataclass(frozen=True)
class Projection:
    """Payments that are expected in the end, with those that were made.

    Args:
        paid: Distinct values.
        values: Distinct values of the column.
        paid_rows: Rows of the former.
        rows: Rows of the column.
    """

    paid: int
    values: int
    paid_rows: int
    rows: int

    @property
    def saved(self) -> float:
        """Share of the values that are not paid for."""
        return 1 - self.paid / self.values if self.values else 0.0


class Certifier:
    """Chooses values to pay for until the agreement is certified, see the docstring of this module.

    Args:
        weights: Rows of each distinct value, int of shape (values,), at least 1.
        confidence: Probability that the cheap label agrees, float of shape (values,). NaN is read as one half.
        predicted: Code of the cheap label (or set of labels), int of shape (values,); `UNLABELLED` where the cheap
            engine failed: these values are paid first.
        answers: Codes of the strong engine's labels for values that were paid before (to fit on), `UNPAID` for the
            others, `FAILED` where it failed.
        target: Share of all rows that must agree; None for targets of labels alone.
        label_targets: For a label, the share of the rows given it to which the strong engine gives it, too.
        delta: Probability that a promise may fail, of all together.
        multiple: True if codes are sets of labels, bit i for label i, for `label_targets` of at most 62 labels. Without
            those, sets may have any codes.
        seed: Seed of the random draws.
        held_out: Positions of values that were paid for before and on which nothing was fitted, to learn at first how
            often the cheap label is wrong; None if there are none.
    """

    def __init__(
        self,
        weights: npt.ArrayLike,
        confidence: npt.ArrayLike,
        predicted: npt.ArrayLike,
        answers: npt.ArrayLike,
        *,
        target: float | None = 0.9,
        label_targets: Mapping[int, float] | None = None,
        delta: float = 0.05,
        multiple: bool = False,
        seed: int = 0,
        held_out: Positions | None = None,
    ) -> None:
        self._asked = AskedValues(
            np.asarray(weights, np.int64), np.asarray(predicted, np.int64), np.array(answers, np.int64), multiple
        )
        self._curve = ErrorCurve(np.asarray(confidence, np.float64))
        self._random = np.random.default_rng(seed)
        self._answered: list[Positions] = []
        self._pending: Positions | None = None
        self._wagers: list[Wager] = []
        #: True if the values of the last call were drawn at random, False if they are paid for in any case.
        self.is_drawing = False
        # Targets of labels come first: the errors that are found for them serve the target of all rows as well.
        targets: list[tuple[int | None, float]] = list((label_targets or {}).items())
        targets += [] if target is None else [(None, target)]
        self._promises = [Promise(self._asked, label, share, delta / len(targets)) for label, share in targets]
        self._held_out = np.zeros(0, np.intp) if held_out is None else held_out[self._asked.predicted[held_out] >= 0]
        if len(self._held_out):
            self._curve.fit(self._held_out, self._asked.is_wrong(self._held_out, None))

    def next_values(self, count: int | None = None) -> Positions:
        """Return positions of values to ask next; none if all is certified.

        Args:
            count: Number of values, fewer at the end only; a multiple of it where many are to be paid in any case. None
                is 32 for each full 4,000 values of the column, at least 32 and at most 256: more of them need fewer
                calls, and pay for a little more.

        Raises:
            RuntimeError: Values that were returned before are not answered.
        """
        if self._pending is not None:
            raise RuntimeError("next_values: call `observe` with the answers to the values of the last call first")
        values = self._choose(count or default_count(len(self._asked.weights)))
        if len(values):
            self._pending = values
        return values

    def observe(self, values: npt.ArrayLike, answers: npt.ArrayLike) -> None:
        """Add the answers to the values of the last call of `next_values`.

        Args:
            values: These values, in any order.
            answers: Code of the strong engine's label of each, `FAILED` where it failed.

        Raises:
            RuntimeError: These are not the values that `next_values` returned.
        """
        values = np.asarray(values, np.intp)
        pending = self._pending
        if pending is None or not np.array_equal(np.sort(values), np.sort(pending)):
            raise RuntimeError("observe: pass the values that `next_values` returned, each once")
        self._asked.answers[values] = np.asarray(answers, np.int64)
        self._pending = None
        for wager in self._wagers:
            settle(wager, self._rows_wrong(wager.promise, pending))
        self._wagers = []
        for promise in self._promises:
            promise.found += int(self._rows_wrong(promise, pending).sum())
        for promise in self._promises:
            promise.refresh()
        self._answered.append(pending[self._asked.predicted[pending] >= 0])
        answered = np.concatenate([self._held_out, *self._answered])
        self._curve.fit(answered, self._asked.is_wrong(answered, None))

    @property
    def kept(self) -> Flags:
        """Values that keep the cheap label, bool of shape (values,): all that are not paid."""
        return self._asked.unpaid

    @property
    def is_certified(self) -> bool:
        """True if the bounds reach all targets, as it stands."""
        return all(promise.agreement_low >= promise.target - 1e-9 for promise in self._promises)

    @property
    def agreement_low(self) -> float | None:
        """Certified share of all rows that agree if all unpaid values keep the cheap label; None without a target."""
        return next((promise.agreement_low for promise in self._promises if promise.label is None), None)

    @property
    def label_agreement_low(self) -> dict[int, float]:
        """The same of each label with a target: the share of the rows given it to which the strong engine gives it."""
        return {promise.label: promise.agreement_low for promise in self._promises if promise.label is not None}

    def expected_errors(self) -> Floats:
        """Return the probability that each cheap label is wrong, as the answers so far show."""
        return self._curve()

    def projected(self) -> Projection:
        """Return the payments that are expected in the end, as far as can be told now."""
        asked, error = self._asked, self._curve()
        paid = ~self.kept | (asked.predicted < 0)
        for promise in self._promises:
            if not promise.is_met:
                order = promise.by_expected_errors(error)
                paid[order[: promise.plan(order, error).total]] = True
        return Projection(int(paid.sum()), len(paid), int(asked.weights[paid].sum()), asked.rows)

    def _rows_wrong(self, promise: Promise, values: Positions) -> Floats:
        """Return the rows of these values that count against the promise."""
        wrong = promise.candidates[values] & self._asked.is_wrong(values, promise.label)
        return np.where(wrong, self._asked.weights[values], 0).astype(np.float64)

    def _choose(self, count: int) -> Positions:
        was_drawing, self.is_drawing = self.is_drawing, False
        unlabelled = np.flatnonzero(self.kept & (self._asked.predicted < 0))
        promise = next((promise for promise in self._promises if not promise.is_met), None)
        if len(unlabelled) or promise is None:
            return unlabelled
        error = self._curve()
        order = promise.by_expected_errors(error)
        plan = promise.plan(order, error)
        is_first = not self._answered
        if plan.pay > count / 2 and (is_first or was_drawing or plan.draw == 0):
            part = plan.pay if plan.draw == 0 else max(int(_PAID_AT_ONCE * plan.pay), 1)
            # Whole requests: what one more value costs is little where a request is sent anyway.
            size = count if plan.draw else _REQUEST
            return order[: -(-part // size) * size]
        self.is_drawing = True
        values, self._wagers = draw_values(self._random, self._asked, self._promises, order, error, plan, count)
        return values


def default_count(values: int) -> int:
    """Return the number of values to ask at a time in a column of so many."""
    return _REQUEST * int(np.clip(values // _VALUES_PER_REQUEST, 1, _MAX_REQUESTS))
