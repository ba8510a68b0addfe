"""Ledger of a store on a Redis server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jsdf.store import redis_records as records
from jsdf.store import request_cost
from jsdf.store.ledger import label_sets, spending
from jsdf.store.ledger.label_sets import StoredLabels
from jsdf.store.ledger.spending import Spending
from jsdf.store.request_cost import PriceFit, RequestCost, RequestShape

SPENDING = f"{records.PREFIX}spending"


class RedisLedger:
    """The methods of an `AnswerStore` about usage and label sets."""

    def _try(self, work: Callable[[Any], Any]) -> Any:
        """Return the result of `work`, called with the connection; None if the server does not answer."""
        raise NotImplementedError

    def _write(self, work: Callable[[Any], object]) -> None:
        """Run `work` in a transaction."""
        raise NotImplementedError

    def mean_tokens_per_sample(self, job: bytes | None = None, *, engine: str | None = None) -> float | None:
        """Return mean total tokens per sample of one question, or of an engine if `job` is None; None if unknown."""
        costs = [cost for cost in self._costs(job, engine) if cost.total_tokens is not None]
        samples = sum(cost.samples for cost in costs)
        return sum(cost.total_tokens or 0 for cost in costs) / samples or None if samples else None

    def price_fit(self, kind: str, job: bytes | None = None, *, engine: str | None = None) -> PriceFit | None:
        """Return how prices depend on sizes, for one question, or for an engine if `job` is None; None if unknown."""
        costs = self._costs(job, engine)
        sizes = [(c.size, c.total_tokens) for c in costs if c.kind == kind and c.size and c.total_tokens is not None]
        return request_cost.fit(sizes)

    def _costs(self, job: bytes | None, engine: str | None) -> list[RequestCost]:
        lines = self._try(lambda server: server.lrange(records.prices_key(job, engine), 0, -1))
        return [cost for line in lines or () if (cost := records.to_cost(line)) is not None]

    def request_shapes(self, kind: str, engine: str) -> list[RequestShape]:
        """Return the latest requests to an engine with samples of this kind, from which prices are learned."""
        lines = self._try(lambda server: server.lrange(records.shapes_key(kind, engine), 0, -1))
        shapes = [shape for line in lines or () if (shape := records.to_shape(line)) is not None]
        return request_cost.spread(shapes)

    def spending(self) -> list[Spending]:
        """Return requests and tokens by time, engine and question, in order of time."""
        return spending.from_fields(self._try(lambda server: server.hgetall(SPENDING)) or {})

    def label_sets(self, context: bytes) -> list[StoredLabels]:
        """Return the label sets that were asked about in this context, the latest first."""
        values = self._try(lambda server: server.hgetall(records.labels_key(context)))
        return label_sets.from_values(context, values or {})

    def add_label_set(self, label_set: StoredLabels) -> None:
        """Record that a label set is asked about."""
        name, value = records.labels_key(label_set.context), label_sets.to_value(label_set)
        self._write(lambda pipeline: pipeline.hset(name, label_set.job, value))


def add_spending(pipeline: Any, at: float, spent: RequestCost) -> None:
    """Add the usage of a request, at this Unix time, to the sums."""
    for field, amount in spending.to_fields(at, spent).items():
        pipeline.hincrby(SPENDING, field, amount)
