"""Ledger of a store in an SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import TypeVar

from jsdf.store import request_cost
from jsdf.store.ledger import label_sets, spending
from jsdf.store.ledger.label_sets import StoredLabels
from jsdf.store.ledger.spending import Spending
from jsdf.store.request_cost import PriceFit, RequestShape

T = TypeVar("T")


class SQLiteLedger:
    """The methods of an `AnswerStore` about usage and label sets."""

    def _read(self, query: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Return the result of a query; `otherwise` if the file cannot be read."""
        raise NotImplementedError

    def _write(self, work: Callable[[sqlite3.Connection], object]) -> None:
        """Run `work` in a transaction."""
        raise NotImplementedError

    def mean_tokens_per_sample(self, job: bytes | None = None, *, engine: str | None = None) -> float | None:
        """Return mean total tokens per sample of one question, or of an engine if `job` is None; None if unknown."""
        return self._read(lambda db: request_cost.mean_tokens_per_sample(db, job, engine), None)

    def price_fit(self, kind: str, job: bytes | None = None, *, engine: str | None = None) -> PriceFit | None:
        """Return how prices depend on sizes, for one question, or for an engine if `job` is None; None if unknown."""
        return self._read(lambda db: request_cost.price_fit(db, kind, job, engine), None)

    def request_shapes(self, kind: str, engine: str) -> list[RequestShape]:
        """Return requests to an engine with samples of this kind, from which prices are learned."""
        return self._read(lambda db: request_cost.request_shapes(db, kind, engine), [])

    def spending(self) -> list[Spending]:
        """Return requests and tokens by time, engine and question, in order of time."""
        return self._read(spending.read, [])

    def label_sets(self, context: bytes) -> list[StoredLabels]:
        """Return the label sets that were asked about in this context, the latest first."""
        return self._read(lambda db: label_sets.read(db, context), [])

    def add_label_set(self, label_set: StoredLabels) -> None:
        """Record that a label set is asked about."""
        self._write(lambda db: label_sets.add(db, label_set))

    def refresh_label_set(self, label_set: StoredLabels) -> None:
        """Record that a label set is in use, unless that has to wait for another process."""
        self._read(lambda db: label_sets.add_at_once(db, label_set), None)
