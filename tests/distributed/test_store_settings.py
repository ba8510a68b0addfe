"""The address of a store travels without its password, and a worker completes it from its own settings."""

import pickle

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import jsdf
from jsdf.distributed.store_settings import StoreSettings, store_settings
from jsdf.store.location import store_path
from jsdf.store.redis import RedisStore
from jsdf.store.sqlite import Store

URLS = {
    "redis://user:pw-of-store@host:7000/3": "redis://host:7000/3",
    "rediss://:pw-of-store@host/3?ssl_cert_reqs=none": "rediss://host/3?ssl_cert_reqs=none",
    "redis://host:7000?db=3&username=user&password=pw-of-store": "redis://host:7000?db=3",
    "rediss://host/0?ssl_password=pw-of-store": "rediss://host/0",
    "redis://user:pw@of@pw-of-store@host:7000/3": "redis://host:7000/3",
    "unix://user:pw-of-store@/run/redis.sock?db=1": "unix:///run/redis.sock?db=1",
    "redis://[::1]:7000/0": "redis://[::1]:7000/0",
}


@pytest.mark.parametrize(("url", "bare"), URLS.items())
@pytest.mark.parametrize("variable", [False, True])
def test_no_password_travels(url, bare, variable, monkeypatch):
    if variable:
        monkeypatch.setenv("JSDF_STORE", url)
    else:
        jsdf.options.store = url
    settings = store_settings()
    assert settings.url == bare
    assert settings.had_credentials == (bare != url)
    assert b"pw-of-store" not in pickle.dumps(settings)
    assert "pw-of-store" not in repr(settings)
    assert settings._complete_url() == url  # in the process that has it


@given(st.from_regex(r"[A-Za-z0-9:/#?@%+]{1,20}", fullmatch=True))
@example("?")  # read as the beginning of the options
@example("#")
@example("/")
def test_whatever_the_password_is_it_does_not_travel(password):
    jsdf.options.store = f"redis://user:secret-{password}-secret@the-host:7000/3"
    settings = store_settings()
    assert settings.had_credentials
    assert settings.url == "redis://the-host:7000/3"


SAME = ["redis://:pw@host/0", "redis://:pw@host:6379", "redis://u:pw@HOST:6379/0", "redis://:pw@host?db=0"]
OTHER = ["redis://:pw@host/1", "redis://:pw@other/0", "redis://:pw@host:7000/0", "rediss://:pw@host/0", ""]


@pytest.mark.parametrize("own", SAME)
def test_a_worker_takes_the_password_from_its_own_setting_of_the_same_database(own, monkeypatch):
    monkeypatch.setenv("JSDF_STORE", own)
    assert StoreSettings("redis://host:6379/0", had_credentials=True)._complete_url() == own


@pytest.mark.parametrize("own", OTHER)
def test_a_worker_without_it_says_what_to_set(own, monkeypatch):
    monkeypatch.setenv("JSDF_STORE", own)
    message = r"the store redis://host:6379/0 needs a password, .*: set JSDF_STORE to its whole URL in the environment"
    with pytest.raises(jsdf.InvalidInputError, match=message):
        StoreSettings("redis://host:6379/0", had_credentials=True).check()
    StoreSettings("redis://host:6379/0").check()


def test_without_a_url_workers_of_one_machine_open_the_driver_s_file(monkeypatch, tmp_path):
    settings = pickle.loads(pickle.dumps(store_settings()))
    wanted = store_path()
    monkeypatch.setenv("JSDF_CACHE_DIR", str(tmp_path / "of the worker"))
    opened = settings.open()
    assert isinstance(opened, Store)
    assert opened.path == wanted
    opened.close()


def test_a_worker_s_own_server_comes_before_the_driver_s_file(monkeypatch):
    settings = store_settings()
    monkeypatch.setenv("JSDF_STORE", "redis://127.0.0.1:1/0")
    opened = settings.open()
    assert isinstance(opened, RedisStore)
    opened.close()


def open_nothing():
    return "a store of the user's own"


def test_a_function_of_the_user_travels():
    jsdf.options.store = open_nothing
    assert store_settings().open() == "a store of the user's own"
