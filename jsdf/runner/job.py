"""A checked call: what to label, with which labels, by which engine, within which limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jsdf.engines.base import Question
from jsdf.results.answers import Answers
from jsdf.runner.answer_table import AnswerTable
from jsdf.runner.rounds import requests_needed

if TYPE_CHECKING:
    from jsdf.column import Column
    from jsdf.engines.base import Engine
    from jsdf.labels import LabelSet


@dataclass(frozen=True)
class Job:
    """Everything that a call asked for, checked.

    Attributes:
        column: What to label.
        labels: With what.
        engine: By whom.
        multiple: True where a row may have any number of labels.
        task: An instruction in natural language, None for none.
        cache: False leaves the store alone.
        max_requests: See `Scheduler`.
        max_tokens: See `Scheduler`.
    """

    column: Column
    labels: LabelSet
    engine: Engine
    multiple: bool = False
    task: str | None = None
    cache: bool = True
    max_requests: int | None = None
    max_tokens: int | None = None

    def new_answer_table(self, answers: Answers | None = None) -> AnswerTable:
        """An empty table of this job's question, or one with these answers."""
        question = Question(self.labels, self.column.kind, self.multiple, self.task)
        table = AnswerTable(question, self.engine.identity, self.column.values, answers)
        for item, reason in self.column.unsendable.items():
            table.answers.fail([item], reason)
        return table

    def request_count(self, samples: int) -> int:
        """The requests that so many samples take; at most, where the engine takes fewer labels than there are."""
        engine = self.engine
        return requests_needed(self.labels, engine.max_labels, samples, engine.batch_size, multiple=self.multiple)
