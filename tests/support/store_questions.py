"""Answers to put into a store, and questions that find or miss them."""

import warnings

import pandas as pd
from hypothesis import strategies as st

import jsdf
from jsdf.store.request_cost import RequestCost
from jsdf.store.sqlite import Store, StoredAnswer
from jsdf.testing import FakeEngine

LABELS = ["good", "bad"]
#: Store keys and answers, for hypothesis.
keys = st.binary(min_size=16, max_size=16)
answers = st.builds(
    StoredAnswer,
    keys,
    st.binary(max_size=5),
    st.none() | st.binary(min_size=4, max_size=12).filter(lambda scores: len(scores) % 4 == 0),
)
SPENT = RequestCost("engine", b"job", 2, 10, 2, 3, 15)


def key(number):
    return number.to_bytes(16, "big")


def loaded(store, wanted):
    return sorted(a for piece in store.load(wanted) for a in piece)


FIRST = {"a": "x", "b": ["y", "yy"], "c": "z"}
SERIES = pd.Series([f"text {i}" for i in range(40)])


def ask(series=SERIES, labels=FIRST, identity="one", batch_size=32, **more):
    engine = FakeEngine(identity=identity, batch_size=batch_size)
    return jsdf.run(series, labels, engine=engine, **more), engine


def write_50(path, start):
    """Write 50 answers, one after the other; here, so that a process that is started anew can import it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        store = Store(path)
        for i in range(start, start + 50):
            store.add_answers([StoredAnswer(key(i), b"x")], SPENT)
        store.close()
    if store.error is not None:
        raise AssertionError(store.error)
