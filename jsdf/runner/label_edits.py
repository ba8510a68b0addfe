"""Answers that stay valid when labels are edited, and what an edit costs.

Renaming a described label and reordering change no key of the store, so that they cost nothing. When a label is
removed, the answers of rows that did not have it stay valid. For that, the store remembers the label sets that were
asked about, as digests. Every other edit changes the question for all rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jsdf.formatting.text import pluralize, quote
from jsdf.labels.label_set import digest_classes
from jsdf.runner.answer_table import AnswerTable, digest_question
from jsdf.store import ledger_access
from jsdf.store.ledger.label_sets import MAX_LABEL_SETS, StoredLabels
from jsdf.store.record import StoredAnswer

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.store.base import AnswerStore

#: Earlier label sets whose answers are looked up, the most similar ones first.
MAX_LARGER_SETS = 8
_MAX_NAMES = 3  # in the description of an edit


def remember_labels(store: AnswerStore, table: AnswerTable) -> None:
    """Record in the store that the question of this table is asked, unless it was the last one in its context."""
    label_set = _stored_labels(table)
    if ledger_access.label_sets(store, label_set.context)[:1] != [label_set]:
        ledger_access.add_label_set(store, label_set)


def load_for_run(store: AnswerStore, table: AnswerTable) -> None:
    """Do as `load_valid_answers`; if that leaves nothing to ask, remember the label set, which no request will do."""
    load_valid_answers(store, table)
    if len(table.values) and not len(table.pending()):
        label_set = _stored_labels(table)
        if label_set not in ledger_access.label_sets(store, label_set.context)[: MAX_LABEL_SETS // 2]:
            ledger_access.refresh_label_set(store, label_set)


def load_valid_answers(store: AnswerStore, table: AnswerTable) -> None:
    """Load answers to the same question with further labels, of values that have none of the further ones.

    Of several such questions, the one with the fewest further labels decides about a value.
    """
    pending = table.pending().tolist()
    for larger in _larger_sets(store, table) if pending else ():
        convert = _converter(larger, table)
        seen: set[int] = set()
        for found in table.find_under(store, larger.job, pending):
            converted = [(item, convert(answer)) for item, answer in found]
            table.apply_stored([(item, answer) for item, answer in converted if answer is not None])
            seen.update(item for item, _ in found)
        pending = [item for item in pending if item not in seen]


def describe_edit(store: AnswerStore, table: AnswerTable, rows: npt.NDArray[np.intp]) -> str | None:
    """Return what was changed since the most similar labels that were asked about, and the number of rows it costs.

    Args:
        store: The store.
        table: A table into which all valid answers were loaded.
        rows: Number of rows of each value.

    Returns:
        A phrase as "'refund' is new: 9,120 rows to send"; None if no row is to be sent because of an edit.
    """
    own, pending = _stored_labels(table), table.pending().tolist()
    others = [other for other in _known_sets(store, table) if other.job != own.job]
    alike = [other for other in others if own.classes.keys() & other.classes.keys()]
    alike.sort(key=lambda other: -len(own.classes.keys() & other.classes.keys()))
    paid: set[int] = set()
    for earlier in alike[:MAX_LARGER_SETS]:
        unpaid = [item for item in pending if item not in paid]
        paid.update(item for found in table.find_under(store, earlier.job, unpaid) for item, _ in found)
    return _Edit.between(alike[0], own, table).describe(int(rows[list(paid)].sum())) if paid else None


def _stored_labels(table: AnswerTable) -> StoredLabels:
    question = table.question
    digests = sorted((label.digest, _digest_name(label.name)) for label in question.labels.classes)
    context = digest_question(question, table.identity, b"", table.pass_number)
    return StoredLabels(table.question_digest, context, b"".join(part for pair in digests for part in pair))


def _digest_name(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()


def _known_sets(store: AnswerStore, table: AnswerTable) -> list[StoredLabels]:
    """Return the label sets that were asked about in the context of this question, without damaged records."""
    context = digest_question(table.question, table.identity, b"", table.pass_number)
    return [found for found in ledger_access.label_sets(store, context) if _is_whole(found, table)]


def _is_whole(found: StoredLabels, table: AnswerTable) -> bool:
    digests = list(found.classes)
    is_ordered = all(a < b for a, b in pairwise(digests))
    job = digest_question(table.question, table.identity, digest_classes(digests), table.pass_number)
    return is_ordered and found.job == job


def _larger_sets(store: AnswerStore, table: AnswerTable) -> list[StoredLabels]:
    own = {label.digest for label in table.question.labels.classes}
    larger = [found for found in _known_sets(store, table) if own < found.classes.keys()]
    return sorted(larger, key=lambda found: len(found.classes))[:MAX_LARGER_SETS]


def _converter(larger: StoredLabels, table: AnswerTable) -> Callable[[StoredAnswer], StoredAnswer | None]:
    """Return a function that puts an answer to a question with further labels into the form of this table's answers.

    It returns None if the answer names a further label, or is damaged.
    """
    own = {label.digest for label in table.question.labels.classes}
    kept = [position for position, digest in enumerate(larger.classes) if digest in own]
    convert = _convert_multiple if table.question.multiple else _convert_single
    known: dict[bytes, bytes | None] = {}

    def converted(stored: StoredAnswer) -> StoredAnswer | None:
        if stored.answer not in known:
            known[stored.answer] = convert(stored.answer, kept, len(larger.classes))
        answer = known[stored.answer]
        return None if answer is None else StoredAnswer(stored.key, answer, _convert_scores(stored, kept, larger))

    return converted


def _convert_single(answer: bytes, kept: Sequence[int], _count: int) -> bytes | None:
    position = int.from_bytes(answer, "little")
    return kept.index(position).to_bytes(2, "little") if len(answer) == 2 and position in kept else None


def _convert_multiple(answer: bytes, kept: Sequence[int], count: int) -> bytes | None:
    if len(answer) != (count + 7) // 8:
        return None
    chosen = np.unpackbits(np.frombuffer(answer, np.uint8), count=count)
    return np.packbits(chosen[kept]).tobytes() if chosen.sum() == chosen[kept].sum() else None


def _convert_scores(stored: StoredAnswer, kept: Sequence[int], larger: StoredLabels) -> bytes | None:
    if stored.scores is None or len(stored.scores) != 4 * len(larger.classes):
        return None
    return np.frombuffer(stored.scores, "<f4")[kept].tobytes()


class _Edit(NamedTuple):
    """Difference of two label sets; new and reworded labels by name."""

    new: list[str]
    reworded: list[str]
    removed: int

    @classmethod
    def between(cls, earlier: StoredLabels, own: StoredLabels, table: AnswerTable) -> _Edit:
        gone = {digest: name for digest, name in earlier.classes.items() if digest not in own.classes}
        added = [label.name for label in table.question.labels.classes if label.digest not in earlier.classes]
        reworded = [name for name in added if _digest_name(name) in gone.values()]
        return cls([name for name in added if name not in reworded], reworded, len(gone) - len(reworded))

    def describe(self, rows: int) -> str:
        parts = [f"{_join(self.new)} {'is' if len(self.new) == 1 else 'are'} new"] if self.new else []
        if self.reworded:
            parts.append(f"{_join(self.reworded)} {'was' if len(self.reworded) == 1 else 'were'} reworded")
        if self.removed:
            parts.append(f"{pluralize(self.removed, 'label')} {'was' if self.removed == 1 else 'were'} removed")
        return f"{' and '.join(parts)}: {pluralize(rows, 'row')} to send"


def _join(names: Sequence[str]) -> str:
    shown = [quote(name) for name in names[:_MAX_NAMES]]
    shown += [f"{len(names) - _MAX_NAMES:,} more"] if len(names) > _MAX_NAMES else []
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
