"""Vectors of own models: sentence embedders and dual encoders have them, NLI models do not."""

import asyncio

import numpy as np
import pytest

import jsdf
from jsdf.engines import Question
from jsdf.labels import parse

pytest.importorskip("torch")
pytest.importorskip("transformers")

from hub_models import picture, save_bert, save_clip, save_siglip

from jsdf.engines.local.huggingface import find_model
from jsdf.engines.local.huggingface.sentence_embedder import SentenceModel

TEXTS = ["goal!", "the striker of a team", "rain and wind, a cloud; sun", "law"]


def vectors_of(values, kind="text", **models):
    async def ask():
        async with jsdf.Local(**models).session() as session:
            embedded = await session.embed(kind, values)
            reply = await session.classify(Question(parse(["sport", "politics", "weather"]), kind), values)
            return embedded, reply

    return asyncio.run(ask())


def test_a_sentence_embedder_attaches_its_vectors_and_embeds(tmp_path):
    folder = save_bert(tmp_path / "model")
    embedded, reply = vectors_of([*TEXTS, " "], text_model=folder)
    model = SentenceModel.load(find_model(str(folder), "text"))
    expected = model.embed([model.tokenizer.encode(model.text_prompt + text) for text in TEXTS])
    assert np.allclose(embedded.vectors[:-1], expected, atol=1e-6)
    assert np.allclose(embedded.vectors, reply.vectors, atol=1e-6, equal_nan=True)
    assert dict(embedded.failures) == reply.unknown
    assert np.isnan(embedded.vectors[-1]).all()


def test_an_nli_model_has_no_embeddings(tmp_path):
    model = save_bert(tmp_path / "nli", classes={0: "contradiction", 1: "neutral", 2: "entailment"})
    with pytest.raises(jsdf.InvalidInputError, match=r"has no embeddings; use a sentence embedder, or leave text_mod"):
        vectors_of(TEXTS, text_model=model)


@pytest.mark.parametrize("save", [save_clip, save_siglip])
def test_a_dual_encoder_attaches_the_vectors_of_images(tmp_path, save):
    folder = save(tmp_path / "pair")
    embedded, reply = vectors_of([picture(0), b"no image", picture(1)], "image", image_model=folder)
    assert np.allclose(embedded.vectors, reply.vectors, atol=1e-6, equal_nan=True)
    assert np.allclose(np.linalg.norm(embedded.vectors, axis=1)[[0, 2]], 1, atol=1e-6)
    assert list(embedded.failures) == [1]
    assert np.isnan(embedded.vectors[1]).all()
    nothing, _ = vectors_of([b"no image"], "image", image_model=folder)
    assert nothing.vectors.shape == (1, embedded.vectors.shape[1])
