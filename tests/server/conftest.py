"""The application with an engine that needs no model; and the real one as a process."""

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
    """Makes a service with settings of its own."""
    return lambda most=10_000_000, **settings: Service(FileStore(tmp_path, most, clock), clock, **settings)


@pytest.fixture
def service(make):
    return make()


@pytest.fixture(scope="session")
def server():
    """`jsdf serve` without a key."""
    with serve("--rate", "0") as served:
        yield served
