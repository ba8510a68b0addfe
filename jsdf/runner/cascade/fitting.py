"""Samples that are paid for to fit a classifier on, and the classifier."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np

from jsdf.results.answers import ANSWERED
from jsdf.runner.cascade.certifier.fit_sampling import fit_sample, is_worth_fitting
from jsdf.runner.cascade.fitted import FittedModel

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.engines.local.learned.head import Head
    from jsdf.runner.cascade.cascade_state import CascadeState

    Positions = npt.NDArray[np.intp]


class Fitting:
    """Fits a classifier on paid samples that grow as long as that saves more than it costs.

    Args:
        state: The labels of the cheap engine and the answers that are paid for.
        first: Positions of the values that were paid for as a first sample.

    Attributes:
        model: The classifier; without one, the labels of the cheap engine are used.
        items: Positions of the values that were paid for to fit.
        held_out: Positions of values that were paid for at random, without fitting on them.
    """

    def __init__(self, state: CascadeState, first: Positions) -> None:
        self._state = state
        self._cheap = state.labels
        self.model: FittedModel = state.model(None)
        self.items = first[state.is_asked[first]]
        self.held_out: Positions = np.zeros(0, np.intp)

    @property
    def _can_learn(self) -> bool:
        has_features = self._state.vectors is not None or self._cheap.scores is not None
        return self._state.cascade.learn and has_features

    async def run(self) -> None:
        """Fit, and pay for further samples, one after the other."""
        state = self._state
        if not self._can_learn:
            self.items, self.held_out = self.held_out, self.items
            return
        while await self._fit() and not state.is_ending:
            if not is_worth_fitting(state.new_certifier().projected(), state.codes):
                return
            values = self._sample()
            if not len(values):
                return
            await state.ask(values, "sampling")
            self.items = np.concatenate([self.items, values[state.is_asked[values]]])

    def _sample(self) -> Positions:
        """Return the values to pay for next; those without a cheap label teach nothing."""
        state = self._state
        confidence = np.where(state.labels.can_be_kept, state.labels.confidence, 1.0)
        return fit_sample(state.weights, state.codes, confidence, seed=state.cascade.seed)

    async def _fit(self) -> bool:
        """Fit on all paid answers of values with a cheap label; return False if there are none."""
        state = self._state
        answered = state.paid.answers.status[self.items] == ANSWERED
        items = self.items[answered & self._cheap.can_be_kept[self.items]]
        vectors = state.vectors
        items = items[np.isfinite(self._cheap.features[items]).all(axis=1)]
        if vectors is not None:
            items = items[np.isfinite(vectors[items]).all(axis=1)]
        if not len(items):
            return False
        state.paid.report("fitting")
        self.model = state.model(await asyncio.to_thread(self._fit_head, items))
        state.labels = self.model.predict(self._cheap, vectors)
        return True

    def _fit_head(self, items: Positions) -> Head:
        from jsdf.engines.local.learned.head import fit_head

        vectors, scores = self._state.vectors, self._cheap.features
        return fit_head(
            None if vectors is None else vectors[items].astype(np.float32),
            scores[items],
            self._state.paid.answers.chosen[items],
            multiple=self._state.job.multiple,
            seed=self._state.cascade.seed,
        )
