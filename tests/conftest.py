"""Fixtures for all tests: an isolated store and settings, sample frames, and the fake service."""

from dataclasses import fields

import pytest
import stamina
from hypothesis import settings
from sample_frames import FRAMES

import jsdf
from jsdf.runner import sender
from jsdf.testing import FakeService

settings.register_profile("jsdf", deadline=None, max_examples=40)
settings.load_profile("jsdf")


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
