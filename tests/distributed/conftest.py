"""Fixtures: a fake service with a rate, and one cluster of two processes for the whole session."""

import pytest
from served_engine import KEY, serving
from warp_loop import WarpLoop


@pytest.fixture
def served():
    with serving() as service:
        yield service


@pytest.fixture(scope="session")
def _cluster():
    """Yield the client of a cluster whose workers have the API key in their environment."""
    import dask
    from distributed import Client, LocalCluster

    environment = {"JIGSAWSTACK_API_KEY": KEY}  # also of a worker that is started again
    with (
        # A machine that was suspended sends no heartbeats: the scheduler would take its workers for dead, and repeat
        # their tasks. A worker that a test kills is noticed anyway, since its connection is closed.
        dask.config.set({"distributed.scheduler.worker-ttl": None}),
        LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=":0", env=environment) as cluster,
        Client(cluster, set_as_default=False) as client,
    ):
        yield client


@pytest.fixture
def client(_cluster):
    """Yield the client as the default one, with two workers."""
    _cluster.wait_for_workers(2, timeout=60)
    with _cluster.as_current():
        yield _cluster


@pytest.fixture
def warp():
    """Yield an event loop on which sleeps take no real time and are exact."""
    loop = WarpLoop()
    yield loop
    loop.close()
