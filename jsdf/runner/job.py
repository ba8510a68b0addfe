"""Description of one labelling job: column, labels, engine and limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jsdf.engines.base import Question
from jsdf.results.answers import ANSWERED, EXAMPLES, Answers
from jsdf.results.cost import ledger_name
from jsdf.runner.answer_table import AnswerTable
from jsdf.runner.limits.budget import Budget
from jsdf.runner.rounds import requests_needed
from jsdf.utils.fingerprint import value_content

if TYPE_CHECKING:
    from jsdf.column import Column
    from jsdf.engines.base import Engine
    from jsdf.labels import AppliedExamples, Examples, LabelSet
    from jsdf.results.cost import Price
    from jsdf.store.base import AnswerStore
    from jsdf.store.request_cost import PriceFit


@dataclass(frozen=True)
class Job:
    """A labelling job with checked arguments.

    Attributes:
        column: The column to label.
        labels: The labels to choose from.
        engine: The engine that answers.
        multiple: True if a row may have any number of labels.
        task: An instruction in natural language; None if there is none.
        cache: False neither reads nor writes the store.
        max_requests: Maximum number of requests; None for no limit. See `Budget`.
        max_tokens: Maximum number of tokens; None for no limit. See `Budget`.
        repeats: Number of times that each value is asked; see `RepeatedRunner`.
        pass_number: Which of these this job is, from 0; the store keeps the answers of each apart.
        max_cost: Maximum cost in money; None for no limit. A job with one has a price.
        price: Price of the engine's tokens; None if it is not known.
        strict: True to ask again for all rows after a label was removed.
        examples: Values whose labels the user knows, which are not asked, and how the engine uses them; None without.
    """

    column: Column
    labels: LabelSet
    engine: Engine
    multiple: bool = False
    task: str | None = None
    cache: bool = True
    max_requests: int | None = None
    max_tokens: int | None = None
    repeats: int = 1
    pass_number: int = 0
    max_cost: float | None = None
    price: Price | None = None
    strict: bool = False
    examples: AppliedExamples | None = None

    @property
    def has_limit(self) -> bool:
        """True if there is any limit on requests, tokens or cost."""
        return any(limit is not None for limit in (self.max_requests, self.max_tokens, self.max_cost))

    def new_budget(self) -> Budget:
        """Return a budget with the limits of this job."""
        return Budget(self.max_requests, self.max_tokens, max_cost=self.max_cost, price=self.price)

    @property
    def ledger_name(self) -> str:
        """The engine as the ledger names it."""
        return ledger_name(self.engine.name, self.engine.identity)

    def passes(self) -> list[Job]:
        """Return a job for each time that its values are asked."""
        return [replace(self, pass_number=number) for number in range(self.repeats)]

    @property
    def asked_labels(self) -> LabelSet:
        """The labels as the engine is asked about them, with examples among their descriptions."""
        return self.labels if self.examples is None else self.examples.labels

    @property
    def question(self) -> Question:
        """The question about each value."""
        return Question(self.asked_labels, self.column.kind, self.multiple, self.task)

    def new_answer_table(self, answers: Answers | None = None) -> AnswerTable:
        """Return a table for this job's question, with these answers and those that the examples give."""
        table = AnswerTable(self.question, self.engine.identity, self.column.values, answers, self.pass_number)
        if self.examples is not None:
            _fill_in(table, self.examples.examples)
        return table

    @property
    def first_batch_size(self) -> int | None:
        """`Engine.first_batch_size`; None with a limit on requests, which is one on full ones."""
        return None if self.max_requests is not None else getattr(self.engine, "first_batch_size", None)

    def request_count(self, samples: int) -> int:
        """Return the number of requests for `samples`; an upper bound if the engine needs rounds for the labels.

        Raises:
            InvalidLabelsError: There are too many labels even for rounds.
        """
        sizes = self.engine.batch_size, self.first_batch_size
        return requests_needed(self.asked_labels, self.engine.max_labels, samples, *sizes, multiple=self.multiple)


def _fill_in(table: AnswerTable, examples: Examples) -> None:
    """Give the pending values that are examples their labels, so that they are not asked."""
    kind, known, answers = table.question.kind, examples.by_content, table.answers
    pending = table.pending().tolist()
    found = [(i, labels) for i in pending if (labels := known.get(value_content(table.values[i], kind))) is not None]
    for item, labels in found:
        answers.chosen[item] = (
            np.isin(np.arange(len(table.question.labels)), labels) if table.question.multiple else labels[0]
        )
        answers.status[item] = ANSWERED
    answers.set_source([item for item, _ in found], EXAMPLES)


def stored_prices(job: Job, table: AnswerTable, store: AnswerStore) -> PriceFit | None:
    """Return the prices of earlier requests for this question, else of the engine's requests; None if unknown."""
    kind = job.column.kind
    return store.price_fit(kind, table.question_digest) or store.price_fit(kind, engine=job.ledger_name)
