"""Stores that were made for earlier versions have no ledger, and work."""

import inspect

import pandas as pd
from sample_column import LABELS, SERIES

import jsdf
from jsdf.store.sqlite import Store
from jsdf.testing import FakeEngine


def test_a_store_without_the_new_methods_works(tmp_path):
    own = {name for name, _ in inspect.getmembers(Store, inspect.isfunction)}
    lacking = {"spending", "request_shapes", "label_sets", "add_label_set"}

    class Old:
        def __init__(self):
            self._store = Store(tmp_path / "store.sqlite")

        def __getattr__(self, name):
            if name in lacking:
                raise AttributeError(name)
            return getattr(self._store, name)

    assert lacking <= own
    jsdf.options.store = Old
    engine = FakeEngine()
    jsdf.run(SERIES, LABELS, engine=engine)
    assert jsdf.run(SERIES, LABELS, engine=engine).usage.rows_cached == 40
    assert len(jsdf.usage()) == 0
    assert jsdf.plan(pd.Series(["new"]), LABELS, engine=engine).tokens == 2
