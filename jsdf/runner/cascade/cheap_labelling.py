"""The labels of the cheap engine for the whole column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from jsdf.formatting.text import pluralize
from jsdf.runner.cascade.cheap_labels import CheapLabels
from jsdf.runner.cascade.recording import RecordingEngine

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from jsdf.engines.cascade import Cascade
    from jsdf.results.answers import Answers
    from jsdf.results.usage import Progress
    from jsdf.runner.cascade.phases import Phases
    from jsdf.runner.job import Job


class Labelling:
    """Labels, scores and embeddings of the cheap engine.

    Args:
        job: The job of the cascade.
        phases: Runs its parts.

    Attributes:
        labels: The labels, once `run` has ended.
        vectors: float32 of shape (values, width), NaN where unknown; None if the engine has no embeddings.
        warnings: What users should know at once.
    """

    def __init__(self, job: Job, phases: Phases) -> None:
        self._job, self._phases = job, phases
        self._cascade: Cascade = job.engine  # type: ignore[assignment]
        self.labels: CheapLabels
        self.vectors: npt.NDArray[np.float32] | None = None
        self.warnings: list[str] = []

    async def run(self, report: Callable[[str], None]) -> None:
        """Label the whole column, and report a note on every change: nothing is final yet."""

        def on_progress(progress: Progress) -> None:
            report(f"labelling here: {progress.note or f'{progress.done:,} of {progress.rows:,} rows'}")

        cascade = self._cascade
        if not cascade.learn:
            answers = await self._phases.label(cascade.cheap, on_progress, cache=True)
        else:  # the store has no embeddings
            engine = RecordingEngine(cascade.cheap, self._job.column.values)
            answers = await self._phases.label(engine, on_progress, cache=False)
            self.vectors = engine.vectors
        self.labels = CheapLabels.of_answers(answers, len(self._job.labels))
        self._check(answers)

    def _check(self, answers: Answers) -> None:
        """Stop if no value has a label, and warn if few have: they are all paid for."""
        values, labelled = len(answers.status), int(self.labels.can_be_kept.sum())
        if self._phases.is_ending or 2 * labelled >= values:
            return
        reasons = Counter(answers.reasons.values()).most_common(1)
        reason = f": {reasons[0][0]}" if reasons else ""
        words = f"the engine {self._cascade.cheap.name!r} labelled {labelled:,} of {pluralize(values, 'value')}{reason}"
        if labelled:
            self.warnings.append(f"{words}; the others are paid for")
        else:
            self._phases.stop(words)
