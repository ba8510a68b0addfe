"""Description of one labelling job: column, labels, engine and limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jsdf.engines.base import Question
from jsdf.results.answers import Answers
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
    def question(self) -> Question:
        """The question about each value."""
        return Question(self.labels, self.column.kind, self.multiple, self.task)

    def new_answer_table(self, answers: Answers | None = None) -> AnswerTable:
        """Return a table for this job's question, empty or with these answers."""
        return AnswerTable(self.question, self.engine.identity, self.column.values, answers)

    def request_count(self, samples: int) -> int:
        """Return the number of requests for `samples`; an upper bound if the engine needs rounds for the labels.

        Raises:
            InvalidLabelsError: There are too many labels even for rounds.
        """
        engine = self.engine
        return requests_needed(self.labels, engine.max_labels, samples, engine.batch_size, multiple=self.multiple)


def stored_prices(job: Job, table: AnswerTable, store: AnswerStore) -> PriceFit | None:
    """Return the prices of earlier requests for this question, else of the engine's requests; None if unknown."""
    kind = job.column.kind
    return store.price_fit(kind, table.question_digest) or store.price_fit(kind, engine=job.engine.identity)
