"""Table of the answers to one question, by value in memory and by digest in the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from jsdf.formatting.text import quote
from jsdf.results.answers import ANSWERED, PENDING, STORE, UNKNOWN, Answers
from jsdf.store.record import NewAnswer, StoredAnswer
from jsdf.utils.fingerprint import value_content

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.engines.base import Question, Reply
    from jsdf.labels import LabelSet
    from jsdf.store.base import AnswerStore

#: Positions of values, each with its answer in the store.
Stored: TypeAlias = "list[tuple[int, StoredAnswer]]"

_DIGEST_BYTES = 16
#: Values per store lookup, which bounds its memory.
MAX_LOOKUP = 50_000


class AnswerTable:
    """Answers to one question for every distinct value.

    Args:
        question: The labels, the kind of the values and the task.
        identity: Identity of the engine; the store keeps the answers of different engines apart.
        values: The distinct values.
        answers: Existing answers; None if there are none.
        pass_number: Which of several answers to the same question these are, from 0.
    """

    def __init__(
        self,
        question: Question,
        identity: str,
        values: list[Any],
        answers: Answers | None = None,
        pass_number: int = 0,
    ) -> None:
        self.question = question
        self.values = values
        self.answers = answers or Answers.empty(len(values), len(question.labels), multiple=question.multiple)
        self._parent: tuple[AnswerTable, Sequence[int] | None] | None = None
        self.pass_number = pass_number
        self.identity = identity
        self.question_digest = digest_question(question, identity, pass_number=pass_number)

    @cached_property
    def store_keys(self) -> list[bytes]:
        """16-byte store keys of the values under this question."""
        return self._keys_under(self.question_digest, range(len(self.values)))

    def _keys_under(self, question: bytes, items: Sequence[int]) -> list[bytes]:
        contents = (value_content(self.values[i], self.question.kind) for i in items)
        return [blake2b(c, key=question, digest_size=_DIGEST_BYTES).digest() for c in contents]

    @cached_property
    def _canonical_order(self) -> npt.NDArray[np.int32]:
        return np.array(self.question.labels.canonical_order, np.int32)

    def for_labels(self, labels: LabelSet, identity: str, items: Sequence[int] | None = None) -> AnswerTable:
        """Return an empty table of the same question with a subset of the labels, for all values or for `items`."""
        values = self.values if items is None else [self.values[i] for i in items]
        table = AnswerTable(replace(self.question, labels=labels), identity, values, pass_number=self.pass_number)
        table._parent = self, items
        return table

    def refusal_key(self, item: int) -> bytes:
        """Return the store key for a refusal of this value: its key under the user's own question."""
        table, position = self._in_parent(item)
        return table.store_keys[position]

    def add_notes(self, notes: Mapping[int, str]) -> None:
        """Record remarks on how values were read, by position; they belong to the user's own question."""
        for item, note in notes.items():
            table, position = self._in_parent(item)
            table.answers.add_note(position, note)

    def _in_parent(self, item: int) -> tuple[AnswerTable, int]:
        """Return the table of the user's own question, and the position of this value in it."""
        if self._parent is None:
            return self, item
        table, items = self._parent
        return table, item if items is None else items[item]

    def pending(self) -> npt.NDArray[np.intp]:
        """Return the positions of the pending values, in order."""
        return self.answers.with_status(PENDING)

    def load(self, store: AnswerStore, items: Sequence[int]) -> None:
        """Load the stored answers of these values."""
        for start in range(0, len(items), MAX_LOOKUP):
            by_key, others = self._by_key(items[start : start + MAX_LOOKUP])
            for stored in store.load(list(by_key)):
                self._apply_stored([by_key[a.key] for a in stored], stored)
                repeated = [(item, answer) for answer in stored for item in others.get(answer.key, ())]
                if repeated:
                    self._apply_stored([item for item, _ in repeated], [answer for _, answer in repeated])

    def find_under(self, store: AnswerStore, question: bytes, items: Sequence[int]) -> Iterator[Stored]:
        """Yield these values with their stored answers to another question, by its digest; others are left out."""
        for start in range(0, len(items), MAX_LOOKUP):
            part = items[start : start + MAX_LOOKUP]
            by_key: dict[bytes, list[int]] = {}
            for item, key in zip(part, self._keys_under(question, part), strict=True):
                by_key.setdefault(key, []).append(int(item))
            for stored in store.load(list(by_key)):
                yield [(item, answer) for answer in stored for item in by_key[answer.key]]

    def apply_stored(self, found: Stored) -> None:
        """Apply answers in the form in which the store has those to this question."""
        if found:
            self._apply_stored([item for item, _ in found], [answer for _, answer in found])

    def _by_key(self, items: Sequence[int]) -> tuple[dict[bytes, int], dict[bytes, list[int]]]:
        """Return one value for each store key, and the others where several are spellings of one file or address."""
        keys, others = self.store_keys, dict[bytes, list[int]]()
        by_key = {keys[i]: int(i) for i in items}
        if len(by_key) < len(items):  # rare, and never so for texts
            for item in items:
                if by_key[keys[item]] != item:
                    others.setdefault(keys[item], []).append(int(item))
        return by_key, others

    def load_refusals(self, store: AnswerStore, items: Sequence[int], advice: str = "") -> None:
        """Mark as failed the values that the service refused individually before; they are not sent again."""
        by_key, others = self._by_key(items)
        for key, status in store.load_refusals(list(by_key)).items():
            with_status = "" if status is None else f" with HTTP {status}"
            self.answers.fail([by_key[key], *others.get(key, ())], f"refused{with_status} in an earlier run{advice}")

    def _apply_stored(self, items: list[int], stored: list[StoredAnswer]) -> None:
        labels = len(self.question.labels)
        width = (labels + 7) // 8 if self.question.multiple else 2
        is_valid = [
            len(a.answer) == width and (self.question.multiple or int.from_bytes(a.answer, "little") < labels)
            for a in stored
        ]
        if not all(is_valid):  # skip damaged records, so that their values are asked again
            items = [i for i, valid in zip(items, is_valid, strict=True) if valid]
            stored = [a for a, valid in zip(stored, is_valid, strict=True) if valid]
        packed = b"".join(a.answer for a in stored)
        if self.question.multiple:
            bits = np.unpackbits(np.frombuffer(packed, np.uint8).reshape(-1, width), axis=1, count=labels)
            chosen = np.zeros((len(items), labels), bool)
            chosen[:, self._canonical_order] = bits.astype(bool)
            self.answers.chosen[items] = chosen
        else:
            self.answers.chosen[items] = self._canonical_order[np.frombuffer(packed, "<u2")]
        self.answers.status[items] = ANSWERED
        older = [i for i, a in zip(items, stored, strict=True) if not isinstance(a, NewAnswer)]
        if older:
            self.answers.set_source(older, STORE)
        self._apply_stored_scores(items, stored)

    def _apply_stored_scores(self, items: list[int], stored: list[StoredAnswer]) -> None:
        labels = len(self.question.labels)
        scored = [(i, a.scores) for i, a in zip(items, stored, strict=True) if a.scores and len(a.scores) == 4 * labels]
        if scored:
            canonical = np.frombuffer(b"".join(s for _, s in scored), "<f4").reshape(-1, labels)
            scores = np.empty_like(canonical)
            scores[:, self._canonical_order] = canonical
            self.answers.set_scores([i for i, _ in scored], scores)

    def apply_reply(self, items: Sequence[int], reply: Reply) -> list[StoredAnswer]:
        """Apply an engine's reply, with one prediction per value.

        Returns:
            The records to store: only answers that name a label.
        """
        answered: list[int] = []
        for position, (item, prediction) in enumerate(zip(items, reply.predictions, strict=True)):
            if position in reply.failures:
                self.answers.fail([item], reply.failures[position])
            elif position in reply.unknown:
                self.answers.fail([item], reply.unknown[position], UNKNOWN)
            elif self._apply_prediction(item, prediction):
                answered.append(position)
        self.add_notes({items[position]: note for position, note in reply.notes.items()})
        if reply.scores is not None:
            self.answers.set_scores(list(items), np.asarray(reply.scores, np.float32))
        stored = [items[p] for p in answered]
        keys = (self.store_keys[i] for i in stored)
        return list(map(StoredAnswer, keys, self._pack(stored), self._pack_scores(stored, reply)))

    def _apply_prediction(self, item: int, prediction: Any) -> bool:
        find_label, answers = self.question.labels.find, self.answers
        names = prediction if isinstance(prediction, (list, tuple)) else [prediction]
        chosen = [c for c in map(find_label, names) if c is not None]
        if len(chosen) < len(names) or (not self.question.multiple and len(chosen) != 1):
            answers.fail([item], f"answered {quote(prediction)}, which is not one of the labels", UNKNOWN)
            return False
        if self.question.multiple:
            answers.chosen[item] = np.isin(np.arange(len(self.question.labels)), chosen)
        else:
            answers.chosen[item] = chosen[0]
        answers.status[item] = ANSWERED
        answers.reasons.pop(item, None)
        return True

    def to_stored(self, items: Sequence[int]) -> list[StoredAnswer]:
        """Return the store records of these values, without scores."""
        return list(map(StoredAnswer, (self.store_keys[i] for i in items), self._pack(items)))

    def _pack(self, items: Sequence[int]) -> Iterator[bytes]:
        chosen = self.answers.chosen[list(items)]
        if self.question.multiple:
            return (row.tobytes() for row in np.packbits(chosen[:, self._canonical_order], axis=1))
        rank = np.argsort(self._canonical_order).astype("<u2")
        return (code.tobytes() for code in rank[chosen])

    def _pack_scores(self, items: Sequence[int], reply: Reply) -> Iterator[bytes | None]:
        if reply.scores is None or self.answers.scores is None:
            return iter([None] * len(items))
        return (row.tobytes() for row in self.answers.scores[list(items)][:, self._canonical_order].astype("<f4"))


def digest_question(question: Question, identity: str, label_set: bytes | None = None, pass_number: int = 0) -> bytes:
    """Return the digest of a question to an engine, or of the same question about another label set, by its digest."""
    labels = question.labels.digest if label_set is None else label_set
    parts: tuple[Any, ...] = (identity, question.kind, question.task, question.multiple, labels)
    parts += (pass_number,) if pass_number else ()
    return blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=_DIGEST_BYTES).digest()
