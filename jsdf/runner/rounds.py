"""Ask in rounds if there are more labels than an engine takes at once: first groups of labels, then their winners.

The result is approximate: each group must give a row one of its labels, even if the correct label is in another group,
and the last round chooses among the winners only. For a multi-label question, where labels are independent, the
answers of the groups are merged and there is no last round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jsdf.errors import InvalidLabelsError
from jsdf.results.answers import ANSWERED, FAILED, PENDING, UNKNOWN
from jsdf.runner.answer_table import AnswerTable
from jsdf.runner.batches import Batch, request_count, sampling_order
from jsdf.runner.scheduler import Scheduler

if TYPE_CHECKING:
    from jsdf.labels import LabelSet
    from jsdf.store.thread import StoreThread


@dataclass(frozen=True)
class LabelGroup:
    """A question about a subset of the labels, for all values or a subset.

    Attributes:
        table: The table of its answers.
        labels: Positions of its labels in the complete label set.
        items: Positions of its values in the complete table; None for all of them.
    """

    table: AnswerTable
    labels: Sequence[int]
    items: Sequence[int] | None = None


def partition_labels(labels: LabelSet, max_labels: int, *, multiple: bool) -> list[list[int]]:
    """Partition labels evenly into as few groups as possible, with at most `max_labels` descriptions each.

    Raises:
        InvalidLabelsError: A label has too many descriptions, or there are so many groups that their winners do not
            fit into one last round.
    """
    sizes = [len(c.members) for c in labels.classes]
    for count in range(-(-sum(sizes) // max_labels), len(sizes) + 1):
        groups: list[list[int]] = [[] for _ in range(count)]
        for i in sorted(range(len(sizes)), key=lambda i: -sizes[i]):
            min(groups, key=lambda g: sum(sizes[j] for j in g)).append(i)
        if multiple:
            groups = [_with_another_label(g, sizes) for g in groups]
        if all(sum(sizes[j] for j in g) <= max_labels for g in groups):
            break
    else:
        raise InvalidLabelsError(
            f"labels: {_most_described(labels)}; a request holds {max_labels}, including those of a second label"
        )
    if not multiple and sum(max(sizes[j] for j in g) for g in groups) > max_labels:
        raise InvalidLabelsError(
            f"labels: {len(labels)} are too many, with {sum(sizes)} descriptions; the engine takes {max_labels} at "
            f"once, and about {max_labels * max_labels} in rounds"
        )
    return [sorted(g) for g in groups]


def _with_another_label(group: list[int], sizes: list[int]) -> list[int]:
    """Add the label with the fewest descriptions to a group of one, since a question needs at least two labels."""
    if len(group) > 1:
        return group
    return [*group, min((i for i in range(len(sizes)) if i not in group), key=lambda i: sizes[i])]


def _most_described(labels: LabelSet) -> str:
    largest = max(labels.classes, key=lambda c: len(c.members))
    return f"{largest.name!r} has {len(largest.members)} descriptions"


def fits_one_request(labels: LabelSet, max_labels: int | None) -> bool:
    """Return True if an engine takes all descriptions of these labels in one request."""
    return max_labels is None or sum(len(c.members) for c in labels.classes) <= max_labels


def requests_needed(
    labels: LabelSet,
    max_labels: int | None,
    samples: int,
    batch_size: int,
    first_batch_size: int | None = None,
    *,
    multiple: bool,
) -> int:
    """Return the number of requests for `samples`; an upper bound if rounds are needed.

    Samples with different winners share a request of the last round only if all their winners fit into it.
    """
    if max_labels is None or fits_one_request(labels, max_labels):
        return request_count(samples, batch_size, first_batch_size)
    groups = partition_labels(labels, max_labels, multiple=multiple)
    first = request_count(samples, batch_size, first_batch_size) * sum(len(g) > 1 for g in groups)
    winner_descriptions = sum(max(len(labels.classes[i].members) for i in g) for g in groups)
    last_batch_size = max(1, min(batch_size, max_labels // winner_descriptions))
    return first if multiple else first + -(-samples // last_batch_size)


async def ask_in_rounds(
    table: AnswerTable,
    items: Sequence[int],
    scheduler: Scheduler,
    store: StoreThread,
    *,
    identity: str,
    max_labels: int,
    batch_size: int,
    first_batch_size: int | None = None,
    on_settled: Callable[[AnswerTable, Sequence[int]], object],
) -> None:
    """Answer these values of a table that has more labels than the engine takes at once.

    Args:
        table: Table that receives the answers; they are also stored under the complete question.
        items: Positions of the values to ask about.
        scheduler: Sends the requests of all rounds.
        store: Also stores the answers of each round, so that nothing is paid twice after a stop.
        identity: Identity of the engine.
        max_labels: Maximum number of label descriptions per request.
        batch_size: Maximum number of samples per request.
        first_batch_size: Number of samples in the first one, see `Engine.first_batch_size`.
        on_settled: Called with the table and the values that reached their final status.
    """
    question = table.question
    groups = [
        LabelGroup(table.for_labels(question.labels.subset(g), identity), g)
        for g in partition_labels(question.labels, max_labels, multiple=question.multiple)
    ]
    for group in groups:
        if len(group.labels) == 1:  # a label that fills a request by itself wins without a question
            group.table.answers.chosen[:], group.table.answers.status[:] = 0, ANSWERED
        else:
            await store.call(group.table.load, items)
    await scheduler.run(_first_round(groups, items, sampling_order(len(items), batch_size, first_batch_size)))
    finals: list[LabelGroup] = []
    if question.multiple:
        answered = [i for i in items if _merge_groups(table, groups, i)]
    else:
        winners = {i: w for i in items if (w := _group_winners(table, groups, i))}
        answered = _apply_sole_winners(table, winners)
        finals = list(_last_round(table, winners, identity, max_labels, batch_size))
        await scheduler.run(Batch(g.table, range(len(g.items or ()))) for g in finals)
        answered += [i for group in finals for i in _apply_final(table, group)]
    await store.add_answers(table.to_stored(answered))
    on_settled(table, [i for i in items if table.answers.status[i] != PENDING])


def _first_round(groups: list[LabelGroup], items: Sequence[int], spans: Iterable[range]) -> Iterator[Batch]:
    # All groups of a batch before the next batch, so that a stopped run has complete rows.
    for span in spans:
        part = items[span.start : span.stop]
        for group in groups:
            pending = [i for i in part if group.table.answers.status[i] == PENDING and not _has_failed(groups, i)]
            if pending:
                yield Batch(group.table, pending)


def _has_failed(groups: Sequence[LabelGroup], item: int) -> bool:
    return any(g.table.answers.status[item] == FAILED for g in groups)


def _has_no_answer(table: AnswerTable, groups: Sequence[LabelGroup], item: int) -> bool:
    """Return True if any group failed or is pending for this value; copy the reason of a failure to the table."""
    statuses = [int(g.table.answers.status[item]) for g in groups]
    if FAILED in statuses:
        table.answers.fail([item], groups[statuses.index(FAILED)].table.answers.reasons[item])
    return FAILED in statuses or PENDING in statuses


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
    winners = [g.labels[g.table.answers.chosen[item]] for g in groups if g.table.answers.status[item] == ANSWERED]
    if not winners:
        table.answers.fail([item], groups[0].table.answers.reasons[item], UNKNOWN)
    return tuple(winners)


def _apply_sole_winners(table: AnswerTable, winners: dict[int, tuple[int, ...]]) -> list[int]:
    """Apply the answers of values with a single winner, which need no last round, and return those values."""
    sole = [i for i, w in winners.items() if len(w) == 1]
    for i in sole:
        table.answers.chosen[i], table.answers.status[i] = winners[i][0], ANSWERED
    return sole


def _last_round(
    table: AnswerTable, winners: dict[int, tuple[int, ...]], identity: str, max_labels: int, batch_size: int
) -> Iterator[LabelGroup]:
    """Group values into requests whose winners, taken together, fit the engine."""
    classes = table.question.labels.classes
    items: list[int] = []
    union: set[int] = set()
    for i in sorted((i for i, w in winners.items() if len(w) > 1), key=lambda i: winners[i]):
        extended = union | set(winners[i])
        if items and (len(items) == batch_size or sum(len(classes[c].members) for c in extended) > max_labels):
            yield _final_group(table, items, sorted(union), identity)
            items, extended = [], set(winners[i])
        items, union = [*items, i], extended
    if items:
        yield _final_group(table, items, sorted(union), identity)


def _final_group(table: AnswerTable, items: list[int], labels: list[int], identity: str) -> LabelGroup:
    return LabelGroup(table.for_labels(table.question.labels.subset(labels), identity, items), labels, items)


def _apply_final(table: AnswerTable, group: LabelGroup) -> list[int]:
    answers, answered = group.table.answers, []
    for position, item in enumerate(group.items or ()):
        status = int(answers.status[position])
        if status == ANSWERED:
            table.answers.chosen[item] = np.array(group.labels)[answers.chosen[position]]
            table.answers.status[item] = ANSWERED
            answered.append(item)
        elif status in (FAILED, UNKNOWN):
            table.answers.fail([item], answers.reasons[position], status)
    return answered
