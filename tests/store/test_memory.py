"""Answers in memory: the latest ones, or all of those that are nowhere else."""

import pytest

from jsdf.store import memory
from jsdf.store.memory import LatestAnswers, MemoryStore
from jsdf.store.record import NewAnswer, StoredAnswer

KEYS = [b"%016d" % i for i in range(100)]


class KeptStore:
    """Store behind, which may have failed."""

    def __init__(self, error=None):
        self.error, self.answers = error, {}

    def add_answers(self, answers, spent=None):
        if self.error is None:
            self.answers.update((answer.key, answer) for answer in answers)

    def load(self, keys):
        yield [self.answers[key] for key in keys if key in self.answers]


def loaded(store):
    return sorted(answer.key for answers in store.load(KEYS) for answer in answers)


@pytest.mark.parametrize("keeps_unstored", [True, False])
@pytest.mark.parametrize("behind", [None, KeptStore("it failed"), KeptStore()])
def test_answers_that_are_nowhere_else_are_kept_if_that_is_wished(behind, keeps_unstored):
    latest = LatestAnswers(10, keeps_unstored=keeps_unstored)
    for key in KEYS:
        MemoryStore(latest, behind).add_answers([StoredAnswer(key, b"1")])
    has_all = (behind is not None and behind.error is None) or keeps_unstored
    assert (loaded(MemoryStore(latest, behind)) == KEYS) is has_all
    assert len(latest) == (100 if keeps_unstored and (behind is None or behind.error) else 10)


def test_a_store_that_raises_loses_nothing():
    class BrokenStore(KeptStore):
        def add_answers(self, answers, spent=None):
            raise OSError("the disk is gone")

    latest = LatestAnswers(10, keeps_unstored=True)
    for key in KEYS:
        with pytest.raises(OSError, match="gone"):
            MemoryStore(latest, BrokenStore()).add_answers([StoredAnswer(key, b"1")])
    assert loaded(MemoryStore(latest)) == KEYS


@pytest.mark.parametrize("max_bytes", [10**6, 80])
def test_scores_and_the_source_of_an_answer_stay_known(monkeypatch, max_bytes):
    monkeypatch.setattr(memory, "MAX_SCORE_BYTES", max_bytes)
    behind, latest = KeptStore(), LatestAnswers(1000)
    behind.add_answers([StoredAnswer(KEYS[0], b"1", b"12345678")])
    store = MemoryStore(latest, behind)
    assert next(a for answers in store.load(KEYS[:1]) for a in answers).scores == b"12345678"
    for key in KEYS[1:]:
        store.add_answers([StoredAnswer(key, b"1", b"abcdefgh")])
    assert len(latest.scores) <= max_bytes // 8
    found = {answer.key: answer for answers in store.load(KEYS) for answer in answers}
    assert [found[key].scores for key in KEYS] == [b"12345678"] + [b"abcdefgh"] * 99
    assert [isinstance(found[key], NewAnswer) for key in KEYS] == [False] + [True] * 99
