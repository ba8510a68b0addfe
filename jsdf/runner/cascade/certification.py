"""Certified agreement of cheap labels with a paid engine: which values to pay for, and when to stop.

Interface (pure numpy; the caller sends the requests):

    certifier = Certifier(weights, confidence, predicted, answers, target=0.9, delta=0.05, seed=0)
    while len(values := certifier.next_values(32)):
        certifier.observe(values, codes that the strong engine gave, FAILED where it failed)
    certifier.kept              # values that keep the cheap label: all that are not paid
    certifier.agreement_low     # certified share of rows on which the engines agree; anytime, so also if a budget ends
    certifier.projected()       # values that will have been paid in the end

`next_values` depends on the arguments, the seed, its counts and the answers alone: driven again with the same, it asks
the same. All values that it returned are answered before it is asked again.

Promise: with probability at least 1 - delta, all of `agreement_low` and `label_agreement_low` hold, at every time. Of
the cheap engine nothing is assumed: a bad confidence costs money and not the promise. Of the strong engine it is assumed
that its answer to a value does not depend on when it is asked.

Method: paid values agree, so the promise is about the errors among the values that are left. Their total is bounded by a
betting martingale (`betting`), which holds at every look whatever was paid for in between. So there is one hypothesis,
"at least so many errors are left", and no choice among thresholds: each request either pays for the values that are
expected to err most (`pay`), or draws at random from the rest (`draw`), as `projection` finds cheapest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from jsdf.runner.cascade.betting import TotalBound
from jsdf.runner.cascade.calibration import ErrorCurve
from jsdf.runner.cascade.projection import Plan, plan
from jsdf.runner.cascade.sampling import draw, rates

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]
    Counts = npt.NDArray[np.int64]
    Positions = npt.NDArray[np.intp]
    Flags = npt.NDArray[np.bool_]

#: Codes in place of a label: not asked, and asked without an answer.
UNPAID, FAILED = -1, -2
#: Part of the planned payments that is made before more is drawn.
_PAY_FIRST = 0.25
_BETS = np.geomspace(0.01, 0.99, 40)
_BET_POINTS = 512


@dataclass(eq=False)
class _Promise:
    """Target for the rows of one label, or of all (`label` None)."""

    label: int | None
    target: float
    members: Flags
    bound: TotalBound
    found: int = 0
    left: int = 0
    met: bool = False


@dataclass(frozen=True)
class Projection:
    """Values that will have been paid in the end, all told, of how many.

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


@dataclass
class _Round:
    """Values that were asked and are not answered yet."""

    values: Positions
    drawn: bool = False
    sizes: Floats = field(default_factory=lambda: np.zeros(0))
    #: For each promise that bets: its members among the draws, sum of sizes before each draw, ratio, bet.
    bets: list[tuple[_Promise, Flags, Floats, Floats, Floats]] = field(default_factory=list)


class Certifier:
    """Chooses values to pay for until the agreement is certified, see the docstring of this module.

    Args:
        weights: Rows of each distinct value, int of shape (values,), at least 1.
        confidence: Probability that the cheap label agrees, float of shape (values,). NaN is read as one half.
        predicted: Code of the cheap label (or set of labels), int of shape (values,), at least 0.
        answers: Codes of the strong engine's labels for values that were paid before (to fit on), `UNPAID` for the
            others, `FAILED` where it failed.
        target: Share of all rows that must agree; None for targets of labels alone.
        label_targets: For a code, the share of the rows given this label to which the strong engine gives it, too.
        delta: Probability that a promise may fail, of all together.
        seed: Seed of the random draws.
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
        seed: int = 0,
    ) -> None:
        self._weights: Counts = np.asarray(weights, np.int64)
        self._predicted: Counts = np.asarray(predicted, np.int64)
        self._answers: Counts = np.array(answers, np.int64)
        self._curve = ErrorCurve(np.asarray(confidence, np.float64))
        self._random = np.random.default_rng(seed)
        self._rows = int(self._weights.sum())
        self._asked: list[Positions] = []
        self._round: _Round | None = None
        self._may_pay = True
        #: True if the last values were drawn at random, False if they are paid for in any case.
        self.drawing = False
        self._promises = self._make_promises(target, dict(label_targets or {}), delta)
        self._update()

    def next_values(self, count: int = 32) -> Positions:
        """Return positions of values to ask next; none if all is certified.

        Args:
            count: Number of values, fewer at the end only; more, but a multiple, where many are to be paid in any case.

        Raises:
            RuntimeError: Values that were returned before are not answered.
        """
        if self._round is not None:
            raise RuntimeError("next_values: call `observe` with the answers to the values of the last call first")
        promise = next((promise for promise in self._promises if not promise.met), None)
        if promise is None:
            return np.zeros(0, np.intp)
        chosen = self._choose(promise, count)
        self._round = chosen
        self.drawing = chosen.drawn
        return chosen.values

    def observe(self, values: npt.ArrayLike, answers: npt.ArrayLike) -> None:
        """Add the answers to the values of the last call of `next_values`.

        Args:
            values: These values, in any order.
            answers: Code of the strong engine's label of each, `FAILED` where it failed.

        Raises:
            RuntimeError: These are not the values that `next_values` returned.
        """
        asked = self._round
        values, answers = np.asarray(values, np.intp), np.asarray(answers, np.int64)
        if asked is None or not np.array_equal(np.sort(values), np.sort(asked.values)):
            raise RuntimeError("observe: pass the values that `next_values` returned, each once")
        self._answers[values] = answers
        self._round = None
        wrong = self._answers[asked.values] != self._predicted[asked.values]
        for promise, members, before, largest, bets in asked.bets:
            self._bet(promise, asked, wrong, members, before, largest, bets)
        self._asked.append(asked.values)
        for promise in self._promises:
            at = asked.values[promise.members[asked.values] & wrong]
            promise.found += int(self._weights[at].sum())
        everything = np.concatenate(self._asked)
        self._curve.fit(everything, self._answers[everything] != self._predicted[everything])
        self._update()

    @property
    def kept(self) -> Flags:
        """Values that keep the cheap label, bool of shape (values,): all that are not paid."""
        return self._answers == UNPAID

    @property
    def certified(self) -> bool:
        """True if all promises are kept as it stands."""
        return all(promise.met for promise in self._promises)

    @property
    def agreement_low(self) -> float | None:
        """Certified share of all rows that agree if all unpaid values keep the cheap label; None without a target."""
        promise = self._promises[-1]
        if promise.label is not None:
            return None
        return 1 - (promise.left + self._failed()) / self._rows if self._rows else 1.0

    @property
    def label_agreement_low(self) -> dict[int, float]:
        """The same of each label with a target: the share of the rows given it to which the strong engine gives it."""
        return {
            promise.label: 1 - promise.left / max(self._given(promise), 1)
            for promise in self._promises
            if promise.label is not None
        }

    def projected(self) -> Projection:
        """Return the number of values that will have been paid in the end, as far as can be told."""
        error = self._curve()
        more = np.zeros(len(self._weights), bool)
        for promise in self._promises:
            if not promise.met:
                order = self._order(promise, error)
                more[order[: self._plan(promise, error, order).total]] = True
        paid = ~self.kept | more
        return Projection(int(paid.sum()), len(paid), int(self._weights[paid].sum()), self._rows)

    def _make_promises(self, target: float | None, label_targets: dict[int, float], delta: float) -> list[_Promise]:
        unpaid = self.kept
        targets: list[tuple[int | None, float]] = list(label_targets.items())
        if target is not None:
            targets.append((None, target))
        promises = []
        for label, share in targets:
            members = unpaid if label is None else unpaid & (self._predicted == label)
            most = int(self._weights[members].sum())
            promises.append(_Promise(label, share, members, TotalBound(most, delta / len(targets))))
        return promises

    def _failed(self) -> int:
        return int(self._weights[self._answers == FAILED].sum())

    def _given(self, promise: _Promise) -> int:
        """Return the number of rows that the promise is about."""
        if promise.label is None:
            return self._rows
        strong = self._answers == promise.label
        return int(self._weights[strong | (self.kept & promise.members)].sum())

    def _allowed(self, promise: _Promise) -> int:
        """Return the number of unpaid rows that may be wrong."""
        given = self._given(promise)
        # The small number takes back the rounding of a target such as 0.9.
        allowed = given - int(np.ceil(promise.target * given - 1e-9 * max(given, 1)))
        return allowed - (self._failed() if promise.label is None else 0)

    def _update(self) -> None:
        for promise in self._promises:
            rows = int(self._weights[self.kept & promise.members].sum())
            promise.left = min(promise.bound.bound(promise.found) - promise.found, rows)
            promise.met = promise.left <= max(self._allowed(promise), 0)

    def _order(self, promise: _Promise, error: Floats) -> Positions:
        """Return the unpaid values of a promise, those of the most expected errors first."""
        left = np.flatnonzero(self.kept & promise.members)
        order: Positions = left[np.argsort(-(self._weights[left] * error[left]), kind="stable")]
        return order

    def _plan(self, promise: _Promise, error: Floats, order: Positions) -> Plan:
        allowed = max(self._allowed(promise), 0)
        wealth = promise.bound.log_wealth(promise.found + allowed + 1)
        evidence = -np.log(promise.bound.level) - (wealth[-1] if len(wealth) else 0.0)
        return plan(self._weights[order].astype(np.float64), error[order], allowed, evidence)

    def _choose(self, promise: _Promise, count: int) -> _Round:
        error = self._curve()
        order = self._order(promise, error)
        chosen = self._plan(promise, error, order)
        if chosen.pay >= len(order) or (self._may_pay and chosen.pay > count / 2):
            part = chosen.pay if chosen.draw == 0 else _PAY_FIRST * chosen.pay
            self._may_pay = False
            return _Round(order[: max(int(np.ceil(part / count)), 1) * count])
        self._may_pay = True
        return self._draw(promise, error, order, chosen, count)

    def _draw(self, promise: _Promise, error: Floats, order: Positions, chosen: Plan, count: int) -> _Round:
        weights = self._weights[order]
        sizes = weights * rates(error[order], max(chosen.growth, 1e-4))
        places = draw(self._random, sizes, min(count, len(order)))
        later = self._weights[order[: chosen.pay]] @ error[order[: chosen.pay]]
        asked = _Round(order[places], drawn=True)
        for other in self._promises:
            group = other.members[order]
            if other.met or group.sum() != (self.kept & other.members).sum():
                continue
            inside, size = group[places], sizes * group
            before = size.sum() - np.concatenate([[0.0], np.cumsum(size[places])[:-1]])
            before = np.maximum(before, size[places])
            largest = before * np.max(weights[group] / sizes[group], initial=0.0)
            planned = chosen.draw * (size @ (weights * error[order])) / max(size.sum(), 1e-12)
            mean = max(self._allowed(other), 0) + 1 + planned + later
            share = _best_bet(size, weights / sizes, error[order], mean)
            room = np.maximum(largest - max(self._allowed(other), 0), 1e-9)
            asked.bets.append((other, inside, before / sizes[places], largest, share / room))
        return asked

    def _bet(
        self,
        promise: _Promise,
        asked: _Round,
        wrong: Flags,
        members: Flags,
        scale: Floats,
        largest: Floats,
        bets: Floats,
    ) -> None:
        lost = np.where(wrong & members, self._weights[asked.values], 0)
        found = promise.found + np.cumsum(lost) - lost
        promise.bound.bet(bets[members], (lost * scale)[members], found[members].astype(np.float64), largest[members])


def _best_bet(sizes: Floats, ratio: Floats, error: Floats, mean: float) -> float:
    """Return the share of the largest bet with the best expected growth, see `sampling`."""
    total = np.cumsum(sizes)
    points = np.searchsorted(total, (np.arange(_BET_POINTS) + 0.5) / _BET_POINTS * total[-1])
    observed, wrong = ratio[points] * total[-1], error[points]
    largest = max(observed.max(), mean + 1e-9)
    bets = (_BETS / (largest - min(mean, largest * 0.99)))[:, None]
    growth = (1 - wrong) * np.log1p(bets * mean) + wrong * np.log(np.maximum(1 + bets * (mean - observed), 1e-9))
    return float(_BETS[growth.mean(axis=1).argmax()])
