"""The `engine` argument, the options and the environment decide which engine answers."""

import inspect
import re

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


CHOICES = (
    "use 'hosted', 'local', 'auto', 'cascade', the path of a file that LearnedLocal.save wrote, or an engine such as "
    "jsdf.Hosted"
)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("hsoted", f"'hsoted': {CHOICES}.*; did you mean 'hosted'"),
        ("Local ", f"'Local ': {CHOICES}.*; did you mean 'local'"),
        ("x", f"'x': {CHOICES}"),
        (None, f"None: {CHOICES}"),
        (3, f"3: {CHOICES}"),
        (jsdf.Hosted, r"Hosted: pass an engine rather than its class: Hosted\(\)"),
    ],
)
def test_a_wrong_engine_is_refused_when_it_is_set_and_when_it_is_passed(value, said):
    before = jsdf.options.engine
    with pytest.raises(jsdf.InvalidInputError, match=f"jsdf.options.engine = {said}"):
        jsdf.options.engine = value
    assert jsdf.options.engine is before
    if value is not None:
        with pytest.raises(jsdf.InvalidInputError, match=f"engine={said}"):
            SERIES.jigsaw.plan(LABELS, engine=value)


def test_the_suggested_engine_can_be_set():
    with pytest.raises(jsdf.InvalidInputError) as caught:
        jsdf.options.engine = "lcoal"
    jsdf.options.engine = str(caught.value).rpartition("did you mean '")[2].rstrip("'?")
    assert jsdf.options.engine == "local"


class Unready(FakeEngine):
    def check_configuration(self):
        raise jsdf.ModelError("the model is not there")


def test_an_engine_can_refuse_before_anything_is_planned_or_sent():
    for call in (SERIES.jigsaw.plan, SERIES.jigsaw.run, SERIES.jigsaw.classify):
        engine = Unready()
        with pytest.raises(jsdf.ModelError, match="the model is not there"):
            call(LABELS, engine=engine)
        assert engine.calls == []


@pytest.mark.parametrize("name", ["batch_size", "first_batch_size"])
@pytest.mark.parametrize("size", [0, -1, True, 1.5, "4"])
def test_sizes_of_an_engine_are_whole_numbers(name, size):
    engine = FakeEngine()
    setattr(engine, name, size)
    with pytest.raises(jsdf.InvalidInputError, match=f"engine=FakeEngine: {name}={size!r} is not a whole number"):
        SERIES.jigsaw.classify(LABELS, engine=engine)
    assert engine.calls == []


@pytest.mark.parametrize(
    ("make", "name", "meant"),
    [
        (jsdf.Hosted, "apikey", "'api_key'"),
        (jsdf.Hosted, "api_url", "'base_url'"),
        (jsdf.Hosted, "Concurency", "'concurrency'"),
        (jsdf.Hosted, "batchsize", "'batch_size'"),
        (jsdf.Local, "text_modle", "'text_model'"),
        (jsdf.Local, "thread", "'threads'"),
    ],
)
def test_a_misspelled_argument_of_an_engine_is_named_with_the_one_that_was_meant(make, name, meant):
    message = re.escape(f"{make.__name__}() got an unexpected keyword argument {name!r}; did you mean {meant}?")
    with pytest.raises(TypeError, match=f"^{message}$"):
        make(**{name: "a value"})


def test_the_signature_of_an_engine_lists_its_arguments():
    assert {"api_key", "verify", "proxy"} <= set(inspect.signature(jsdf.Hosted).parameters)
    assert list(inspect.signature(jsdf.Local).parameters) == ["text_model", "image_model", "threads", "windows"]
