"""Columns with known chances that a cheap label agrees, fair to a cascade and adversarial ones, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from jsdf.runner.cascade.certifier.certification import UNPAID, Certifier

VALUES = 2000
DISAGREES, AGREES = 0, 1


@dataclass(frozen=True, eq=False)
class SimulatedColumn:
    """Values of a column.

    Args:
        weights: Rows of each value.
        confidence: Stated probability that the cheap label agrees.
        agrees: Whether it does.
    """

    weights: np.ndarray
    confidence: np.ndarray
    agrees: np.ndarray

    @classmethod
    def of(cls, random: np.random.Generator, confidence: np.ndarray, chance: np.ndarray, weights=None):
        """Draw whether each value agrees, by its true chance."""
        weights = np.ones(len(confidence), np.int64) if weights is None else weights
        return cls(weights, confidence, random.random(len(confidence)) < chance)

    def agreement(self, kept: np.ndarray) -> float:
        """Return the share of the rows that agree if these values keep the cheap label."""
        return 1 - float((self.weights * (kept & ~self.agrees)).sum() / self.weights.sum())

    def certify(self, target: float, seed: int, delta: float = 0.05) -> Certifier:
        """Return a certifier that has asked all it wants."""
        values = len(self.weights)
        predicted = np.full(values, AGREES)
        certifier = Certifier(
            self.weights, self.confidence, predicted, np.full(values, UNPAID), target=target, delta=delta, seed=seed
        )
        while len(asked := certifier.next_values()):
            certifier.observe(asked, np.where(self.agrees[asked], AGREES, DISAGREES))
        return certifier


def _honest(random: np.random.Generator) -> SimulatedColumn:
    chance = random.beta(2.7, 0.3, VALUES)
    return SimulatedColumn.of(random, chance, chance)


def _weak(random: np.random.Generator) -> SimulatedColumn:
    chance = random.beta(1.5, 0.5, VALUES)
    return SimulatedColumn.of(random, chance, chance)


def _flat(random: np.random.Generator) -> SimulatedColumn:
    # A little worse than each target: the nearest to it that is not allowed.
    return SimulatedColumn.of(random, np.full(VALUES, 0.97), np.full(VALUES, random.choice([0.84, 0.89, 0.94])))


def _sure_and_wrong(random: np.random.Generator) -> SimulatedColumn:
    confidence = np.where(random.random(VALUES) < 0.2, 0.9999, 0.9)
    return SimulatedColumn.of(random, confidence, np.where(confidence > 0.99, 0.3, 0.97))


def _reversed(random: np.random.Generator) -> SimulatedColumn:
    chance = random.beta(2.7, 0.3, VALUES)
    return SimulatedColumn.of(random, 1 - 0.5 * chance, chance)


def _rows(count: int) -> Callable[[np.random.Generator], SimulatedColumn]:
    def column(random: np.random.Generator) -> SimulatedColumn:
        chance = random.beta(5, 1, count)
        return SimulatedColumn.of(random, chance, chance)

    return column


def _one_label(random: np.random.Generator) -> SimulatedColumn:
    return SimulatedColumn.of(random, 1 - 0.02 * random.random(VALUES), np.full(VALUES, 0.99))


def _heavy_value(random: np.random.Generator) -> SimulatedColumn:
    weights = np.ones(VALUES, np.int64)
    weights[0] = round(VALUES * 0.3 / 0.7)
    chance = random.beta(4, 1, VALUES)
    chance[0] = 0.5
    confidence = chance.copy()
    confidence[0] = 0.999
    return SimulatedColumn.of(random, confidence, chance, weights)


def _duplicates(random: np.random.Generator) -> SimulatedColumn:
    confidence = random.random(VALUES)
    weights = np.minimum(random.zipf(1.6, VALUES), 300).astype(np.int64)
    return SimulatedColumn.of(random, confidence, 1 - 0.4 * confidence, weights)


COLUMNS: dict[str, Callable[[np.random.Generator], SimulatedColumn]] = {
    "honest confidence": _honest,
    "weak labels": _weak,
    "flat, below the target": _flat,
    "sure and wrong": _sure_and_wrong,
    "confidence reversed": _reversed,
    "60 rows": _rows(60),
    "20 rows": _rows(20),
    "one label at 99 %": _one_label,
    "one value of 30 %": _heavy_value,
    "duplicates": _duplicates,
}
