"""The answers of the strong engine, as far as they were paid for or are in the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jsdf.results.answers import ANSWERED, PENDING, STORE, Answers
from jsdf.results.run import Run
from jsdf.results.run_totals import end_of
from jsdf.results.usage import Progress

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.engines.base import Engine
    from jsdf.runner.cascade.phases import Phases
    from jsdf.runner.job import Job


class PaidAnswers:
    """Answers of the strong engine by value; the others are pending.

    Args:
        job: The job of the cascade.
        phases: Runs its parts.
        earlier: Answers of an earlier run of the cascade; None if there was none.
    """

    def __init__(self, job: Job, phases: Phases, earlier: Answers | None) -> None:
        self._job, self._phases = job, phases
        self._name = job.engine.strong.name  # type: ignore[attr-defined]
        self.answers = Answers.empty(len(job.column.values), len(job.labels), multiple=job.multiple)
        self._earlier = None if earlier is None else self._without_cheap(earlier)

    def _without_cheap(self, earlier: Answers) -> Answers:
        """Return the answers in which those that were not paid for are pending."""
        known = earlier.copy()
        names = np.array([*earlier.source_names, self._name], object)
        is_paid = np.isin(names[earlier.source], [self._name, STORE])
        known.status[(known.status == ANSWERED) & ~is_paid] = PENDING
        return known

    def open(self, engine: Engine, emit: Callable[[Progress], None]) -> None:
        """Set the engine that is asked, and what is called on every change."""
        self._engine, self._emit = engine, emit

    def report(self, note: str) -> None:
        """Emit an event with the answers so far, and this note."""
        self._emit(self._so_far(note))

    def _so_far(self, note: str) -> Progress:
        run = Run(self._job.column, self._job.labels, self.answers, self._phases.usage, self._job.engine.name)
        return replace(end_of(run), note=note, finished=False)

    async def ask(self, items: npt.NDArray[np.intp], note: str) -> None:
        """Ask the engine about these values."""
        items = np.sort(items)
        before = self._so_far(note)

        def on_progress(progress: Progress) -> None:
            self._emit(
                replace(
                    before,
                    done=before.done + progress.done,
                    failed=before.failed + progress.failed,
                    usage=self._phases.usage,
                    note=progress.note or note,
                    stopped=progress.stopped,
                    label_counts={name: n + progress.label_counts[name] for name, n in before.label_counts.items()},
                    latest=progress.latest,
                )
            )

        known = None if self._earlier is None else self._earlier.part(items)
        part = await self._phases.pay(self._engine, items, known, on_progress)
        self.answers.put(items, part)
        own = items[(part.status == ANSWERED) & (part.source < 0)]
        self.answers.set_source(own, self._name)

    @property
    def is_asked(self) -> npt.NDArray[np.bool_]:
        """Bool of shape (values,), True for values with a final status."""
        is_asked: npt.NDArray[np.bool_] = self.answers.status != PENDING
        return is_asked
