"""Several answers to each value, and the outcome of their vote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.formatting.text import one_line
from jsdf.results.answers import ANSWERED, EXAMPLES, FAILED, STORE, UNKNOWN, Answers

if TYPE_CHECKING:
    import numpy.typing as npt

    from jsdf.labels import LabelSet

_MAX_NAME = 40


def count_votes(votes: Sequence[Answers], repeats: int, labels: LabelSet) -> Answers:
    """Return the outcome of several answers to each value.

    A single label needs more votes than any other, and than answers outside the labels; of several labels each needs
    more than half of the votes. Where the votes do not decide, the value is unknown. Scores are shares of the votes.

    Args:
        votes: The answers of each pass so far.
        repeats: Number of passes; values that lack a vote are pending.
        labels: The labels.
    """
    first = votes[0]
    is_multiple = first.chosen.ndim == 2
    statuses = np.array([answers.status for answers in votes])
    is_valid = statuses == ANSWERED
    counts = np.zeros((len(first.status), len(labels)), np.int32)
    for answers, valid in zip(votes, is_valid, strict=True):
        if is_multiple:
            counts += answers.chosen & valid[:, None]
        else:
            rows = np.flatnonzero(valid)
            counts[rows, answers.chosen[rows]] += 1
    outside = (statuses == UNKNOWN).sum(axis=0)
    outcome = Answers.empty(len(first.status), len(labels), multiple=is_multiple)
    is_complete = (np.isin(statuses, (ANSWERED, UNKNOWN)).sum(axis=0) == repeats) & (len(votes) == repeats)
    decide = _decide_several if is_multiple else _decide_one
    is_decided, chosen = decide(counts, outside, repeats)
    decided = np.flatnonzero(is_complete & is_decided)
    outcome.chosen[decided], outcome.status[decided] = chosen[decided], ANSWERED
    outcome.set_scores(decided, (counts[decided] / repeats).astype(np.float32))
    for item in np.flatnonzero(is_complete & ~is_decided).tolist():
        outcome.fail([item], _undecided(counts[item], int(outside[item]), repeats, labels.names), UNKNOWN)
    _add_failures(outcome, votes)
    _add_remarks(outcome, votes, is_valid)
    outcome.votes = list(votes)
    return outcome


def _decide_one(
    counts: npt.NDArray[np.int32], outside: npt.NDArray[Any], repeats: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
    del repeats
    most = counts.max(axis=1, initial=0)
    is_only = (counts == most[:, None]).sum(axis=1) == 1
    return is_only & (most > outside), counts.argmax(axis=1)


def _decide_several(
    counts: npt.NDArray[np.int32], outside: npt.NDArray[Any], repeats: int
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    chosen = 2 * counts > repeats
    excluded = 2 * (counts + outside[:, None]) < repeats
    return (chosen | excluded).all(axis=1), chosen


def _undecided(counts: npt.NDArray[np.int32], outside: int, repeats: int, names: Sequence[str]) -> str:
    """Return the reason that the votes give no label."""
    given = Counter({one_line(name, _MAX_NAME): int(n) for name, n in zip(names, counts, strict=True) if n})
    given.update({"outside the labels": outside} if outside else {})
    votes = ", ".join(f"{name} {n:,}" for name, n in given.most_common(5))
    return f"the {repeats:,} answers do not decide ({votes}); more repeats may"


def _add_failures(outcome: Answers, votes: Sequence[Answers]) -> None:
    """Mark the values that failed in a pass, which are not asked in those after it."""
    for answers in votes:
        for item in answers.with_status(FAILED).tolist():
            outcome.fail([item], answers.reasons.get(item, "no reason was given"))


def _add_remarks(outcome: Answers, votes: Sequence[Answers], is_valid: npt.NDArray[np.bool_]) -> None:
    """Add the engine's notes, and the store, or the examples, as the source of values all of whose votes it had."""
    for answers in votes:
        outcome.notes.update(answers.notes)
    for source in (STORE, EXAMPLES):
        is_from = np.array([_is_from(source, answers) for answers in votes])
        items = np.flatnonzero((is_from | ~is_valid).all(axis=0) & (outcome.status == ANSWERED))
        if len(items):
            outcome.set_source(items, source)


def _is_from(source: str, answers: Answers) -> npt.NDArray[np.bool_]:
    code = answers.source_names.index(source) if source in answers.source_names else -2
    is_from: npt.NDArray[np.bool_] = answers.source == code
    return is_from
