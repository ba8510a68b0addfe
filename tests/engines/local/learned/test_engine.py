"""Taught engines: their labels and kinds, identity, pickles, and their place wherever an engine goes."""

import asyncio
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import jsdf
from jsdf.engines import Question
from jsdf.engines.embedding import EmbeddingSession
from jsdf.labels import parse

pytest.importorskip("scipy")

ROWS = [
    ("the striker scored twice", "sport"), ("a late goal won the cup final", "sport"),
    ("heavy rain and strong wind", "weather"), ("sunny and warm all week", "weather"),
    ("shares fell in early trading", "money"), ("the bank raised interest rates", "money"),
]  # fmt: skip
TEXTS, NAMES = [text for text, _ in ROWS], [name for _, name in ROWS]
QUIET = {"progress": False, "cache": False}


@pytest.fixture(scope="module")
def taught():
    return jsdf.Local.fit(TEXTS, NAMES)


@pytest.fixture(scope="module")
def taught_several():
    hot = pd.DataFrame({name: [name == given for given in NAMES] for name in ("sport", "weather", "money")})
    hot["short"] = [len(text) < 27 for text in TEXTS]
    return jsdf.Local.fit(TEXTS, hot)


def test_it_goes_where_an_engine_goes(taught):
    frame = pd.DataFrame({"text": [*TEXTS, None, "snow on the hills"]})
    run = frame.jigsaw.run("text", ["money", "sport", "weather"], engine=taught, progress=False)
    assert list(run.labels[:6]) == NAMES
    assert run.engine == "local"
    assert run.counts["missing"] == 1
    assert list(run.scores.columns) == ["money", "sport", "weather"]
    assert np.allclose(run.scores.sum(axis=1)[:6], 1, atol=1e-5)
    again = frame.jigsaw.run("text", ["weather", "sport", "money"], engine=taught, progress=False)
    assert again.usage.rows_cached == 7
    assert list(again.labels.dropna()) == list(run.labels.dropna())


def test_some_of_the_labels_share_the_whole_score(taught):
    whole = jsdf.run(TEXTS, ["sport", "weather", "money"], engine=taught, **QUIET).scores
    part = jsdf.run(TEXTS, ["money", "sport"], engine=taught, **QUIET).scores
    expected = whole[["money", "sport"]].div(whole[["money", "sport"]].sum(axis=1), axis=0)
    assert np.allclose(part, expected, atol=1e-6)


def test_any_number_of_labels(taught_several):
    labels = jsdf.classify(TEXTS, ["sport", "weather", "money", "short"], multiple_labels=True, engine=taught_several,
                           **QUIET)  # fmt: skip
    assert labels["sport"].tolist() == [name == "sport" for name in NAMES]


BAD = [
    ({"labels": ["sport", "cash"]}, r"labels: 'cash' is not one that this engine was taught: 'sport', 'weather', 'mon"),
    ({"labels": {"sport": "games", "money": "money"}}, r"labels: 'sport' is described otherwise than when this engine"),
    (
        {"labels": ["sport", "money"], "multiple_labels": True},
        r"one label a row; leave multiple_labels out",
    ),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_other_questions_are_refused_in_one_sentence(taught, call, message):
    with pytest.raises(jsdf.InvalidLabelsError, match=message) as caught:
        jsdf.classify(TEXTS, engine=taught, **QUIET, **call)
    assert "\n" not in str(caught.value)


def test_the_other_kind_and_number_are_refused(taught, taught_several):
    with pytest.raises(jsdf.InvalidInputError, match="takes text columns"):
        jsdf.classify([b"\x89PNG\r\n\x1a\n"], ["sport", "money"], engine=taught, kind="image", **QUIET)
    with pytest.raises(jsdf.InvalidLabelsError, match=r"taught with any number a row; pass multiple_labels=True"):
        jsdf.classify(TEXTS, ["sport", "money"], engine=taught_several, **QUIET)


def test_labels_may_be_given_as_they_were_described():
    described = {"sport": "a text about games", "money": "a text about banks", "weather": "rain, sun and wind"}
    engine = jsdf.Local.fit(TEXTS, NAMES, descriptions=described)
    answers = [jsdf.run(TEXTS, labels, engine=engine, **QUIET) for labels in (described, list(described))]
    assert answers[0].scores.equals(answers[1].scores)


def test_the_identity_is_that_of_the_content(taught, taught_several):
    same = jsdf.Local.fit(TEXTS, NAMES)
    assert same == taught
    assert same.identity == taught.identity
    assert hash(same) == hash(taught)
    renamed = jsdf.Local.fit(TEXTS, ["Sport" if name == "sport" else name for name in NAMES])
    others = [
        jsdf.Local.fit(TEXTS[:5], NAMES[:5]),
        renamed,
        taught_several,
        jsdf.Local(windows=2).fit(TEXTS, NAMES),
        type(taught)(taught.base, replace(taught.head, slope=taught.head.slope * 1.5), taught.labels, "text"),
    ]
    assert len({engine.identity for engine in [taught, *others]}) == 6
    assert all(engine != taught for engine in others)
    assert taught.identity.startswith("local:learned-")
    assert jsdf.options.price_per_million_tokens is None
    assert taught != "taught"


def test_a_pickle_is_small_and_gives_the_same_answers(taught):
    content = pickle.dumps(taught)
    assert len(content) < 50_000
    copy = pickle.loads(content)
    assert copy == taught
    runs = [jsdf.run(TEXTS, ["sport", "weather", "money"], engine=engine, **QUIET) for engine in (taught, copy)]
    assert runs[0].scores.equals(runs[1].scores)


def test_its_session_embeds_and_answers_unreadable_texts(taught):
    async def ask():
        async with taught.session() as session:
            assert isinstance(session, EmbeddingSession)
            embedded = await session.embed("text", TEXTS[:2])
            reply = await session.classify(Question(parse(["sport", "money"])), [TEXTS[0], "🜁🜂"])
            return embedded, reply

    embedded, reply = asyncio.run(ask())
    assert embedded.vectors.shape == (2, 384)
    assert reply.predictions == ["sport", None]
    assert list(reply.unknown) == [1]
    assert np.isnan(reply.scores[1]).all()


def test_its_repr_names_the_labels(taught, taught_several):
    assert repr(taught) == "<LearnedLocal for texts: 'sport', 'weather', 'money'>"
    assert repr(taught_several).endswith("'money', 'short', any number a row>")
