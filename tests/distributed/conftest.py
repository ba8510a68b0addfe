"""Fixtures: a fake service with a rate, and one cluster of two processes for the whole session."""

import os
from contextlib import contextmanager

import pytest
from warp_loop import WarpLoop

import jsdf
from jsdf.testing import FakeService

KEY = "sk-of-the-tests-0123456789"


@contextmanager
def serving(**settings):
    """Serve a fake service; yield it with an engine that connects to it."""
    service = FakeService(api_key=KEY, **settings)
    with service.serve() as server:
        service.engine = lambda **more: jsdf.Hosted(KEY, server.url, **more)
        yield service


@pytest.fixture
def served():
    with serving() as service:
        yield service


@pytest.fixture(scope="session")
def _cluster():
    """Yield a cluster whose workers have the API key in their environment."""
    from distributed import Client, LocalCluster

    os.environ["JIGSAWSTACK_API_KEY"] = KEY
    with LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=":0") as cluster:
        del os.environ["JIGSAWSTACK_API_KEY"]
        with Client(cluster, set_as_default=False) as client:
            yield cluster, client


@pytest.fixture
def client(_cluster):
    """Yield the client as the default one, with two workers."""
    cluster, client = _cluster
    client.wait_for_workers(2, timeout=60)
    with client.as_current():
        yield client


@pytest.fixture
def warp():
    """Yield an event loop on which sleeps take no real time and are exact."""
    loop = WarpLoop()
    yield loop
    loop.close()
