"""A proxy's password is shown nowhere, and a URL that cannot be used is refused."""

import logging

import pandas as pd
import pytest
from exception_texts import everything_of
from local_network import Proxy

import jsdf

KEY, PASSWORD, LABELS = "sk-0123456789abcdefSECRET", "s3cret-pa55", ["a", "b"]
COLUMN = pd.Series(["one", "two"])
FAR = "https://elsewhere.example.org"


@pytest.fixture(autouse=True)
def _key(monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", KEY)


PROXIES = {
    f'"http://me:{PASSWORD}@proxy"': "quotation marks",
    f"http://me:{PASSWORD}#@proxy": "percent-encoded",
    f"http://me:{PASSWORD}@:3128": "names no host",
    "http://proxy:0": "port",
    "gopher://proxy": "scheme",
    "": "pass a URL",
    PASSWORD.encode(): "pass a URL such as 'http://proxy.example.org:3128', not bytes",
    True: "not bool",
}


@pytest.mark.parametrize("proxy", PROXIES)
def test_a_wrong_proxy_is_refused_without_showing_its_password(proxy):
    with pytest.raises(jsdf.InvalidInputError, match=r"^proxy[=:]") as caught:
        jsdf.Hosted(proxy=proxy)
    assert PROXIES[proxy] in str(caught.value)
    assert PASSWORD not in everything_of(caught.value)


def test_no_form_of_an_engine_shows_the_password_of_its_proxy(caplog):
    caplog.set_level(logging.DEBUG)
    with Proxy(login="me:another") as proxy:
        engine = jsdf.Hosted(base_url=FAR, proxy=proxy.url.replace("//", f"//me:{PASSWORD}@"))
        masked = proxy.url.replace("//", "//***@")
        assert f"proxy='{masked}'" in repr(engine)
        with pytest.raises(jsdf.APIError, match="407") as caught:
            COLUMN.jigsaw.run(LABELS, engine=engine)
    assert masked in str(caught.value)
    shown = everything_of(caught.value) + repr(engine) + str(engine) + repr(vars(engine)) + repr(jsdf.last_run())
    shown += "".join(record.getMessage() + repr(vars(record)) for record in caplog.records)
    assert PASSWORD not in shown
    assert KEY not in shown


def test_a_proxy_elsewhere_may_not_see_the_key():
    with pytest.raises(jsdf.InvalidInputError, match=r"^proxy='http://\*\*\*@proxy:1' would see the key"):
        jsdf.Hosted(base_url="http://127.0.0.1:8808", proxy=f"http://me:{PASSWORD}@proxy:1")
    jsdf.Hosted(base_url="http://127.0.0.1:8808", proxy="http://localhost:1")
