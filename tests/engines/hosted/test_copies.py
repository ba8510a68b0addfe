"""A copy of an engine is the same engine; a pickle of one holds no secret, loads anywhere and says what it needs."""

import copy
import multiprocessing
import pickle
import ssl
import sys
from dataclasses import asdict, dataclass, replace

import httpx
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from local_network import AUTHORITY, Proxy, TLSFront

import jsdf
from jsdf.engines.hosted.api_key import APIKey, APIKeyAuth
from jsdf.engines.hosted.proxy_url import ProxyURL
from jsdf.testing import FakeService

KEY, PASSWORD, LABELS = "sk-0123456789abcdefSECRET", "s3cret-pa55", ["a", "b"]
COLUMN = pd.Series(["one", "two"])
KEYS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=8, max_size=80).map("sk-".__add__)


@dataclass
class Pipeline:
    """A user's own object that holds an engine."""

    engine: object
    batch: int = 3


def copies_of(engine):
    frame = pd.DataFrame({"text": COLUMN})
    frame.attrs["engine"] = engine
    return {
        "copy": copy.copy(engine),
        "deepcopy": copy.deepcopy(engine),
        "a copy of a copy": copy.copy(copy.deepcopy(engine)),
        "attrs of a frame": frame[frame["text"] != ""].copy().attrs["engine"],
        "asdict": asdict(Pipeline(engine))["engine"],
        "replace": replace(Pipeline(engine), batch=4).engine,
        "in containers": copy.deepcopy({"engines": [(engine,)]})["engines"][0][0],
    }


def test_every_copy_sends_with_the_key_over_the_transport():
    service = FakeService(api_key=KEY)
    engine = jsdf.Hosted(KEY, transport=service.transport(), rate=1000, headers={"x-team": "blue"})
    for number, (how, other) in enumerate(copies_of(engine).items(), 1):
        assert jsdf.run(COLUMN, LABELS, engine=other, cache=False, progress=False).counts["answered"] == 2, how
        assert len(service.requests) == number
        assert (repr(other), other.identity) == (repr(engine), engine.identity)
        assert other == engine
        assert hash(other) == hash(engine)


def test_a_copy_uses_the_same_proxy_with_its_password_and_the_same_certificates():
    with (
        FakeService(api_key=KEY).serve() as server,
        TLSFront(server.url, "wrong-host") as front,
        Proxy(login=f"me:{PASSWORD}", hosts={"elsewhere.example.org": front.port}) as proxy,
    ):
        engine = jsdf.Hosted(
            KEY,
            "https://elsewhere.example.org",
            proxy=proxy.url.replace("//", f"//me:{PASSWORD}@"),
            verify=ssl.create_default_context(cafile=AUTHORITY),
        )
        for how, other in copies_of(engine).items():
            run = jsdf.run(COLUMN, LABELS, engine=other, cache=False, progress=False)
            assert run.counts["answered"] == 2, how


def test_a_deep_copy_shares_nothing_that_can_change_and_keeps_what_a_subclass_adds():
    class Named(jsdf.Hosted):
        pass

    engine = Named(KEY, headers={"x-team": "blue"})
    engine.notes = ["mine"]
    engine.itself = engine
    other = copy.deepcopy(engine)
    other.notes.append("yours")
    assert (type(other), engine.notes, other.itself is other) == (Named, ["mine"], True)
    other.base_url = "https://other.example.org"
    assert engine.base_url == "https://api.jigsawstack.com"
    assert other != engine


@pytest.mark.parametrize(
    "change",
    [
        {"api_key": KEY + "x"}, {"base_url": "https://x.example.org"}, {"rate": 3}, {"concurrency": 3},
        {"batch_size": 3}, {"timeout": 3}, {"headers": {"x-a": "b"}}, {"verify": str(AUTHORITY)},
        {"proxy": "http://proxy:1"}, {"transport": httpx.MockTransport(lambda _: None)},
    ],
)  # fmt: skip
def test_engines_are_equal_if_all_their_settings_are(change):
    engine = jsdf.Hosted(KEY)
    assert engine == jsdf.Hosted(KEY)
    assert engine != jsdf.Hosted(**{"api_key": KEY, **change})
    assert engine != jsdf.Local()
    changed = engine.__replace__(**change)
    assert changed == jsdf.Hosted(**{"api_key": KEY, **change})
    assert changed.__replace__() == changed
    if sys.version_info >= (3, 13):
        assert copy.replace(engine, **change) == changed


def test_a_wrong_change_is_named():
    with pytest.raises(TypeError, match="did you mean 'timeout'"):
        jsdf.Hosted(KEY).__replace__(timeuot=3)
    with pytest.raises(jsdf.InvalidInputError, match="rate=0"):
        jsdf.Hosted(KEY).__replace__(rate=0)


@given(KEYS)
def test_no_pickle_of_an_engine_holds_the_key_and_every_one_loads_without(key):
    engine = jsdf.Hosted(key)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        for value in (engine, APIKey(key), APIKeyAuth(APIKey(key)), Pipeline(engine), {"attrs": [engine]}):
            data = pickle.dumps(value, protocol)
            assert key.encode() not in data
            pickle.loads(data)
        other = pickle.loads(pickle.dumps(engine, protocol))
        assert repr(other) == repr(engine).replace("'***'", "None")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("JIGSAWSTACK_API_KEY", key)
            assert repr(other) == repr(engine)
            assert other == engine


def test_an_engine_from_a_pickle_says_at_its_use_which_variable_to_set(monkeypatch):
    service = FakeService(api_key=KEY)
    with service.serve() as server:
        engine = pickle.loads(pickle.dumps(jsdf.Hosted("another-key", server.url)))
        for call in (COLUMN.jigsaw.plan, COLUMN.jigsaw.run, COLUMN.jigsaw.classify):
            with pytest.raises(
                jsdf.MissingKeyError, match=r"pickle does not hold the API key: set JIGSAWSTACK_API_KEY"
            ):
                call(LABELS, engine=engine)
        monkeypatch.setenv("JIGSAWSTACK_API_KEY", f'"{KEY}"')
        with pytest.raises(jsdf.InvalidInputError, match="quotation marks"):
            COLUMN.jigsaw.plan(LABELS, engine=engine)
        monkeypatch.setenv("JIGSAWSTACK_API_KEY", KEY)  # the advice is followed
        assert COLUMN.jigsaw.run(LABELS, engine=engine).counts["answered"] == 2
        monkeypatch.delenv("JIGSAWSTACK_API_KEY")  # read once
        assert COLUMN.jigsaw.run(LABELS, engine=engine, cache=False).counts["answered"] == 2
        for other in copies_of(engine).values():
            assert COLUMN.jigsaw.run(LABELS, engine=other, cache=False).counts["answered"] == 2


LOST = {
    "its transport": {"transport": httpx.MockTransport(lambda _: None)},
    "its SSLContext": {"verify": ssl.create_default_context()},
    "the password of its proxy": {"proxy": f"http://me:{PASSWORD}@proxy:3128"},
}


@pytest.mark.parametrize("what", LOST)
def test_an_engine_from_a_pickle_says_what_else_it_lost(what, monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", KEY)
    data = pickle.dumps(jsdf.Hosted(**LOST[what]))
    assert PASSWORD.encode() not in data
    twice = pickle.loads(pickle.dumps(pickle.loads(data)))
    for engine in (pickle.loads(data), copy.deepcopy(twice), twice.__replace__(rate=3)):
        with pytest.raises(jsdf.InvalidInputError, match=f"does not hold {what}; make it anew with jsdf.Hosted"):
            COLUMN.jigsaw.plan(LABELS, engine=engine)
    assert COLUMN.jigsaw.plan(LABELS, engine=twice.__replace__(**LOST[what])).requests == 1


def test_what_a_pickle_can_hold_it_holds(monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", KEY)
    engine = jsdf.Hosted(proxy="http://proxy:3128", verify=str(AUTHORITY), rate=3, headers={"x-team": "blue"})
    other = pickle.loads(pickle.dumps(engine))
    assert other == engine
    assert COLUMN.jigsaw.plan(LABELS, engine=other).requests == 1


def test_a_pickled_socks_proxy_loads_where_its_package_is_missing(monkeypatch):
    monkeypatch.setattr("jsdf.utils.network.proxy_settings.find_spec", lambda _: True)
    data = pickle.dumps(ProxyURL(["socks5://me:pw@proxy:1080"]))
    monkeypatch.setattr("jsdf.utils.network.proxy_settings.find_spec", lambda _: None)
    with pytest.raises(jsdf.MissingExtraError, match="SOCKS"):
        pickle.loads(data).check()


def test_an_engine_travels_to_a_spawned_process(monkeypatch):
    with FakeService(api_key=KEY).serve() as server:
        data = pickle.dumps(jsdf.Hosted(KEY, server.url))
        monkeypatch.setenv("JIGSAWSTACK_API_KEY", KEY)
        code = f"import pickle, jsdf, pandas as pd\nengine = pickle.loads({data!r})\n"
        code += "run = jsdf.run(pd.Series(['x']), ['a', 'b'], engine=engine, progress=False)\n"
        code += "assert run.counts['answered'] == 1"
        process = multiprocessing.get_context("spawn").Process(target=exec, args=(code,))
        process.start()
        process.join(60)
        assert process.exitcode == 0


@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_a_local_engine_is_the_same_after_every_way(make):
    engine = jsdf.Local(threads=1)
    other = make(engine)
    assert (repr(other), other.identity, other == engine) == (repr(engine), engine.identity, True)
    assert hash(other) == hash(engine)
    assert engine != jsdf.Local(threads=2)
