"""The first requests of a run are small, and the view says that the model is being loaded before it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from html_checking import checked

import jsdf
from jsdf.display.progress.state import ProgressState
from jsdf.display.progress.static_html import html
from jsdf.engines.local import Local
from jsdf.engines.local.caching import ForkSafeCache
from jsdf.engines.local.efficientnet import network
from jsdf.engines.local.minilm import model

LABELS = ["price", "delivery"]
LOADING = "loading the model"
SHORT = pd.Series([f"{i}: it cost too much" for i in range(70)])
LONG = pd.Series([f"{i}: the parcel came late and the box was open. " * 18 for i in range(20)])
PICTURES = pd.Series([np.full((32, 32, 3), i, np.uint8) for i in range(14)], dtype=object)


@pytest.fixture
def not_loaded(monkeypatch):
    """Models that this process has not loaded yet."""
    for module in (model, network):
        monkeypatch.setattr(module, "_cache", ForkSafeCache())


def events_of(column, engine=None, **arguments):
    events = []
    run = jsdf.run(column, LABELS, engine=engine or Local(), progress=events.append, **arguments)
    assert run.counts["answered"] == len(column)
    return events, run


@pytest.mark.parametrize("column", [SHORT, LONG, PICTURES], ids=["short", "long", "pictures"])
@pytest.mark.parametrize("cache", [True, False])
def test_the_note_comes_first_and_then_a_few_rows(not_loaded, column, cache):
    events, _ = events_of(column, cache=cache)
    loading = [i for i, event in enumerate(events) if LOADING in event.note]
    counted = [event for event in events if event.done]
    assert len(loading) == 1
    assert events[loading[0]].done == 0
    assert events.index(counted[0]) == loading[0] + 1
    assert counted[0].done in (4, min(32, len(column) - 4))  # two requests run at once, and may end together
    assert [event.note for event in counted] == [""] * len(counted)


@pytest.mark.parametrize(("column", "sizes"), [(SHORT, [4, 32, 34]), (LONG, [4, 16]), (PICTURES, [4, 10])])
def test_the_requests_grow(column, sizes):
    engine = Local()
    engine.concurrency = 1
    events, run = events_of(column, engine, cache=False)
    done = [event.done for event in events]
    assert [b - a for a, b in zip([0, *done], done, strict=False) if b > a] == sizes
    assert run.usage.requests == len(sizes)


def test_the_first_answer_waits_for_no_other_request(monkeypatch):
    texts = pd.Series([" ".join(["word"] * (5 * i + 1)) for i in range(36)])  # no two of one length share a batch
    embedded, embed = [], model.Model.embed

    def record(loaded, rows):
        embedded.append(len(rows))
        return embed(loaded, rows)

    engine = Local(threads=1)
    jsdf.run(texts[:1], LABELS, engine=engine, cache=False, progress=False)
    monkeypatch.setattr(model.Model, "embed", record)
    counted = []
    jsdf.run(
        texts, LABELS, engine=engine, cache=False, progress=lambda event: counted.append((event.done, len(embedded)))
    )
    assert next(at for done, at in counted if done == 4) < 36


def test_the_model_is_there_for_the_second_run(not_loaded):
    assert Local().startup_note("text") == LOADING
    events_of(SHORT[:5], cache=False)
    assert Local().startup_note("text") == ""
    assert Local().startup_note("image") == LOADING
    events, _ = events_of(SHORT[:5], cache=False)
    assert LOADING not in "".join(event.note for event in events)


@pytest.mark.parametrize(("stored", "is_loaded"), [(10, False), (4, True)])
def test_answers_of_the_store_need_no_model(not_loaded, monkeypatch, stored, is_loaded):
    events_of(SHORT[:stored])
    for module in (model, network):
        monkeypatch.setattr(module, "_cache", ForkSafeCache())
    events, _ = events_of(SHORT[:10])
    assert (LOADING in "".join(event.note for event in events)) == is_loaded


@pytest.mark.parametrize("count", [0, 1, 4, 5, 36, 37, 69])
def test_a_plan_counts_the_small_requests(count):
    column = SHORT[:count]
    assert jsdf.plan(column, LABELS, engine=Local()).requests == events_of(column)[1].usage.requests


def test_a_limit_on_requests_is_one_on_full_ones():
    run = jsdf.run(SHORT, LABELS, engine=Local(), max_requests=1, progress=False)
    assert run.counts["answered"] == len(SHORT)


def test_small_requests_change_no_answer():
    first, second = Local(), Local()
    first.first_batch_size = None
    runs = [jsdf.run(SHORT, LABELS, engine=engine, cache=False, progress=False) for engine in (first, second)]
    assert runs[0].usage.requests == 1 < runs[1].usage.requests
    assert runs[0].labels.equals(runs[1].labels)
    assert np.array_equal(runs[0].scores, runs[1].scores)


def test_the_note_is_in_the_line_of_a_terminal():
    code = (
        "import jsdf, pandas as pd; column = pd.Series([f'text {i}' for i in range(9)]);"
        "jsdf.run(column, ['price', 'delivery'], engine='local', cache=False, progress=True)"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(jsdf.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    drawn = done.stderr.split("\n")
    assert f"0/9 rows [00:00, {LOADING}]" in done.stderr
    assert LOADING not in drawn[-2]
    assert "9/9" in drawn[-2]


def test_the_note_is_in_the_view_of_a_notebook(not_loaded):
    state, shown = ProgressState(), []

    def draw(event):
        state.update(event)
        shown.append((event.done, html(state)))

    jsdf.run(SHORT[:9], LABELS, engine=Local(), cache=False, progress=draw)
    noted = [done for done, page in shown if LOADING in page]
    assert noted == [0]
    assert all(checked(page) for _, page in shown)
