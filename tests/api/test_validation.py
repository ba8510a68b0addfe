"""A wrong argument is refused before anything is sent, with a message that quotes it."""

import re

import numpy as np
import pandas as pd
import pytest
from sample_column import FRAME, LABELS, SERIES

import jsdf
from jsdf.engines import Reply
from jsdf.testing import FakeEngine


class NoEngine:
    pass


class HalfAnEngine:
    def classify(self, question, values):
        return Reply(["good"] * len(values))


ARGUMENTS = [
    ("errors", "ignore", "errors='ignore': use 'raise' or 'coerce'"),
    ("errors", None, "errors=None: use"),
    ("task", "", "task='': pass an instruction"),
    ("task", " ", "task=' ': pass"),
    ("task", 3, "task=3: pass"),
    ("multiple_labels", "yes", "multiple_labels='yes': pass True or False"),
    ("multiple_labels", None, "multiple_labels=None: pass"),
    ("cache", 1, "cache=1: pass True or False"),
    ("kind", "video", "kind='video': use 'text', 'image' or 'auto'"),
    ("max_requests", -1, "max_requests=-1: pass a whole number"),
    ("max_requests", 1.5, "max_requests=1.5: pass"),
    ("max_requests", True, "max_requests=True: pass"),
    ("max_tokens", "10", "max_tokens='10': pass"),
    ("engine", "hsoted", "engine='hsoted': use 'hosted', 'local', 'auto', 'cascade', the path of"),
    ("engine", 3, "engine=3: use"),
    ("engine", "", "engine='': use"),
    ("engine", FakeEngine, "engine=FakeEngine: pass an engine rather than its class: FakeEngine()"),
    ("engine", NoEngine(), "use 'hosted', 'local', 'auto', 'cascade', the path of"),
    ("engine", HalfAnEngine(), "HalfAnEngine"),
    ("engine", FRAME, "use 'hosted', 'local', 'auto', 'cascade', the path of"),
    ("engine", np.arange(3), "use 'hosted', 'local', 'auto', 'cascade', the path of"),
]


@pytest.mark.parametrize(("name", "value", "message"), ARGUMENTS, ids=[a[-1][:30] for a in ARGUMENTS])
@pytest.mark.parametrize("method", ["classify", "run", "plan"])
def test_a_refused_argument_is_quoted(name, value, message, method):
    engine = FakeEngine()
    with pytest.raises(jsdf.InvalidInputError, match=re.escape(message)):
        getattr(SERIES.jigsaw, method)(LABELS, **({"engine": engine} | {name: value}))
    assert engine.calls == []


def test_a_text_engine_refuses_images():
    engine = FakeEngine(kinds={"text"})
    with pytest.raises(jsdf.InvalidInputError, match="'fake' takes text columns, but 'photo' holds images"):
        jsdf.classify(pd.Series(["cat.jpg"], name="photo"), LABELS, engine=engine)


def test_labels_are_refused_before_anything_is_sent():
    engine = FakeEngine()
    with pytest.raises(jsdf.InvalidLabelsError, match=re.escape("labels=['yes']: pass at least two distinct labels")):
        SERIES.jigsaw.classify(["yes"], engine=engine)
    assert engine.calls == []


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("engin", "local", "jsdf.options has no 'engin'; did you mean 'engine'?"),
        ("zzz", 1, "jsdf.options has no 'zzz'; the options are engine, event_loop, progress, cache_dir"),
        ("event_loop", "main", "jsdf.options.event_loop = 'main': use one of 'thread', 'nested'"),
        ("progress", "yes", "jsdf.options.progress = 'yes': use one of None, True, False"),
        ("cache_dir", 3, "jsdf.options.cache_dir = 3"),
    ],
)
def test_unknown_options_and_values_are_refused(name, value, message):
    before = getattr(jsdf.options, name, None)
    with pytest.raises(jsdf.InvalidInputError, match=re.escape(message)):
        setattr(jsdf.options, name, value)
    assert getattr(jsdf.options, name, None) == before
