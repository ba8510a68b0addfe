"""Vectors of samples: sessions that embed, and replies that hold the vectors."""

import asyncio
import io

import numpy as np
import pytest
from PIL import Image

from jsdf.engines import Question
from jsdf.engines.embedding import EmbeddingSession
from jsdf.engines.local import Local
from jsdf.labels import parse
from jsdf.testing import FakeEngine

TEXTS = ["The striker scored twice", "Rain is expected tonight", "🜁🜂", "Shares fell " * 400]
LABELS = parse(["sport", "weather", "finance"])


def png(colour):
    file = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(file, "PNG")
    return file.getvalue()


IMAGES = [png("red"), b"no image", png("blue")]


def both(kind, values, **settings):
    """Return the vectors of `embed`, and the reply of `classify`."""

    async def ask():
        async with Local(**settings).session() as session:
            assert isinstance(session, EmbeddingSession)
            return await session.embed(kind, values), await session.classify(Question(LABELS, kind), values)

    return asyncio.run(ask())


@pytest.mark.parametrize(("kind", "values", "width"), [("text", TEXTS, 384), ("image", IMAGES, 1280)])
def test_embed_gives_the_vectors_of_the_reply(kind, values, width):
    embedded, reply = both(kind, values)
    assert embedded.vectors.dtype == reply.vectors.dtype == np.float32
    assert embedded.vectors.shape == (len(values), width)
    assert np.array_equal(embedded.vectors, reply.vectors, equal_nan=True)
    without = {**reply.failures, **reply.unknown}
    assert dict(embedded.failures) == without
    assert len(without) == 1
    is_there = ~np.isnan(embedded.vectors).any(axis=1)
    assert set(np.flatnonzero(~is_there)) == set(without)
    assert np.allclose(np.linalg.norm(embedded.vectors[is_there], axis=1), 1, atol=1e-6)
    assert np.array_equal(is_there, ~np.isnan(reply.scores).any(axis=1))


def test_a_vector_does_not_depend_on_the_other_samples():
    together, _ = both("text", TEXTS)
    alone, _ = both("text", TEXTS[1:2])
    assert np.array_equal(together.vectors[1], alone.vectors[0])


def test_more_windows_change_the_vectors_of_long_texts_alone():
    one, _ = both("text", TEXTS)
    several, _ = both("text", TEXTS, windows=4)
    is_same = [np.array_equal(a, b, equal_nan=True) for a, b in zip(one.vectors, several.vectors, strict=True)]
    assert is_same == [True, True, True, False]


@pytest.mark.parametrize(("kind", "values"), [("text", ["🜁🜂"]), ("image", [b"no image"]), ("image", [])])
def test_nothing_readable_gives_rows_of_nan(kind, values):
    async def ask():
        async with Local().session() as session:
            return await session.embed(kind, values)

    embedded = asyncio.run(ask())
    assert embedded.vectors.shape[0] == len(values) == len(embedded.failures)
    assert np.isnan(embedded.vectors).all()


def test_other_engines_have_no_embeddings():
    assert not isinstance(FakeEngine(), EmbeddingSession)
