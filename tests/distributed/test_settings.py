"""Settings hold everything that a worker needs, and no key."""

import pickle
from dataclasses import MISSING, fields

import numpy as np
import pandas as pd
import pytest

import jsdf
from jsdf.api.arguments import DEFAULTS
from jsdf.api.validation import check_call
from jsdf.distributed.settings import check_dtype, check_settings
from jsdf.runner import Job
from jsdf.testing import FakeEngine

KEY = "sk-of-the-tests-0123456789"


class TeachableEngine(FakeEngine):
    takes_examples = True


def settings_for(rate=None, labels=("good", "bad"), **arguments):
    return check_settings("text", np.dtype(object), list(labels), rate, arguments)


def test_a_pickle_holds_labels_and_engine_but_no_key():
    engine = jsdf.Hosted(KEY, "http://127.0.0.1:9", headers={"x-note": "kept"})
    settings = settings_for(engine=engine, task="be strict", multiple_labels=True, kind="text", errors="coerce")
    data = pickle.dumps(settings)
    assert KEY.encode() not in data
    loaded = pickle.loads(data)
    assert loaded.names == ["good", "bad"]
    assert (loaded.task, loaded.multiple, loaded.kind, loaded.errors) == ("be strict", True, "text", "coerce")
    assert loaded.engine.identity == engine.identity
    assert loaded.store == settings.store
    with pytest.raises(jsdf.MissingKeyError, match="set JIGSAWSTACK_API_KEY where the engine is used"):
        loaded.make_job(pd.Series(["a"]))


def test_rate_is_that_of_the_cluster_and_leaves_the_user_s_engine_alone():
    engine = jsdf.Hosted(KEY, "http://127.0.0.1:9", rate=20)
    assert settings_for(engine=engine).engine is engine
    assert settings_for(7, engine=engine).engine.rate == 7.0
    assert settings_for(np.float64(0.5), engine=engine).engine.rate == 0.5
    assert engine.rate == 20


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), True, "50", [50]])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(jsdf.InvalidInputError, match=r"rate=.*: pass requests a second, more than 0"):
        settings_for(rate, engine=FakeEngine())


def test_cache_false_uses_no_store():
    assert settings_for(engine=FakeEngine(), cache=False).store is None
    assert not settings_for(engine=FakeEngine(), cache=False).make_job(pd.Series(["a"])).cache


HELD = ["object", "string", "category", "float64", "str"]
NOT_HELD = ["int64", "Int8", "bool", "boolean", "datetime64[ns]", "timedelta64[ns]", "complex128", "period[D]"]


@pytest.mark.parametrize("dtype", HELD)
def test_dtypes_of_texts_and_images_pass(dtype):
    check_dtype("c", pd.api.types.pandas_dtype(dtype))


@pytest.mark.parametrize("dtype", NOT_HELD)
def test_other_dtypes_are_refused_by_name(dtype):
    wanted = pd.api.types.pandas_dtype(dtype)
    with pytest.raises(
        jsdf.InvalidInputError, match=r"column 'c' is of dtype .*, which holds neither texts nor images"
    ):
        check_dtype("c", wanted)
    with pytest.raises(jsdf.InvalidInputError, match="the column is of dtype category"):
        check_dtype(None, pd.CategoricalDtype(pd.Index([1, 2])))


def test_the_conversion_that_a_message_names_helps():
    series = pd.Series([1, 2])
    with pytest.raises(jsdf.InvalidInputError, match=r"convert it with \.astype\('string'\)"):
        check_dtype("c", series.dtype)
    check_dtype("c", series.astype("string").dtype)


def test_every_argument_of_a_call_reaches_the_worker_or_is_refused():
    """A field of a job that no argument sets here is one that a new argument forgot."""
    arguments = {"multiple_labels": True, "task": "What is it?", "kind": "text", "engine": TeachableEngine(),
                 "errors": "coerce", "cache": False, "strict": True, "repeats": 3,
                 "examples": {"x": "a value"}}  # fmt: skip
    assert {*arguments, "progress", "max_requests", "max_tokens", "max_cost"} == {*DEFAULTS}
    series = pd.Series(["a"])
    sent = check_settings("text", np.dtype(object), ["x", "y"], None, arguments).make_job(series)
    wanted = check_call(series, ["x", "y"], **arguments).job
    differing = [f.name for f in fields(Job) if f.name not in ("column", "labels") and
                 getattr(sent, f.name) != getattr(wanted, f.name)]  # fmt: skip
    assert differing == []
    unset = [f.name for f in fields(Job) if f.default is not MISSING and getattr(wanted, f.name) == f.default]
    assert {*unset} == {"max_requests", "max_tokens", "max_cost", "price", "pass_number"}
