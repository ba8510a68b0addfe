# ruff: noqa: RUF001 - the letters of other scripts are the point
"""Texts and labels that the model cannot read: `unknown`, noted, or refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from local_pictures import ask as ask_images
from local_pictures import picture

import jsdf
from jsdf.engines.local import Local

MOODS = ["positive", "negative"]
UNREADABLE = "the model can read no word of the text"
MOSTLY_UNREAD = "most of the text consists of symbols or letters that the model cannot read"
#: Emoji, symbols, and scripts of which the vocabulary has no pieces; nothing at all; a "word" of 200 letters.
NOT_READ = [
    "🙂",
    "👍👍 👎",
    "☺ ☹",
    "... 🙂 !",
    "😡!!!",
    "(🙂), “👎”",
    "สวัสดีครับ",
    "ქართული",
    "አማርኛ",
    "తెలుగు భాష",
    "𝓗𝓮𝓵𝓵𝓸",
    "ｆｕｌｌ",
    "字字字",
    "a" * 200,
    "\u0301",
    "\x00",
    "\u200b",
]
OTHER_SCRIPTS = [
    "Нападающий забил два гола",
    "החלוץ כבש שני שערים",
    "日本語のテキスト",
    "Ελληνικά",
    "العربية",
    "한국어 텍스트",
    "你好世界 世",
    "🙂 привет!",
    "ქართული ენა",
]
READ = [
    "great 🙂",
    "🙂 ok",
    "!!!",
    "...",
    ":)",
    "♥",
    "★★☆",
    "5/5",
    "½",
    "naïve café",
    "it’s “fine” — 🙂",
    "x² µm",
    "\ud800 half",
]


@pytest.mark.parametrize("multiple", [False, True])
def test_texts_without_a_known_token_are_unknown(ask, multiple):
    reply = ask([*NOT_READ, "good"], MOODS, multiple=multiple)
    assert reply.unknown == dict.fromkeys(range(len(NOT_READ)), UNREADABLE)
    assert reply.notes == {}
    assert list(reply.predictions[:-1]) == [None] * len(NOT_READ)
    assert np.isnan(reply.scores[:-1]).all()
    assert np.isfinite(reply.scores[-1]).all()


@pytest.mark.parametrize("multiple", [False, True])
def test_texts_in_letters_whose_words_are_not_known_have_a_note(ask, multiple):
    reply = ask([*OTHER_SCRIPTS, "good"], MOODS, multiple=multiple)
    assert reply.unknown == {}
    assert reply.notes == dict.fromkeys(range(len(OTHER_SCRIPTS)), MOSTLY_UNREAD)
    assert np.isfinite(reply.scores).all()


def test_texts_that_can_be_read_have_no_remark(ask):
    reply = ask(READ, MOODS)
    assert (reply.unknown, reply.notes) == ({}, {})


@pytest.mark.parametrize(
    ("text", "is_noted"),
    [
        ("good 🙂", False),
        ("good 🙂 🙂", True),
        ("ok 🙂 🙂 🙂", True),
        ("very good phone 🙂 🙂", False),
        ("good " + "🙂" * 50, False),
        ("OK สวัสดีครับผมชอบสินค้านี้มาก", True),
        ("the Greek letter α", False),
        ("Москва is the capital of Russia", False),
    ],
)
def test_a_text_is_noted_if_most_tokens_or_letters_are_unread(ask, text, is_noted):
    assert ask([text], MOODS).notes == ({0: MOSTLY_UNREAD} if is_noted else {})


def test_without_the_rule_opposite_texts_would_have_one_answer(ask):
    """Unread symbols are all the same token, which is why punctuation beside them does not count."""
    scores = ask(["good 🙂 !", "good 😡 !"], MOODS).scores
    assert np.array_equal(scores[0], scores[1])


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(alphabet=st.sampled_from("🙂👎😡字.!?…«» "), min_size=1, max_size=12))
def test_unread_symbols_and_punctuation_together_are_unknown(ask, text):
    is_unread = any(c in text for c in "🙂👎😡字") or not text.strip()
    assert ask([text], MOODS).unknown == ({0: UNREADABLE} if is_unread else {})


def test_a_column_with_unreadable_texts():
    texts = pd.Series(["a good day", "🙂", "🙂", None, "... 👍 !"])
    run = texts.jigsaw.run(MOODS, engine=Local(), progress=False)
    assert run.status.tolist() == ["answered", "unknown", "unknown", "missing", "unknown"]
    assert run.labels.isna().tolist() == [False, True, True, True, True]
    assert run.failures["reason"].tolist() == [UNREADABLE] * 3
    assert f"  3 rows: {UNREADABLE}" in str(run).splitlines()
    with pytest.raises(jsdf.ClassificationError, match=f"{UNREADABLE} .3 rows."):
        texts.jigsaw.classify(MOODS, engine=Local(), progress=False)


def test_unknown_rows_are_not_stored_as_answers():
    texts = pd.Series(["a good day", "🙂", "สวัสดี"])
    runs = [texts.jigsaw.run(MOODS, engine=Local(), progress=False) for _ in range(2)]
    assert runs[0].usage.rows_sent == 3
    assert (runs[1].usage.rows_sent, runs[1].usage.rows_cached) == (2, 1)
    assert runs[1].status.tolist() == ["answered", "unknown", "unknown"]


@pytest.mark.parametrize(
    ("labels", "refused"),
    [
        (["🙂", "negative"], "'🙂'"),
        (["negative", "👎!"], "'👎!'"),
        (["спорт", "политика"], "'спорт'"),
        (["好", "bad"], "'好'"),
        (["ข่าว", "news"], "'ข่าว'"),
        (["not 🙂", "other"], "the description '🙂' of 'not 🙂'"),
        ({"a": "good", "b": ["bad", "плохо"]}, "the description 'плохо' of 'b'"),
    ],
)
@pytest.mark.parametrize("multiple", [False, True])
def test_labels_that_cannot_be_read_are_refused_before_anything_is_labelled(labels, refused, multiple):
    texts = pd.Series(["a good day", "a bad day"])
    with pytest.raises(jsdf.InvalidLabelsError) as raised:
        texts.jigsaw.classify(labels, multiple_labels=multiple, engine=Local(), progress=False)
    assert str(raised.value).startswith(
        f"labels: the model can read no word of {refused}; describe it in English words"
    )
    assert jsdf.last_run().counts["answered"] == 0


def test_the_hint_of_the_error_works():
    texts = pd.Series(["The striker scored twice", "Parliament passed the bill"])
    with pytest.raises(jsdf.InvalidLabelsError, match=r"as in \{'спорт': 'a text about \.\.\.'\}"):
        texts.jigsaw.classify(["спорт", "политика"], engine=Local(), progress=False)
    described = {"спорт": "a text about sports", "политика": "a text about politics"}
    assert texts.jigsaw.classify(described, engine=Local(), progress=False).tolist() == ["спорт", "политика"]


@pytest.mark.parametrize(
    "labels", [["α-decay", "β-decay"], ["!!!", "???"], ["café", "1"], ["♥", "<3"], ["🙂 happy", "sad"]]
)
def test_labels_with_a_known_token_are_accepted(ask, labels):
    assert ask(["happy"], labels).predictions[0] in labels


def test_images_are_not_compared_with_unreadable_labels():
    with pytest.raises(jsdf.InvalidLabelsError, match="can read no word of '🐄'"):
        ask_images([picture("cow")], ["🐄", "dish"])
    assert ask_images([picture("cow")], {"🐄": "cow", "dish": "dish"}).predictions == ["🐄"]
