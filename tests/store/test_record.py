"""A record with any bit changed is as if it were not there; records of earlier versions are found."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st
from store_questions import key, loaded

from jsdf.store import record
from jsdf.store.record import StoredAnswer
from jsdf.store.sqlite import Store

SCORES = st.none() | st.binary(min_size=4, max_size=16).filter(lambda scores: len(scores) % 4 == 0)
RECORDS = st.builds(StoredAnswer, st.binary(min_size=16, max_size=16), st.binary(max_size=4), SCORES)


@given(RECORDS, st.data())
def test_a_row_with_one_bit_changed_is_left_out(stored, data):
    row = list(record.to_row(stored))
    assert record.from_row(tuple(row)) == stored
    column = data.draw(st.sampled_from([c for c in range(3) if row[c]]))
    bit = data.draw(st.integers(0, 8 * len(row[column]) - 1))
    changed = bytearray(row[column])
    changed[bit // 8] ^= 1 << bit % 8
    row[column] = bytes(changed)
    assert record.from_row(tuple(row)) is None


@given(RECORDS)
def test_a_byte_that_moves_between_answer_and_scores_is_noticed(stored):
    key_, answer, scores = record.to_row(stored)
    assert record.from_row((key_, answer + scores[:4], scores[4:])) is None


values = st.none() | st.integers() | st.floats() | st.text(max_size=9) | st.binary(max_size=20)


@given(st.tuples(values, values, values))
def test_rows_of_any_types_raise_nothing(row):
    found = record.from_row(row, {b"wanted"})
    assert found is None or found.key == b"wanted"
    assert record.is_refusal(row, {b"wanted"}, 0.0, 1.0) in (True, False)


REFUSALS = {
    "status": (b"k", 42, 5.0),
    "text": (b"k", b"422", 5.0),
    "future": (b"k", 422, 1e9),
    "other": (b"x", 422, 5.0),
}


@pytest.mark.parametrize("row", REFUSALS.values(), ids=REFUSALS)
def test_a_damaged_refusal_does_not_count(row):
    assert record.is_refusal((b"k", 422, 5.0), {b"k"}, 0.0, 10.0)
    assert not record.is_refusal(row, {b"k"}, 0.0, 10.0)


def test_records_without_a_checksum_are_found(path):
    Store(path).close()
    old = [(key(1), b"\x01\x00", None), (key(2), b"\x02\x00", b"12345678")]
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version=0")
        db.executemany("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", old)
    db.close()
    store = Store(path)
    assert loaded(store, [key(1), key(2)]) == old
    assert store.problem is None
    store.close()


def test_an_earlier_version_finds_the_answers_and_takes_no_checksum_for_a_score():
    for scores in (None, b"1234", b"12345678"):
        key_, answer, stored = record.to_row(StoredAnswer(key(1), b"\x01\x00", scores))
        assert (key_, answer) == (key(1), b"\x01\x00")
        assert len(stored) % 4 == 1


def test_impossible_figures_do_not_count(path):
    store = Store(path)
    with sqlite3.connect(path) as db:
        for figure in ("'text'", "x'ff'", "-5", str(2**63 - 1), str(2**63 - 1)):
            db.execute(f"INSERT INTO usage VALUES (1.0, 'e', x'aa', {figure}, 1, 1, 1, {figure})")
            db.execute(f"INSERT INTO request_sizes VALUES ('e', x'aa', 'text', {figure}, {figure})")
        db.execute("INSERT INTO usage VALUES (1.0, 'e', x'aa', 2, 1, 1, 1, 10)")
    db.close()
    assert store.mean_tokens_per_sample(b"\xaa") == 5
    assert store.price_fit("text", b"\xaa") is None
    assert (store.info().samples, store.info().total_tokens) == (2, 10)
    assert store.error is None
    store.close()
