"""The `engine` argument, the options and the environment decide which engine answers."""

import pytest
from sample_column import LABELS, SERIES

import jsdf
from jsdf.testing import FakeEngine


def test_no_key_and_no_local_engine(monkeypatch):
    monkeypatch.setattr("jsdf.engines.local.available", lambda: False)
    with pytest.raises(jsdf.MissingKeyError) as caught:
        SERIES.jigsaw.classify(LABELS)
    assert "JIGSAWSTACK_API_KEY" in str(caught.value)
    assert "jsdf[local]" in str(caught.value)


def test_no_key_for_the_hosted_engine():
    with pytest.raises(jsdf.MissingKeyError, match="JIGSAWSTACK_API_KEY") as caught:
        SERIES.jigsaw.classify(LABELS, engine="hosted")
    assert "jigsawstack.com" in str(caught.value)
    with pytest.raises(jsdf.MissingKeyError, match="JIGSAWSTACK_API_KEY"):
        jsdf.Hosted()


@pytest.mark.parametrize("engine", [None, "auto", "hosted"])
def test_a_key_means_the_hosted_engine(monkeypatch, engine):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", "secret-key")
    plan = SERIES.jigsaw.plan(LABELS, engine=engine)
    assert (plan.engine, plan.requests, plan.seconds) == ("hosted", 2, 0.04)


def test_a_blank_key_is_no_key(monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", "  ")
    monkeypatch.setattr("jsdf.engines.local.available", lambda: False)
    with pytest.raises(jsdf.MissingKeyError):
        SERIES.jigsaw.plan(LABELS)


def test_the_option_names_the_engine():
    engine = jsdf.options.engine = FakeEngine()
    assert SERIES.jigsaw.run(LABELS).engine == "fake"
    assert len(engine.calls) == 2
    other = FakeEngine()
    SERIES.jigsaw.run(LABELS, engine=other)
    assert (len(engine.calls), len(other.calls)) == (2, 2)
    jsdf.options.engine = "hsoted"
    with pytest.raises(jsdf.InvalidInputError, match="engine='hsoted': use 'hosted', 'local', 'auto'"):
        SERIES.jigsaw.run(LABELS)
