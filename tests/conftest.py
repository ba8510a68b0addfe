"""Fixtures for all tests: an isolated store and settings, sample frames, and the fake service."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import stamina
from hypothesis import settings

import jsdf
from jsdf.runner import sender
from jsdf.testing import FakeService

settings.register_profile("jsdf", deadline=None, max_examples=40)
settings.load_profile("jsdf")

TEXTS = ["good film", "bad film", "good film", None, "", " \t\n", "naïve 🎬"]


def _frame(values, dtype=object, *, column="text", index=None):
    return pd.DataFrame({column: pd.Series(values, dtype=dtype, index=index), "other": range(len(values))}, index=index)


def _with_unused_categories():
    series = pd.Series(TEXTS, dtype="category")
    return pd.DataFrame({"text": series.cat.add_categories(["never seen"]).cat.remove_categories(["bad film"])})


#: The texts are in the first column.
FRAMES = {
    "empty": lambda: _frame([]),
    "empty-string": lambda: _frame([], "string"),
    "empty-category": lambda: _frame([], "category"),
    "one-row": lambda: _frame(["alone"]),
    "nulls-of-every-sort": lambda: _frame(["a", None, np.nan, pd.NA, pd.NaT, "b"]),
    "nulls-alone": lambda: _frame([None, np.nan, pd.NA, pd.NaT]),
    "nulls-in-floats": lambda: _frame([np.nan, np.nan], float),
    "blanks": lambda: _frame(["", " ", "\t\n", "\u3000", "\u00a0", "a", " a "]),
    "duplicate-index": lambda: _frame(TEXTS, index=[1, 1, 0, 0, 1, 2, 2]),
    "multi-index": lambda: _frame(
        TEXTS, index=pd.MultiIndex.from_arrays([list("aabbccd"), range(7)], names=["of", None])
    ),
    "object": lambda: _frame(TEXTS),
    "string": lambda: _frame(TEXTS, "string"),
    "string[python]": lambda: _frame(TEXTS, "string[python]"),
    "string[pyarrow]": lambda: _frame(TEXTS, "string[pyarrow]"),
    "arrow": lambda: _frame(TEXTS, pd.ArrowDtype(pa.string())),
    "large-arrow": lambda: _frame(TEXTS, pd.ArrowDtype(pa.large_string())),
    "str": lambda: pd.DataFrame({"text": TEXTS}),
    "category": lambda: _frame(TEXTS, "category"),
    "unused-categories": _with_unused_categories,
    "integer-column-name": lambda: _frame(TEXTS, column=0),
    "tuple-column-name": lambda: pd.DataFrame({("text", 1): TEXTS, ("text", 2): TEXTS}),
}


@pytest.fixture(params=FRAMES.values(), ids=FRAMES)
def sample_frames(request):
    return request.param()


@pytest.fixture
def service():
    """Yield the fake service over a socket, slow enough to be interrupted."""
    fake = FakeService(latency=0.2)
    with fake.serve() as server:
        fake.url = server.url
        yield fake


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    """Remove the waiting times of backoff and outages; tests of them set their own."""
    monkeypatch.setattr(sender, "MIN_OUTAGE_PAUSE", 0.0)
    monkeypatch.setattr(sender, "MAX_OUTAGE_PAUSE", 0.0)
    monkeypatch.setattr(sender, "GIVE_UP_SECONDS_AT_START", 0.0)
    with stamina.set_testing(True, attempts=99, cap=True):
        yield


@pytest.fixture(autouse=True)
def _isolated_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("JSDF_CACHE_DIR", str(tmp_path / "jsdf-cache"))
    monkeypatch.delenv("JIGSAWSTACK_API_KEY", raising=False)
    monkeypatch.delenv("JIGSAWSTACK_API_URL", raising=False)
    monkeypatch.delenv("JSDF_STORE", raising=False)
    before = {f.name: getattr(jsdf.options, f.name) for f in fields(jsdf.options)}
    yield
    for name, value in before.items():
        setattr(jsdf.options, name, value)
