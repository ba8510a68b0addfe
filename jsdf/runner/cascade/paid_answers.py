"""The answers of the strong engine, as far as they were paid for or are in the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from jsdf.results.answers import ANSWERED, PENDING, Answers
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
        self._name = job.engine.strong_source  # type: ignore[attr-defined]
        self.answers = Answers.empty(len(job.column.values), len(job.labels), multiple=job.multiple)
        self._earlier = None if earlier is None else _without_cheap(earlier)
        self._so_far: Progress | None = None

    def open(self, engine: Engine, emit: Callable[[Progress], None]) -> None:
        """Set the engine that is asked, and what is called on every change."""
        self._engine, self._emit = engine, emit

    def report(self, note: str) -> None:
        """Emit an event with the answers so far, and this note."""
        self._emit(replace(self._progress(), usage=self._phases.usage, note=note))

    def _progress(self) -> Progress:
        """Return the progress by the answers so far, which is counted once after each phase."""
        if self._so_far is None:
            run = Run(self._job.column, self._job.labels, self.answers, self._phases.usage, self._job.engine.name)
            self._so_far = replace(end_of(run), finished=False)
        return self._so_far

    async def ask(self, items: npt.NDArray[np.intp], note: str) -> None:
        """Ask the engine about these values."""
        items = np.sort(items)
        before = self._progress()

        def on_progress(progress: Progress) -> None:
            self._emit(
                replace(
                    before,
                    done=before.done + progress.done,
                    failed=before.failed + progress.failed,
                    usage=self._phases.usage,
                    note=progress.note if progress.stopped else ": ".join(filter(None, (note, progress.note))),
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
        self._so_far = None
        if self._phases.is_budget_spent and not (self.answers.status == ANSWERED).any():
            budget = self._job.engine.budget  # type: ignore[attr-defined]
            self._phases.stop(f"budget={budget:,} was used up, and no request was answered")

    @property
    def is_asked(self) -> npt.NDArray[np.bool_]:
        """Bool of shape (values,), True for values with a final status."""
        is_asked: npt.NDArray[np.bool_] = self.answers.status != PENDING
        return is_asked

    def keep(self, earlier: Answers) -> None:
        """Take all answers of an earlier run as they are."""
        self.answers, self._so_far = earlier.copy(), None

    def add_known(self, items: npt.NDArray[np.intp], stored: Answers | None) -> None:
        """Add the answers to these values that are known without asking: of an earlier run, or from the store.

        Args:
            items: Positions of the values.
            stored: Answers from the store, one for each of `items`; None without a store.
        """
        earlier = None if self._earlier is None else self._earlier.part(items)
        for known in (stored, earlier):
            if known is not None:
                found = np.flatnonzero(known.status == ANSWERED)
                self.answers.put(items[found], known.part(found))
        self._so_far = None


def _without_cheap(earlier: Answers) -> Answers:
    """Return the answers in which those that were not paid for are pending."""
    known = earlier.copy()
    if earlier.is_paid is not None:
        known.status[~earlier.is_paid] = PENDING
    return known
