"""Protocol of stores: answer cache, checkpoint of runs and record of usage, whatever keeps them.

A store never raises while a run uses it: what cannot be read is as if it were not there, and `problem` says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from jsdf.store.contents import StoreInfo
from jsdf.store.ledger.label_sets import StoredLabels
from jsdf.store.ledger.spending import Spending
from jsdf.store.record import StoredAnswer
from jsdf.store.request_cost import PriceFit, RequestCost, RequestShape

#: Follows the reason why a store cannot be used.
RUN_CONTINUES = "the run continues without it, and running it again is billed again"
#: Seconds after which a refused sample is sent again: an unreachable image may be available again.
REFUSAL_AGE = 7 * 24 * 3600.0


class AnswerStore(Protocol):
    """Answers, refusals and usage by digest. Use an instance from one thread at a time, and a new one after a fork."""

    @property
    def location(self) -> str:
        """Path of the file, or URL of the server without its password."""

    @property
    def error(self) -> str | None:
        """Reason the store cannot be used, or None."""

    @property
    def problem(self) -> str | None:
        """Message for the user: `error`, or damage that was found; None if there is nothing to say."""

    def load(self, keys: Sequence[bytes]) -> Iterator[list[StoredAnswer]]:
        """Yield lists of the stored answers to these keys, in no particular order; other keys are left out."""

    def add_answers(self, answers: Iterable[StoredAnswer], spent: RequestCost | None = None) -> None:
        """Store answers and the usage of their request; return when they are safe."""

    def load_refusals(self, keys: Sequence[bytes]) -> dict[bytes, int | None]:
        """Return those of the keys that have a refusal younger than `REFUSAL_AGE`, each with its HTTP status."""

    def add_refusal(self, key: bytes, status: int | None) -> None:
        """Store that the service refused a sample sent alone, so that later runs need not search for it."""

    def clear_refusals(self, keys: Sequence[bytes]) -> None:
        """Delete the refusals of these keys."""

    def mean_tokens_per_sample(self, job: bytes | None = None, *, engine: str | None = None) -> float | None:
        """Return mean total tokens per sample of one question, or of an engine if `job` is None; None if unknown."""

    def price_fit(self, kind: str, job: bytes | None = None, *, engine: str | None = None) -> PriceFit | None:
        """Return how prices depend on sizes, for one question, or for an engine if `job` is None; None if unknown."""

    def request_shapes(self, kind: str, engine: str) -> list[RequestShape]:
        """Return requests to an engine with samples of this kind, from which prices are learned.

        A store of your own may lack this method and the next three; then it is as if it held nothing of the kind.
        """

    def spending(self) -> list[Spending]:
        """Return requests and tokens by time, engine and question, in order of time."""

    def label_sets(self, context: bytes) -> list[StoredLabels]:
        """Return the label sets that were asked about in this context, the latest first."""

    def add_label_set(self, label_set: StoredLabels) -> None:
        """Record that a label set is asked about."""

    def info(self) -> StoreInfo:
        """Count what the store holds."""

    def close(self) -> None:
        """Write what is pending and close the store; closing twice is harmless."""


def damaged_records(location: str) -> str:
    """Return the message about a store that holds damaged records."""
    return f"the store {location} holds damaged records: their samples are asked, and billed, again"
