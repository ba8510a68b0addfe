"""`max_requests` and `max_tokens` stop a run cleanly, and a warning says how to continue."""

import pandas as pd
import pytest
from sample_column import LABELS, SERIES

import jsdf
from jsdf.testing import FakeEngine


@pytest.mark.parametrize("limit", range(6))
def test_max_requests(limit):
    engine = FakeEngine(batch_size=8)
    run = jsdf.run(SERIES, LABELS, engine=engine, max_requests=limit)
    assert len(engine.calls) == run.usage.requests == limit
    assert run.counts["answered"] == 8 * limit
    assert run.counts["pending"] == 40 - 8 * limit
    assert (run.stopped is None) == (limit == 5)
    assert limit == 5 or f"max_requests={limit}" in repr(run)


def test_max_requests_counts_no_answer_from_the_store():
    engine = FakeEngine(batch_size=8)
    jsdf.run(SERIES[:32], LABELS, engine=engine)
    assert jsdf.run(SERIES, LABELS, engine=engine, max_requests=1).counts["answered"] == 40


@pytest.mark.parametrize("limit", [0, 1, 15, 16, 17, 40, 79, 80, 1000])
@pytest.mark.parametrize("is_price_known", [False, True])
def test_max_tokens(limit, is_price_known):
    engine = FakeEngine(batch_size=8)  # 2 tokens a sample
    if is_price_known:
        jsdf.run(pd.Series(["another"]), LABELS, engine=engine)
    run = jsdf.run(SERIES, LABELS, engine=engine, max_tokens=limit)
    assert run.usage.total_tokens == 2 * run.counts["answered"] <= limit
    assert run.counts["answered"] + run.counts["pending"] == 40
    assert run.counts["answered"] == 40 or f"max_tokens={limit:,}" in run.stopped
    if limit >= 15:  # less than that is less than any service takes for a question
        assert run.counts["answered"] >= min(40, 0.9 * limit // 2)


def test_stopping_at_a_limit_warns_that_rows_are_pending():
    for errors in ("raise", "coerce"):
        with pytest.warns(UserWarning, match="32 of 40 rows are pending: max_requests=1 was reached") as caught:
            found = jsdf.classify(SERIES, LABELS, engine=FakeEngine(batch_size=8), max_requests=1, errors=errors)
        assert len(caught) == 1
        assert found.notna().sum() == 8


@pytest.mark.parametrize(("cache", "how"), [(True, "call again"), (False, r"call jsdf.last_run\(\).retry\(\)")])
def test_the_warning_says_how_to_continue(cache, how):
    engine = FakeEngine(batch_size=8, identity="same")
    with pytest.warns(UserWarning, match=f"{how} to continue"):
        jsdf.classify(SERIES, LABELS, engine=engine, max_requests=1, cache=cache)
