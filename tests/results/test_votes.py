"""The outcome of several answers to each value, against counting by hand."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jsdf.labels import parse
from jsdf.results.answers import ANSWERED, FAILED, PENDING, STATUSES, UNKNOWN, Answers
from jsdf.results.votes import count_votes

LABELS = ["good", "bad", "neither"]
VOTES = st.lists(st.sampled_from([0, 1, 2, "outside", "failed", "pending"]), min_size=1, max_size=5)


@given(st.lists(VOTES.filter(lambda v: len(v) == 3), min_size=1, max_size=6))
def test_every_outcome_is_that_of_counting_by_hand(values):
    passes = []
    for number in range(3):
        answers = Answers.empty(len(values), 3, multiple=False)
        for item, votes in enumerate(values):
            vote = votes[number]
            if vote in ("outside", "failed"):
                answers.fail([item], "why", UNKNOWN if vote == "outside" else FAILED)
            elif vote != "pending":
                answers.status[item], answers.chosen[item] = ANSWERED, vote
        passes.append(answers)
    outcome = count_votes(passes, 3, parse(LABELS))
    for item, votes in enumerate(values):
        assert STATUSES[outcome.status[item]] == STATUSES[_expected(votes)]
        if outcome.status[item] == ANSWERED:
            assert votes.count(int(outcome.chosen[item])) == round(3 * outcome.scores[item].max())


def _expected(votes):
    if "failed" in votes:
        return FAILED
    if "pending" in votes:
        return PENDING
    (label, most), *rest = Counter(votes).most_common()
    return ANSWERED if label != "outside" and all(n < most for _, n in rest) else UNKNOWN


def test_the_votes_of_one_pass_alone_leave_everything_pending():
    answers = Answers.empty(2, 3, multiple=False)
    answers.status[:], answers.chosen[:] = ANSWERED, 0
    assert count_votes([answers], 3, parse(LABELS)).status.tolist() == [PENDING] * 2
    assert np.isnan(count_votes([answers], 3, parse(LABELS)).scores).all()
