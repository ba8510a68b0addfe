"""Long texts are read in windows whose vectors are averaged; what is cut off is noted."""

from __future__ import annotations

import asyncio
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import jsdf
from jsdf.engines import Question
from jsdf.engines.local import Local
from jsdf.engines.local.minilm import model, windows
from jsdf.engines.local.readability import Remarks, measure
from jsdf.labels import parse

LABELS = ["sports", "cooking"]
SPORT, SOUP = "The team won the match. ", "Add salt to the soup. "
#: Texts of 1, 2 and 3 windows.
POOL = [SPORT * 3, SPORT * 40 + SOUP * 20, SOUP * 100, "word " * 508, "word " * 509]
CUT = "the text is longer than the {} that are read; jsdf.Local(windows=...) reads more"


def classify(texts, engine, labels=LABELS):
    async def ask():
        async with engine.session() as session:
            return await session.classify(Question(parse(labels)), texts)

    return asyncio.run(ask())


@pytest.fixture(scope="module")
def alone():
    return {text: classify([text], Local(threads=1, windows=3)) for text in POOL}


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.sampled_from(POOL), min_size=2, max_size=4), threads=st.integers(1, 3))
def test_a_long_text_is_classified_as_if_it_were_alone(alone, rows, threads):
    reply = classify(rows, Local(threads=threads, windows=3))
    assert list(reply.predictions) == [alone[text].predictions[0] for text in rows]
    assert reply.scores.tobytes() == np.concatenate([alone[text].scores for text in rows]).tobytes()


@given(tokens=st.integers(1, 1_200), max_windows=st.integers(1, 4))
def test_windows_hold_the_first_tokens_in_order(tokens, max_windows):
    loaded = model.load()
    text = " ".join(f"{'abcdefghij'[i % 10]}" for i in range(tokens))
    read = windows.read(text, loaded, max_windows)
    assert all(window[0] == 101 and window[-1] == 102 and len(window) <= model.MAX_TOKENS for window in read.windows)
    assert [len(window) for window in read.windows[:-1]] == [model.MAX_TOKENS] * (len(read.windows) - 1)
    ids = [i for window in read.windows for i in window[1:-1]]
    assert ids == [loaded.tokens("abcdefghij"[i % 10])[1] for i in range(min(tokens, 254 * max_windows))]
    expected = CUT.format(f"{256 * max_windows:,} tokens") if tokens > 254 * max_windows else None
    assert read.remarks == Remarks(note=expected)


def test_the_vector_is_the_mean_of_the_windows_weighted_by_tokens():
    loaded = model.load()
    texts = [windows.read(text, loaded, 6) for text in POOL]
    vectors = np.concatenate([loaded.embed([window]) for text in texts for window in text.windows])
    pooled = windows.pool(texts, vectors)
    assert [len(text.windows) for text in texts] == [1, 2, 3, 2, 3]
    assert np.array_equal(pooled[0], vectors[0])
    last = 254 * vectors[6] + 254 * vectors[7] + vectors[8] * 1
    np.testing.assert_allclose(
        pooled[3], (vectors[6] + vectors[7]) / np.linalg.norm(vectors[6] + vectors[7]), atol=1e-6
    )
    assert np.allclose((pooled**2).sum(axis=1), 1, atol=1e-6)
    weighted = 254 * vectors[8] + 254 * vectors[9] + vectors[10]
    np.testing.assert_allclose(pooled[4], weighted / np.linalg.norm(weighted), atol=1e-6)
    assert last.shape == (384,)


def test_the_end_of_a_long_text_counts():
    text = SPORT * 42 + SOUP * 300  # the first window is about sports, the other five are about a soup
    assert classify([text], Local()).predictions == ["sports"]
    assert classify([text], Local(windows=6)).predictions == ["cooking"]


def test_a_short_text_has_the_same_scores_with_any_number_of_windows():
    texts = ["goal", SPORT * 20, "salt " * 254]
    scores = [classify(texts, Local(windows=n)).scores.tobytes() for n in (1, 6, 1_000)]
    assert len(set(scores)) == 1


@pytest.mark.parametrize(
    ("text", "count", "note"),
    [
        ("word " * 254, 1, None),
        ("word " * 255, 1, CUT.format("256 tokens")),
        ("word " * 508, 2, None),
        ("word " * 509, 2, CUT.format("512 tokens")),
        ("word " * 1_524, 6, None),
        ("word " * 1_525, 6, CUT.format("1,536 tokens")),
        ("word " * 255, None, CUT.format("256 tokens")),
        ("word" + " " * 20_000 + "end", 1, CUT.format("20,000 characters")),
        ("word" + " " * 30_000, 1, None),
        ("word" + " " * 40_000 + "end", 2, CUT.format("40,000 characters")),
        ("word" + " " * 20_000 + "end", 6, None),
    ],
)
def test_a_text_that_is_cut_has_a_note(text, count, note):
    assert classify([text], Local(windows=count)).notes == ({} if note is None else {0: note})


def test_a_run_counts_the_texts_that_were_cut():
    texts = pd.Series(["word " * 300, "goal", "word " * 300, "salt " * 400])
    with pytest.warns(UserWarning, match="longer than") as warned:
        run = texts.jigsaw.run(LABELS, engine="local", progress=False)
    note = CUT.format("256 tokens")
    assert run.notes == {note: 3}
    assert f"  3 rows: {note}" in str(run).splitlines()
    assert [(str(w.message), w.filename) for w in warned] == [(f"3 rows: {note}", __file__)]
    assert texts.jigsaw.run(LABELS, engine=Local(windows=6), progress=False).notes == {}


@pytest.mark.filterwarnings("ignore:1 row. the text is longer than:UserWarning")
def test_the_store_keeps_numbers_of_windows_apart():
    texts = pd.Series([SPORT * 42 + SOUP * 200])
    first, second, again = (texts.jigsaw.run(LABELS, engine=Local(windows=n), progress=False) for n in (6, None, 1))
    assert [run.usage.requests for run in (first, second, again)] == [1, 1, 0]


def test_memory_is_bounded_for_a_text_of_ten_megabytes():
    text = "all work and no play. " * 500_000
    loaded = model.load()
    tracemalloc.start()
    read = windows.read(text, loaded, 6)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(read.windows) == 6
    assert peak < 10_000_000
    assert classify([text], Local(windows=6)).notes == {0: CUT.format("1,536 tokens")}


@pytest.mark.parametrize("value", [0, -1, 1.5, "2", True, 1_001, [6], float("nan")])
def test_windows_are_a_whole_number(value):
    with pytest.raises(
        jsdf.errors.InvalidInputError, match=r"^windows=.*: pass a whole number from 1 to 1,000, or None for 1$"
    ):
        Local(windows=value)


def test_windows_and_a_text_model_exclude_each_other(tmp_path):
    with pytest.raises(jsdf.errors.InvalidInputError, match=r"^windows=2 is for the built-in text model; leave it out"):
        Local(windows=2, text_model=tmp_path)


def test_engines_with_other_windows_are_not_equal():
    assert repr(Local(windows=np.int64(2))) == "Local(windows=2)"
    assert Local(windows=2) == Local(windows=np.int64(2)) != Local(windows=3)
    assert len({Local(windows=2), Local(windows=3), Local(windows=2)}) == 2


#: Parts of texts whose tokens are fewer or more than usual: long words are one unknown token, symbols are one each.
PARTS = ["word", "w" * 120, "!" * 30, "日本", "café", "e\u0301", "\u0301", "\x00", "\u2028", "[SEP]", "x" * 3_000, "🙂"]


@settings(max_examples=60, deadline=None)
@given(
    parts=st.lists(st.tuples(st.sampled_from(PARTS), st.integers(1, 600)), max_size=4),
    separator=st.sampled_from([" ", "  ", "\n", ""]),
    max_windows=st.integers(1, 3),
)
def test_the_part_that_is_tokenized_gives_the_windows_of_the_whole_text(parts, separator, max_windows):
    loaded = model.load()
    text = separator.join(separator.join([part] * count) for part, count in parts)[: model.MAX_CHARACTERS]
    whole = model.clean(text)
    first = loaded.tokenizer.encode(whole)
    encodings = [first, *first.overflowing]
    cut = CUT.format(f"{256 * max_windows:,} tokens") if len(encodings) > max_windows else None
    remarks = measure(whole, encodings[:max_windows], 100, latin_only=True).remarks(cut)
    read = windows.read(text, loaded, max_windows)
    assert read.remarks == remarks
    assert list(read.windows) == ([] if remarks.unknown else [e.ids for e in encodings[:max_windows]])
