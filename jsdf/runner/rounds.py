"""More labels than an engine takes at once: groups of labels first, then their winners among themselves.

Approximate by its nature: in each group a row must choose although its true label may be in another, and
the last choice is among the winners alone. For a multiple question the groups' answers are put together,
since each label is decided by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jsdf.errors import InvalidLabelsError
from jsdf.results.answers import ANSWERED, FAILED, PENDING, UNKNOWN
from jsdf.runner.answer_table import AnswerTable
from jsdf.runner.batches import Batch, sampling_order
from jsdf.runner.scheduler import Scheduler

if TYPE_CHECKING:
    from jsdf.labels import LabelSet
    from jsdf.store.thread import StoreThread


@dataclass(frozen=True)
class LabelGroup:
    """A question about some of the labels, for all values or some.

    Attributes:
        table: Where its answers are.
        labels: Positions of its labels in the whole set.
        items: Positions of its values in the whole table, None for all of them.
    """

    table: AnswerTable
    labels: Sequence[int]
    items: Sequence[int] | None = None


def partition_labels(labels: LabelSet, most: int, *, multiple: bool) -> list[list[int]]:
    """Cut labels into as few groups as hold at most `max_labels` descriptions each, evenly filled.

    Raises:
        InvalidLabelsError: A label has too many descriptions, or there are more groups than have winners
            that fit into one last round.
    """
    sizes = [len(c.members) for c in labels.classes]
    for count in range(-(-sum(sizes) // most), len(sizes) + 1):
        groups: list[list[int]] = [[] for _ in range(count)]
        for i in sorted(range(len(sizes)), key=lambda i: -sizes[i]):
            min(groups, key=lambda g: sum(sizes[j] for j in g)).append(i)
        if multiple:
            groups = [_with_another_label(g, sizes) for g in groups]
        if all(sum(sizes[j] for j in g) <= most for g in groups):
            break
    else:
        raise InvalidLabelsError(f"labels: {_most_described(labels)}; a request holds {most}, with those of another")
    if not multiple and sum(max(sizes[j] for j in g) for g in groups) > most:
        raise InvalidLabelsError(
            f"labels: {len(labels)} are too many, with {sum(sizes)} descriptions; the engine takes {most} at once, "
            f"and rounds can tell apart about {most * most}"
        )
    return [sorted(g) for g in groups]


def _with_another_label(group: list[int], sizes: list[int]) -> list[int]:
    """A question needs two labels at least; the smallest other one does no harm by being asked twice."""
    if len(group) > 1:
        return group
    return [*group, min((i for i in range(len(sizes)) if i not in group), key=lambda i: sizes[i])]


def _most_described(labels: LabelSet) -> str:
    most = max(labels.classes, key=lambda c: len(c.members))
    return f"{most.name!r} has {len(most.members)} descriptions"


def fits_one_request(labels: LabelSet, most: int | None) -> bool:
    """Whether an engine takes these labels at once."""
    return most is None or sum(len(c.members) for c in labels.classes) <= most


def requests_needed(labels: LabelSet, most: int | None, samples: int, size: int, *, multiple: bool) -> int:
    """How many requests so many samples take; with rounds, at most.

    Samples with different winners share a request of the last round only as long as the winners fit.
    """
    if most is None or fits_one_request(labels, most):
        return -(-samples // size)
    groups = partition_labels(labels, most, multiple=multiple)
    first = -(-samples // size) * sum(len(g) > 1 for g in groups)
    together = max(1, min(size, most // sum(max(len(labels.classes[i].members) for i in g) for g in groups)))
    return first if multiple else first + -(-samples // together)


async def ask_in_rounds(
    table: AnswerTable,
    items: Sequence[int],
    scheduler: Scheduler,
    store: StoreThread,
    *,
    identity: str,
    max_labels: int,
    size: int,
    on_settled: Callable[[AnswerTable, Sequence[int]], object],
) -> None:
    """Answer these values of a table that has more labels than the engine takes.

    Args:
        table: Gets the answers, as does the store under the whole question's key.
        items: The values to ask about.
        scheduler: Sends the requests of all rounds.
        store: Keeps the answers of each round too, so that nothing is paid twice after a stop.
        identity: The engine's.
        max_labels: How many labels the engine takes.
        size: How many samples it takes.
        on_settled: Called with what got its final state.
    """
    question = table.question
    groups = [
        LabelGroup(table.for_labels(question.labels.subset(g), identity), g)
        for g in partition_labels(question.labels, max_labels, multiple=question.multiple)
    ]
    for group in groups:
        if len(group.labels) == 1:  # it fills a request by itself, so it goes to the last round unasked
            group.table.answers.chosen[:], group.table.answers.status[:] = 0, ANSWERED
        else:
            await store.call(group.table.load, items)
    await scheduler.run(_first_round(groups, items, size))
    finals: list[LabelGroup] = []
    if question.multiple:
        done = [i for i in items if _merge_groups(table, groups, i)]
    else:
        winners = {i: w for i in items if (w := _group_winners(table, groups, i))}
        done = _apply_sole_winners(table, winners)
        finals = list(_last_round(table, winners, identity, max_labels, size))
        await scheduler.run(Batch(g.table, range(len(g.items or ()))) for g in finals)
        done += [i for group in finals for i in _apply_final(table, group)]
    await store.add_answers(table.to_stored(done))
    on_settled(table, [i for i in items if table.answers.status[i] != PENDING])


def _first_round(groups: list[LabelGroup], items: Sequence[int], size: int) -> Iterator[Batch]:
    # Batch by batch rather than group by group, so that a run that is stopped has whole rows.
    for span in sampling_order(len(items), size):
        part = items[span.start : span.stop]
        for group in groups:
            asked = [i for i in part if group.table.answers.status[i] == PENDING and not _failed(groups, i)]
            if asked:
                yield Batch(group.table, asked)


def _failed(groups: Sequence[LabelGroup], item: int) -> bool:
    return any(g.table.answers.status[item] == FAILED for g in groups)


def _has_no_answer(table: AnswerTable, groups: Sequence[LabelGroup], item: int) -> bool:
    """Whether a group has no answer for this value that could be gone by; the table then says why."""
    status = [int(g.table.answers.status[item]) for g in groups]
    if FAILED in status:
        table.answers.fail([item], groups[status.index(FAILED)].table.answers.reasons[item])
    return FAILED in status or PENDING in status


def _merge_groups(table: AnswerTable, groups: Sequence[LabelGroup], item: int) -> bool:
    if _has_no_answer(table, groups, item):
        return False
    for group in groups:
        if group.table.answers.status[item] == UNKNOWN:
            table.answers.fail([item], group.table.answers.reasons[item], UNKNOWN)
            return False
    for group in groups:
        table.answers.chosen[item, list(group.labels)] = group.table.answers.chosen[item]
    table.answers.status[item] = ANSWERED
    return True


def _group_winners(table: AnswerTable, groups: Sequence[LabelGroup], item: int) -> tuple[int, ...]:
    if _has_no_answer(table, groups, item):
        return ()
    won = [g.labels[g.table.answers.chosen[item]] for g in groups if g.table.answers.status[item] == ANSWERED]
    if not won:
        table.answers.fail([item], groups[0].table.answers.reasons[item], UNKNOWN)
    return tuple(won)


def _apply_sole_winners(table: AnswerTable, winners: dict[int, tuple[int, ...]]) -> list[int]:
    """The values with a single winner need no last round."""
    done = [i for i, w in winners.items() if len(w) == 1]
    for i in done:
        table.answers.chosen[i], table.answers.status[i] = winners[i][0], ANSWERED
    return done


def _last_round(
    table: AnswerTable, winners: dict[int, tuple[int, ...]], identity: str, most: int, size: int
) -> Iterator[LabelGroup]:
    """Pack values whose winners together are few enough into one request."""
    classes = table.question.labels.classes
    pack: list[int] = []
    union: set[int] = set()
    for i in sorted((i for i, w in winners.items() if len(w) > 1), key=lambda i: winners[i]):
        wider = union | set(winners[i])
        if pack and (len(pack) == size or sum(len(classes[c].members) for c in wider) > most):
            yield _final(table, pack, sorted(union), identity)
            pack, wider = [], set(winners[i])
        pack, union = [*pack, i], wider
    if pack:
        yield _final(table, pack, sorted(union), identity)


def _final(table: AnswerTable, items: list[int], labels: list[int], identity: str) -> LabelGroup:
    return LabelGroup(table.for_labels(table.question.labels.subset(labels), identity, items), labels, items)


def _apply_final(table: AnswerTable, group: LabelGroup) -> list[int]:
    answers, done = group.table.answers, []
    for position, item in enumerate(group.items or ()):
        state = int(answers.status[position])
        if state == ANSWERED:
            table.answers.chosen[item] = np.array(group.labels)[answers.chosen[position]]
            table.answers.status[item] = ANSWERED
            done.append(item)
        elif state in (FAILED, UNKNOWN):
            table.answers.fail([item], answers.reasons[position], state)
    return done
