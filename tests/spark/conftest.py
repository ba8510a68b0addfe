"""One Spark for all tests of this folder, reached as classic Spark and through Spark Connect."""

import shutil
import warnings

import pytest
from redis_server import SERVER, free_port, redis_server
from spark_session import KEY, PASSWORD, classic_session, connect_session, has_connect

import jsdf
from jsdf.testing import FakeService


@pytest.fixture(scope="session")
def spark_folder(tmp_path_factory):
    """The folder with the log (`log.txt`) and the events (`events/`) of Spark."""
    return tmp_path_factory.mktemp("spark")


@pytest.fixture(scope="session")
def store_url(spark_folder):
    """The URL of a Redis server with its password, which executors have; None where there is no Redis."""
    if SERVER is None:
        yield None
        return
    port = free_port()
    with redis_server(spark_folder, port=port, password=PASSWORD):
        yield f"redis://:{PASSWORD}@127.0.0.1:{port}/0"


@pytest.fixture(scope="session")
def connect_port():
    return free_port()


@pytest.fixture(scope="session")
def classic(spark_folder, store_url, connect_port):
    pytest.importorskip("pyspark", reason="pyspark is not installed")
    if shutil.which("java") is None:
        pytest.skip("there is no Java runtime")
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        with classic_session(spark_folder, store_url, connect_port) as session:
            yield session


@pytest.fixture(scope="session")
def connect(classic, connect_port):
    if not has_connect():
        pytest.skip("the packages of Spark Connect are not installed")
    with connect_session(connect_port) as session:
        yield session


@pytest.fixture(params=["classic", "connect"])
def spark(request):
    session, store_url = request.getfixturevalue(request.param), request.getfixturevalue("store_url")
    if store_url is not None:
        import redis

        with redis.Redis.from_url(store_url) as client:
            client.flushdb()
    return session


@pytest.fixture
def fast_service():
    fake = FakeService(api_key=KEY)
    with fake.serve() as server:
        fake.url = server.url
        yield fake


@pytest.fixture
def hosted(fast_service):
    return jsdf.Hosted(KEY, fast_service.url, rate=1000)
