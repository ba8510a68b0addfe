"""`verify` and `proxy`, and the same settings in the environment: a mistake is named before anything is sent."""

import logging
import ssl
import subprocess
import sys
from pathlib import Path

import network_variables
import pandas as pd
import pytest
from exception_texts import everything_of
from local_network import AUTHORITY, Proxy, TLSFront

import jsdf
from jsdf.testing import FakeService

KEY, PASSWORD, LABELS = "sk-0123456789abcdefSECRET", "s3cret-pa55", ["a", "b"]
COLUMN = pd.Series(["one", "two"])
FAR = "https://elsewhere.example.org"  # the certificate "wrong-host" is for this name


@pytest.fixture(autouse=True)
def _own_network(monkeypatch):
    network_variables.unset_all(monkeypatch)
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", KEY)


MISTAKES = [
    ("NO_PROXY", "[::1]"),
    ("NO_PROXY", "localhost,fe80::/10"),
    ("no_proxy", "example.org:x"),
    ("HTTPS_PROXY", '"http://proxy:3128"'),
    ("https_proxy", f"'http://me:{PASSWORD}@proxy:3128'"),
    ("HTTPS_PROXY", f"http://me:{PASSWORD}#@proxy:3128"),
    ("HTTP_PROXY", "http://proxy:31x8"),
    ("ALL_PROXY", "http://proxy:99999"),
    ("all_proxy", "gopher://proxy"),
    ("SSL_CERT_FILE", "/nowhere/company.pem"),
    ("SSL_CERT_FILE", __file__),
    ("SSL_CERT_DIR", "/nowhere"),
]


@pytest.mark.parametrize(("name", "value"), MISTAKES)
def test_a_mistake_in_the_environment_is_named_before_anything_is_sent(name, value, monkeypatch, caplog):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv(name, value)
    for call in (COLUMN.jigsaw.plan, COLUMN.jigsaw.run, COLUMN.jigsaw.classify):
        for engine in ("hosted", None, jsdf.Hosted()):
            with pytest.raises(jsdf.InvalidInputError, match=f"^{name}[=:]") as caught:
                call(LABELS, engine=engine)
            shown = everything_of(caught.value)
            assert PASSWORD not in shown
            assert KEY not in shown
            assert "\n" not in str(caught.value)
    assert not [record for record in caplog.records if record.name.startswith(("httpx", "httpcore"))]


def test_the_command_line_says_it_in_one_line(monkeypatch, tmp_path):
    (tmp_path / "texts.csv").write_text("text\ngood\n")
    monkeypatch.setenv("HTTPS_PROXY", f'"http://me:{PASSWORD}@proxy:3128"')
    command = ["classify", "texts.csv", "--column", "text", "--label", "a", "--label", "b", "--engine", "hosted"]
    done = subprocess.run(
        [sys.executable, "-m", "jsdf", *command], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "HTTPS_PROXY=" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert PASSWORD not in done.stderr + done.stdout


@pytest.mark.parametrize(("name", "value"), MISTAKES)
def test_what_is_not_used_is_not_checked(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    service = FakeService(api_key=KEY)
    with service.serve() as server:
        assert COLUMN.jigsaw.run(LABELS, engine=jsdf.Hosted(base_url=server.url)).counts["answered"] == 2
    faked = jsdf.Hosted(transport=service.transport())
    assert COLUMN.jigsaw.run(LABELS, engine=faked, cache=False).counts["answered"] == 2
    given = {"proxy": "http://127.0.0.1:1"} if "PROXY" in name.upper() else {"verify": AUTHORITY}
    assert COLUMN.jigsaw.plan(LABELS, engine=jsdf.Hosted(**given)).requests == 1


def test_a_proxy_of_the_environment_is_used_but_not_for_this_machine(monkeypatch):
    service = FakeService(api_key=KEY)
    with (
        service.serve() as server,
        TLSFront(server.url, "wrong-host") as front,
        Proxy(hosts={"elsewhere.example.org": front.port}) as proxy,
    ):
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))
        assert COLUMN.jigsaw.run(LABELS, engine=jsdf.Hosted(base_url=FAR)).counts["answered"] == 2
        assert len(proxy.requests) == 1
        assert COLUMN.jigsaw.run(LABELS, engine=jsdf.Hosted(base_url=server.url)).counts["answered"] == 2
        assert len(proxy.requests) == 1


@pytest.mark.parametrize("verify", [None, 1, b"", "", 0.5, ["company.pem"]])
def test_a_wrong_verify_is_refused(verify):
    with pytest.raises(jsdf.InvalidInputError, match=r"^verify="):
        jsdf.Hosted(verify=verify)


def test_a_context_can_be_given_and_the_service_of_a_test_needs_no_certificate():
    service = FakeService(api_key=KEY)
    with service.serve() as server, TLSFront(server.url) as front:
        context = ssl.create_default_context(cafile=AUTHORITY)
        for verify in (context, False, AUTHORITY, str(AUTHORITY)):
            engine = jsdf.Hosted(base_url=front.url, verify=verify)  # no warning: nobody is on the way
            assert COLUMN.jigsaw.run(LABELS, engine=engine, cache=False).counts["answered"] == 2


def test_trusting_everyone_is_warned_of_once_at_the_users_line():
    with pytest.warns(
        UserWarning, match="verify=False: whoever is on the way to https://.* can read the API key"
    ) as got:
        engine = jsdf.Hosted(verify=False)
    assert [Path(warning.filename).name for warning in got] == [Path(__file__).name]
    assert "verify=False" in repr(engine)
    COLUMN.jigsaw.plan(LABELS, engine=engine)
