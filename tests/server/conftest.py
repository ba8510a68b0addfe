"""Fixtures: the application with a fake engine, and the real server as a process."""

import pytest

pytest.importorskip("fastapi", reason="the extra `server` is not installed")

from server_client import Clock, Service
from server_process import serve

from jsdf.server.file_store import FileStore


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make(tmp_path, clock):
    """Return a function that makes a service with the given settings."""
    return lambda max_bytes=10_000_000, **settings: Service(FileStore(tmp_path, max_bytes, clock), clock, **settings)


@pytest.fixture
def service(make):
    return make()


@pytest.fixture(scope="session")
def server():
    """Run `jsdf serve` without an API key."""
    with serve("--rate", "0") as served:
        yield served
