"""Pay for samples and doubtful rows until the cheap labels of the others are certified."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jsdf.engines.cascade import LEARNED
from jsdf.runner.cascade.certifier.certification import default_count
from jsdf.runner.cascade.conclusion import make_certificate, time_remark
from jsdf.runner.cascade.fitting import Fitting

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.engines.cascade import Cascade
    from jsdf.results.answers import Answers
    from jsdf.results.certificate import Certificate
    from jsdf.runner.cascade.cascade_state import CascadeState
    from jsdf.runner.cascade.certifier.certification import Certifier
    from jsdf.runner.cascade.phases import Phases

#: Answers after which it is said whether the cascade pays, and the least share that must be saved.
_MIN_ANSWERS, _MIN_SAVED = 256, 0.1


class Certifying:
    """Fits, certifies and pays.

    Args:
        state: The labels of the cheap engine and the answers that are paid for.
        phases: Runs the parts of the job.
        first: Positions of the values that were paid for as a first sample.

    Attributes:
        kept: Positions of the values that keep the cheap label; None before it is known.
        certificate: What is promised; None before it is known.
        fitted: The cascade with its classifier, for other columns; None before it is known.
        warnings: What users should know at once.
    """

    def __init__(self, state: CascadeState, phases: Phases, first: npt.NDArray[np.intp]) -> None:
        self._state, self._phases = state, phases
        self._fitting = Fitting(state, first)
        self.kept: npt.NDArray[np.intp] | None = None
        self.certificate: Certificate | None = None
        self.fitted: Cascade | None = None
        self.warnings: list[str] = []
        self._sampled = 0
        self._has_learned = False

    async def run(self) -> None:
        """Pay, fit and certify, or use what was fitted before."""
        state = self._state
        if state.cascade.fitted is not None:
            await self._use_fitted()
            return
        await self._fitting.run()
        self._has_learned = self._fitting.model.head is not None
        certifier = state.new_certifier(self._fitting.held_out)
        self._say_if_not_worth(certifier)
        while not state.is_ending and await self._look(certifier):
            self._say_if_not_worth(certifier)
        if not self._phases.is_ending:
            await self._conclude(certifier)

    async def _use_fitted(self) -> None:
        state, model = self._state, self._state.cascade.fitted
        self._has_learned = model.head is not None
        state.labels = model.predict(state.labels, state.vectors)
        kept = model.kept(state.labels)
        await state.ask(np.flatnonzero(~kept), "paying")
        if not self._phases.is_ending:
            await self._keep()

    async def _look(self, certifier: Certifier) -> bool:
        """Pay for the next values; return False at the end."""
        state, size = self._state, self._state.cascade.batch_size
        requests = max(1, round(default_count(len(state.weights)) / size))
        values = certifier.next_values(requests * size)
        asked = int(state.is_asked.sum())
        if not certifier.is_drawing and len(values) > asked:
            self._say_if_not_worth(certifier, _MIN_ANSWERS // 4)
            if state.is_ending:
                return False
        await state.ask(values, "certifying" if certifier.is_drawing else "paying")
        if state.is_ending or not len(values):
            return False
        self._sampled += len(values) if certifier.is_drawing else 0
        certifier.observe(values, state.answer_codes(values))
        return True

    def _say_if_not_worth(self, certifier: Certifier, least: int = _MIN_ANSWERS) -> None:
        """Say once if the cascade saves little, or stop; with fewer answers than `least`, or an eighth, wait."""
        state = self._state
        least = max(min(least, len(state.weights) // 8), _MIN_ANSWERS // 8)
        if self.warnings or state.is_ending or int(state.is_asked.sum()) < least:
            return
        projected = certifier.projected()
        if projected.saved >= _MIN_SAVED:
            return
        words = f"the cascade saves about {projected.saved:.0%} of {projected.values:,} values"
        if state.cascade.if_not_worth == "stop":
            self._phases.stop(f"{words}; if_not_worth='pay' goes on")
        else:
            self.warnings.append(f"{words}; it goes on paying, and if_not_worth='stop' would end it")

    async def _keep(self) -> None:
        """Set what is kept: cheap labels of values of which no answer of the strong engine is known."""
        state = self._state
        await state.add_known(np.flatnonzero(~state.is_asked))
        self.kept = np.flatnonzero(state.labels.can_be_kept & ~state.is_asked)

    async def _conclude(self, certifier: Certifier) -> None:
        """Set what is kept, and the certificate."""
        state = self._state
        errors = certifier.expected_errors()
        fitted = self._fitting.model.with_thresholds(state.labels, errors, state.cascade.target)
        await self._keep()
        certificate, warnings = make_certificate(state, certifier, self._sampled, self._fitting.items)
        self.warnings += warnings
        remarks = [*self.warnings, *time_remark(state, self._phases.labelling_seconds)]
        self.certificate = certificate.with_remarks(remarks)
        self.fitted = None if state.is_budget_spent else state.cascade.with_model(fitted)

    def kept_answers(self) -> Answers:
        """Return the cheap labels of the values in `kept`."""
        cascade, kept = self._state.cascade, self.kept if self.kept is not None else np.zeros(0, np.intp)
        return self._state.labels.answers(kept, LEARNED if self._has_learned else cascade.cheap_source)
