"""Latest answers in memory, in front of a store or instead of one, for streams that meet the same values again."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from jsdf.store import ledger_access
from jsdf.store.base import AnswerStore
from jsdf.store.contents import StoreInfo
from jsdf.store.ledger.label_sets import StoredLabels
from jsdf.store.ledger.spending import Spending
from jsdf.store.record import NewAnswer, StoredAnswer
from jsdf.store.request_cost import PriceFit, RequestCost, RequestShape

T = TypeVar("T")

#: Answers that are kept at most; 1,000,000 take about 150 MB.
MAX_ANSWERS = 1_000_000
#: Bytes of scores that are kept at most; those of other answers are asked of the store behind.
MAX_SCORE_BYTES = 256 << 20


class _Latest(Generic[T]):
    """Entries by key; once there are `maximum`, the older half is dropped."""

    def __init__(self, maximum: int) -> None:
        self.maximum = maximum
        self._new: dict[bytes, T] = {}
        self._old: dict[bytes, T] = {}

    def __len__(self) -> int:
        return len(self._new) + len(self._old)

    def find(self, keys: Iterable[bytes]) -> dict[bytes, T]:
        found = {key: self._new[key] for key in keys if key in self._new}
        return {**found, **{key: self._old[key] for key in keys if key in self._old and key not in found}}

    def add(self, key: bytes, entry: T) -> None:
        if len(self._new) >= self.maximum // 2:
            self._old, self._new = self._new, {}
        self._new[key] = entry

    def remove(self, key: bytes) -> None:
        self._new.pop(key, None)
        self._old.pop(key, None)


class LatestAnswers:
    """The latest answers, scores and refusals of one process; several stores may share them.

    Args:
        max_answers: Maximum number of answers, and of refusals.
        keeps_unstored: True to drop no answers any more once some are in no store behind.
    """

    def __init__(self, max_answers: int = MAX_ANSWERS, *, keeps_unstored: bool = False) -> None:
        self._keeps_unstored = keeps_unstored
        self.answers: _Latest[tuple[bytes, type[StoredAnswer]]] = _Latest(max_answers)
        self.scores: _Latest[bytes] = _Latest(max_answers)
        self.refusals: _Latest[int | None] = _Latest(max_answers)
        self.lock = threading.Lock()
        # One object for all answers that are equal.
        self._equal: dict[tuple[bytes, type[StoredAnswer]], tuple[bytes, type[StoredAnswer]]] = {}

    def __len__(self) -> int:
        return len(self.answers)

    def find(self, keys: Sequence[bytes]) -> list[StoredAnswer]:
        """Return the answers to these keys, with the scores that are kept."""
        with self.lock:
            found, scores = self.answers.find(keys), self.scores.find(keys)
        return [kind(key, answer, scores.get(key)) for key, (answer, kind) in found.items()]

    def add(self, answers: Iterable[StoredAnswer], *, is_stored: bool = True, is_new: bool = False) -> None:
        """Keep answers.

        Args:
            answers: The answers.
            is_stored: False if they are in no store behind.
            is_new: True if they come from the engine and not from the store behind.
        """
        kind = NewAnswer if is_new else StoredAnswer
        with self.lock:
            if self._keeps_unstored and not is_stored:
                self.answers.maximum = sys.maxsize
            for key, answer, scores in answers:
                entry = answer, kind
                self.answers.add(key, self._equal.setdefault(entry, entry))
                if scores:
                    self.scores.maximum = min(self.scores.maximum, max(2, MAX_SCORE_BYTES // len(scores)))
                    self.scores.add(key, scores)
            if len(self._equal) > MAX_ANSWERS // 100:
                self._equal.clear()


class MemoryStore:
    """`AnswerStore` that looks for answers in memory first.

    Args:
        latest: The answers in memory.
        behind: The store that keeps everything; None for memory alone.
    """

    def __init__(self, latest: LatestAnswers, behind: AnswerStore | None = None) -> None:
        self._latest, self._behind = latest, behind

    @property
    def location(self) -> str:
        """Location of the store behind, or "in memory"."""
        return "in memory" if self._behind is None else self._behind.location

    @property
    def error(self) -> str | None:
        """Reason the store behind cannot be used, or None."""
        return None if self._behind is None else self._behind.error

    @property
    def problem(self) -> str | None:
        """Message about the store behind; None if there is nothing to say."""
        return None if self._behind is None else self._behind.problem

    def load(self, keys: Sequence[bytes]) -> Iterator[list[StoredAnswer]]:
        """Yield lists of the stored answers to these keys, in no particular order; other keys are left out."""
        found = {answer.key: answer for answer in self._latest.find(keys)}
        yield [*found.values()]
        if self._behind is None:
            return
        has_scores = len(self._latest.scores) > 0
        others = [key for key in keys if key not in found or (has_scores and found[key].scores is None)]
        if others:
            for answers in self._behind.load(others):
                self._latest.add(answer for answer in answers if answer.key not in found)
                yield [type(found.get(answer.key, answer))(*answer) for answer in answers]

    def add_answers(self, answers: Iterable[StoredAnswer], spent: RequestCost | None = None) -> None:
        """Store answers, and the usage of their request in the store behind."""
        answers = list(answers)
        is_stored = False
        try:
            if self._behind is not None:
                self._behind.add_answers(answers, spent)
                is_stored = self._behind.error is None
        finally:
            self._latest.add(answers, is_stored=is_stored, is_new=True)

    def load_refusals(self, keys: Sequence[bytes]) -> dict[bytes, int | None]:
        """Return those of the keys that were refused, each with its HTTP status."""
        with self._latest.lock:
            found = self._latest.refusals.find(keys)
        return found if self._behind is None else {**self._behind.load_refusals(keys), **found}

    def add_refusal(self, key: bytes, status: int | None) -> None:
        """Store that the service refused a sample sent alone, so that it is not sent again."""
        with self._latest.lock:
            self._latest.refusals.add(key, status)
        if self._behind is not None:
            self._behind.add_refusal(key, status)

    def clear_refusals(self, keys: Sequence[bytes]) -> None:
        """Delete the refusals of these keys."""
        with self._latest.lock:
            for key in keys:
                self._latest.refusals.remove(key)
        if self._behind is not None:
            self._behind.clear_refusals(keys)

    def mean_tokens_per_sample(self, job: bytes | None = None, *, engine: str | None = None) -> float | None:
        """Return mean total tokens per sample, as far as the store behind knows."""
        return None if self._behind is None else self._behind.mean_tokens_per_sample(job, engine=engine)

    def price_fit(self, kind: str, job: bytes | None = None, *, engine: str | None = None) -> PriceFit | None:
        """Return how prices depend on sizes, as far as the store behind knows."""
        return None if self._behind is None else self._behind.price_fit(kind, job, engine=engine)

    def request_shapes(self, kind: str, engine: str) -> list[RequestShape]:
        """Return requests to an engine, as far as the store behind knows."""
        return [] if self._behind is None else ledger_access.request_shapes(self._behind, kind, engine)

    def spending(self) -> list[Spending]:
        """Return requests and tokens, as far as the store behind knows."""
        return [] if self._behind is None else ledger_access.spending(self._behind)

    def label_sets(self, context: bytes) -> list[StoredLabels]:
        """Return the label sets that the store behind knows, the latest first."""
        return [] if self._behind is None else ledger_access.label_sets(self._behind, context)

    def add_label_set(self, label_set: StoredLabels) -> None:
        """Record a label set in the store behind."""
        if self._behind is not None:
            ledger_access.add_label_set(self._behind, label_set)

    def refresh_label_set(self, label_set: StoredLabels) -> None:
        """Record in the store behind that a label set is in use."""
        if self._behind is not None:
            ledger_access.refresh_label_set(self._behind, label_set)

    def info(self) -> StoreInfo:
        """Count what the store behind holds, or else the answers and refusals in memory."""
        if self._behind is not None:
            return self._behind.info()
        return StoreInfo(len(self._latest), len(self._latest.refusals))

    def close(self) -> None:
        """Close the store behind; what is in memory stays."""
        if self._behind is not None:
            self._behind.close()
