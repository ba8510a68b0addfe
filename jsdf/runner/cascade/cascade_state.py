"""The cheap labels of a column beside the answers that are paid for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from jsdf.results.answers import ANSWERED
from jsdf.runner.cascade.certifier.certification import FAILED, UNLABELLED, UNPAID, Certifier
from jsdf.runner.cascade.fitted import FittedModel
from jsdf.runner.cascade.label_codes import LabelCodes

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.engines.cascade import Cascade
    from jsdf.engines.local.learned.head import Head
    from jsdf.runner.cascade.cheap_labelling import Labelling
    from jsdf.runner.cascade.paid_answers import PaidAnswers
    from jsdf.runner.cascade.phases import Phases
    from jsdf.runner.job import Job

    Positions = npt.NDArray[np.intp]


class CascadeState:
    """State of a cascade's column: cheap labels, and answers of the strong engine.

    Args:
        job: The job of the cascade.
        labelling: The labels of the cheap engine.
        paid: Asks the strong engine.
        phases: Runs the parts of the job.

    Attributes:
        labels: The cheap labels: those of the cheap engine, later of a classifier.
        vectors: Embeddings of the values; None without any.
        weights: Number of rows of each value.
    """

    def __init__(self, job: Job, labelling: Labelling, paid: PaidAnswers, phases: Phases) -> None:
        self.job, self.paid, self._phases = job, paid, phases
        self.cascade: Cascade = job.engine  # type: ignore[assignment]
        self.labels, self.vectors = labelling.labels, labelling.vectors
        self.weights = job.column.weights
        self._label_codes = LabelCodes(len(job.labels))

    @property
    def is_budget_spent(self) -> bool:
        """True if the cascade's own limit on requests is used up."""
        return self._phases.is_budget_spent

    @property
    def is_ending(self) -> bool:
        """True if nothing more is to be asked."""
        return self._phases.is_ending or self._phases.is_budget_spent

    @property
    def is_asked(self) -> npt.NDArray[np.bool_]:
        """Values that the strong engine was asked about, bool of shape (values,)."""
        return self.paid.is_asked

    async def ask(self, items: Positions, note: str) -> None:
        """Pay for these values."""
        if len(items):
            await self.paid.ask(items, note)

    async def add_known(self, items: Positions) -> None:
        """Add the answers of the strong engine to these values that are known without paying."""
        if len(items):
            self.paid.add_known(items, await self._phases.load(self.cascade.strong, items))

    @property
    def codes(self) -> npt.NDArray[np.int64]:
        """Codes of the answers of all values, as for `Certifier`."""
        codes = np.full(len(self.weights), UNPAID, np.int64)
        asked = np.flatnonzero(self.is_asked)
        codes[asked] = self.answer_codes(asked)
        return codes

    def answer_codes(self, items: Positions) -> npt.NDArray[np.int64]:
        """Codes of the answers of these values, which were asked."""
        answers = self.paid.answers
        return np.where(answers.status[items] == ANSWERED, self._label_codes.of(answers.chosen[items]), FAILED)

    def model(self, head: Head | None) -> FittedModel:
        """Return a model of this question that keeps all labels."""
        return FittedModel(self.job.labels, self.job.multiple, head, np.full(len(self.job.labels), -np.inf))

    def new_certifier(self, held_out: Positions | None = None) -> Certifier:
        """Return a certifier of the cheap labels of the values that are not paid for; `held_out` is as there."""
        labels, cascade = self.labels, self.cascade
        names, target = list(self.job.labels.names), cascade.target
        by_label = {names.index(n): share for n, share in target.items()} if isinstance(target, Mapping) else None
        return Certifier(
            self.weights,
            labels.confidence,
            np.where(labels.can_be_kept, self._label_codes.of(labels.chosen), UNLABELLED),
            self.codes,
            target=None if isinstance(target, Mapping) else target,
            label_targets=by_label,
            delta=cascade.delta,
            multiple=self.job.multiple and by_label is not None,
            seed=cascade.seed,
            held_out=held_out,
        )
