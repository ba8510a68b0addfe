"""`jsdf cache` speaks of the store that the settings name: a Redis server, or a function of the user's own."""

import sys

import pytest
from command_line import OPTIONS, jsdf, write_texts
from redis_server import SERVER, free_port, redis_server

from jsdf.config import options
from jsdf.store.location import store_path

pytestmark = pytest.mark.skipif(SERVER is None, reason="redis-server is not installed")
PASSWORD = "s3cret-of-the-store"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with redis_server(tmp_path_factory.mktemp("redis"), password=PASSWORD) as url:
        yield url


@pytest.fixture
def location(server, monkeypatch):
    """An empty store that needs a password, in the settings; return how messages name it."""
    import redis

    url = server.replace("redis://", f"redis://:{PASSWORD}@")
    with redis.Redis.from_url(url) as client:
        client.flushall()
    monkeypatch.setenv("JSDF_STORE", url)
    return server.replace("redis://", "redis://***@")


def keys(server):
    import redis

    with redis.Redis.from_url(server.replace("redis://", f"redis://:{PASSWORD}@")) as client:
        return client.keys("*")


def test_the_store_of_a_server_is_shown_and_cleared(workdir, serve, server, location):
    import redis

    assert jsdf("cache", "path").stdout == f"{location}\n"
    assert jsdf("cache", "info").stdout == f"{location}: nothing is stored\n"
    assert jsdf("cache", "clear").stdout == "nothing is stored\n"
    serve()
    jsdf("classify", write_texts(40), *OPTIONS, "-o", "out.csv")
    lines = jsdf("cache", "info").stdout.splitlines()
    facts = dict(line.rsplit(maxsplit=1) for line in lines[1:])
    assert lines[0] == location
    assert facts == facts | {"  answers": "40", "  refusals": "0", "  requests": "2", "  samples sent": "40"}
    assert int(facts["  bytes"].replace(",", "")) > 40 * 16
    with redis.Redis.from_url(server.replace("redis://", f"redis://:{PASSWORD}@")) as client:
        client.set("of-others", "x")
    refused = jsdf("cache", "clear", input="y\n")
    target = f"40 answers and 0 refusals of {location}, for every machine that uses it"
    assert refused.exit_code == 1
    assert refused.stderr == f"jsdf: cache clear deletes {target}; pass --yes to confirm it without a terminal\n"
    assert "  answers" in jsdf("cache", "info").stdout
    cleared = jsdf("cache", "clear", "--yes")
    assert cleared.exit_code == 0
    assert cleared.stdout.startswith(f"deleted 40 answers and 0 refusals of {location}: ")
    assert keys(server) == [b"of-others"]
    assert jsdf("cache", "info").stdout == f"{location}: nothing is stored\n"
    assert not store_path().exists()


@pytest.mark.parametrize(("answer", "is_left"), [("y\n", False), ("n\n", True), ("\n", True)])
def test_at_a_terminal_it_asks_and_says_what_it_deletes(workdir, serve, server, location, monkeypatch, answer, is_left):
    serve()
    jsdf("classify", write_texts(3), *OPTIONS, "-o", "out.csv")
    # The runner of click replaces the standard input, which is no terminal.
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda self: True, raising=False)
    asked = jsdf("cache", "clear", input=answer)
    assert f"Delete 3 answers and 0 refusals of {location}, for every machine that uses it? [y/N]" in asked.stderr
    assert bool(keys(server)) == is_left
    assert PASSWORD not in asked.output


def test_the_option_goes_before_the_variable_and_a_file_is_no_server(workdir, server, location, monkeypatch):
    monkeypatch.setattr(options, "store", f"redis://127.0.0.1:{free_port()}/7")
    assert jsdf("cache", "path").stdout == f"{options.store}\n"
    monkeypatch.setattr(options, "store", None)
    monkeypatch.delenv("JSDF_STORE")
    assert jsdf("cache", "path").stdout == f"{store_path()}\n"


@pytest.mark.parametrize("command", [("info",), ("clear",), ("clear", "--yes")])
def test_an_address_that_nobody_answers_is_one_sentence(workdir, monkeypatch, command):
    port = free_port()
    monkeypatch.setenv("JSDF_STORE", f"redis://me:{PASSWORD}@127.0.0.1:{port}/0")
    found = jsdf("cache", *command)
    assert (found.exit_code, found.stdout) == (1, "")
    assert found.stderr.startswith(f"jsdf: the store redis://***@127.0.0.1:{port}/0 cannot be used: ")
    assert found.stderr.endswith("; start the server, or correct jsdf.options.store or JSDF_STORE\n")
    assert found.stderr.count("\n") == 1
    assert PASSWORD not in found.stderr


@pytest.mark.parametrize("password", ["", "another-one"])
def test_a_wrong_password_is_one_sentence_without_it(workdir, server, monkeypatch, password):
    monkeypatch.setenv("JSDF_STORE", server.replace("redis://", f"redis://:{password}@" if password else "redis://"))
    found = jsdf("cache", "info")
    assert (found.exit_code, found.stdout, found.stderr.count("\n")) == (1, "", 1)
    assert "cannot be used: " in found.stderr
    assert not password or password not in found.stderr


@pytest.mark.parametrize("command", [("path",), ("info",), ("clear", "--yes")])
@pytest.mark.parametrize("value", ["postgres://host/db", "redis:"])
def test_a_setting_that_is_no_store_is_one_sentence(workdir, monkeypatch, value, command):
    monkeypatch.setenv("JSDF_STORE", value)
    found = jsdf("cache", *command)
    assert (found.exit_code, found.stdout, found.stderr.count("\n")) == (1, "", 1)
    assert found.stderr.startswith("jsdf: JSDF_STORE=")


@pytest.mark.parametrize("command", [("path",), ("info",), ("clear", "--yes")])
def test_a_function_in_the_options_is_not_the_file(workdir, monkeypatch, command):
    monkeypatch.setattr(options, "store", lambda: pytest.fail("was opened"))
    store_path().parent.mkdir(parents=True)
    store_path().write_bytes(b"x")
    found = jsdf("cache", *command)
    assert (found.exit_code, found.stdout, found.stderr.count("\n")) == (1, "", 1)
    assert found.stderr.startswith("jsdf: jsdf.options.store is a function")
    assert store_path().exists()


@pytest.mark.parametrize("command", [("info",), ("clear", "--yes")])
def test_without_the_package_one_sentence_says_what_to_install(workdir, monkeypatch, command):
    monkeypatch.setitem(sys.modules, "redis", None)
    monkeypatch.setenv("JSDF_STORE", "redis://127.0.0.1:6379/0")
    found = jsdf("cache", *command)
    assert (found.exit_code, found.stderr.count("\n")) == (1, 1)
    assert 'run pip install "jsdf[redis]"' in found.stderr
