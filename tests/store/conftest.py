"""Fixtures: the path of a store, and an open store."""

import pytest

from jsdf.store.location import store_path
from jsdf.store.sqlite import Store


@pytest.fixture
def path():
    return store_path()


@pytest.fixture
def store(path):
    opened = Store(path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def redis_url_of_session(tmp_path_factory):
    from redis_server import SERVER, redis_server

    if SERVER is None:
        pytest.skip("redis-server is not installed")
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis_client(redis_url_of_session):
    import redis

    return lambda: redis.Redis.from_url(redis_url_of_session)


@pytest.fixture
def redis_url(redis_url_of_session, redis_client):
    """Return the URL of an empty database on a server of the tests' own."""
    with redis_client() as client:
        client.flushdb()
    return redis_url_of_session
