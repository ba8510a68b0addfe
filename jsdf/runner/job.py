"""Description of one labelling job: column, labels, engine and limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jsdf.engines.base import Question
from jsdf.results.answers import Answers
from jsdf.results.cost import ledger_name
from jsdf.runner.answer_table import AnswerTable
from jsdf.runner.limits.budget import Budget
from jsdf.runner.rounds import requests_needed

if TYPE_CHECKING:
    from jsdf.column import Column
    from jsdf.engines.base import Engine
    from jsdf.labels import LabelSet
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
    def question(self) -> Question:
        """The question about each value."""
        return Question(self.labels, self.column.kind, self.multiple, self.task)

    def new_answer_table(self, answers: Answers | None = None) -> AnswerTable:
        """Return a table for this job's question, empty or with these answers."""
        return AnswerTable(self.question, self.engine.identity, self.column.values, answers, self.pass_number)

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
        return requests_needed(self.labels, self.engine.max_labels, samples, *sizes, multiple=self.multiple)


def stored_prices(job: Job, table: AnswerTable, store: AnswerStore) -> PriceFit | None:
    """Return the prices of earlier requests for this question, else of the engine's requests; None if unknown."""
    kind = job.column.kind
    return store.price_fit(kind, table.question_digest) or store.price_fit(kind, engine=job.ledger_name)
