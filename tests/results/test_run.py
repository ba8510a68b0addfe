"""A `Run` has scores, can be compared, and reports its usage."""

import pandas as pd
from sample_column import LABELS, SERIES

import jsdf
from jsdf.testing import FakeEngine


def test_scores():
    run = jsdf.run(pd.Series(["a", None, "a"]), LABELS, engine=FakeEngine([["bad"]], scores=True))
    assert run.scores.to_numpy().tolist()[0] == [0, 1, 0]
    assert run.scores.iloc[1].isna().all()
    assert jsdf.run(SERIES, LABELS, engine=FakeEngine()).scores is None


def test_runs_can_be_compared():
    first, second = (jsdf.run(SERIES, LABELS, engine=FakeEngine()) for _ in range(2))
    assert first == first
    assert first != second


def test_usage_adds_up():
    run = jsdf.run(pd.concat([SERIES, SERIES]), LABELS, engine=FakeEngine(batch_size=8))
    usage = run.usage
    assert (usage.requests, usage.rows_sent, usage.rows_cached) == (5, 40, 0)
    assert (usage.input_tokens, usage.output_tokens, usage.inference_time_tokens, usage.total_tokens) == (40, 40, 0, 80)
    assert usage.seconds > 0
    assert "5 requests" in str(usage)
