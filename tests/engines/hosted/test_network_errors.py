"""A request without a response: the cause and a remedy in one sentence, over real sockets; lost or never sent."""

import errno
import re
import socket

import httpx
import network_variables
import pandas as pd
import pytest
from local_network import AUTHORITY, Closing, Proxy, TLSFront

import jsdf
from jsdf.engines.hosted.network_errors import explain
from jsdf.engines.hosted.network_settings import Route
from jsdf.engines.hosted.request_trace import RequestTrace
from jsdf.errors import APIError, TransientError
from jsdf.testing import FakeService, fault

LABELS = ["a", "b"]
FAR = "https://elsewhere.example.org"  # the certificate "wrong-host" is for this name


@pytest.fixture(autouse=True)
def _own_network(monkeypatch):
    network_variables.unset_all(monkeypatch)


@pytest.fixture
def server():
    with FakeService().serve() as server:
        yield server


def stopped(rows=64, **settings):
    """Return the error that stops a run; nothing was sent, and all rows are pending."""
    engine = jsdf.Hosted("test-key", **{"rate": 1000, **settings})
    with pytest.raises(APIError) as caught:
        jsdf.run(pd.Series([f"text {i}" for i in range(rows)]), LABELS, engine=engine, progress=False)
    run = caught.value.run
    assert run.counts["pending"] == rows
    assert (run.usage.requests, run.usage.maybe_billed_twice) == (0, 0)
    assert "possibly billed" not in repr(run)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value


def answered(**settings):
    engine = jsdf.Hosted("test-key", **{"rate": 1000, **settings})
    column = pd.Series([f"text {i}" for i in range(64)])
    return jsdf.run(column, LABELS, engine=engine, progress=False, cache=False).counts["answered"] == 64


OTHER = AUTHORITY.with_name("expired.pem")
CERTIFICATES = {
    "untrusted": ("server", True, r"of 127.0.0.1 is not trusted \(.*\): .*verify='company.pem'.*SSL_CERT_FILE"),
    "not by the file given": ("server", str(OTHER), f"add the certificate of its issuer to verify='{OTHER}'"),
    "expired": ("expired", str(AUTHORITY), "certificate of 127.0.0.1 has expired: .*clock"),
    "another host's": ("wrong-host", str(AUTHORITY), "certificate of 127.0.0.1 is for another host: check base_url"),
}  # fmt: skip


@pytest.mark.parametrize(("certificate", "verify", "said"), CERTIFICATES.values(), ids=CERTIFICATES)
@pytest.mark.parametrize("rows", [1, 200])
def test_a_certificate_ends_the_run_at_the_first_connections(server, certificate, verify, said, rows):
    with TLSFront(server.url, certificate) as front:
        error = stopped(rows, base_url=front.url, verify=verify)
        assert front.connections <= 5
    assert type(error) is APIError
    assert error.is_permanent
    assert re.search(said, str(error)), error


@pytest.mark.parametrize("verify", [AUTHORITY, str(AUTHORITY)])
def test_a_certificate_that_is_given_is_trusted(server, verify):
    with TLSFront(server.url) as front:
        assert answered(base_url=front.url, verify=verify)


def test_the_advice_for_an_untrusted_certificate_helps(server, monkeypatch):
    with TLSFront(server.url) as front:
        assert "SSL_CERT_FILE" in str(stopped(base_url=front.url))
        monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))
        assert answered(base_url=front.url)


def test_a_plain_server_behind_https_is_named(server):
    error = stopped(base_url=server.url.replace("http:", "https:"), verify=str(AUTHORITY))
    assert str(error).startswith("127.0.0.1 answers without TLS, so it is no https:// address: check base_url")
    assert type(error) is APIError


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_refused_connection_names_the_address(scheme):
    with FakeService().serve() as server:
        url = server.url.replace("http:", f"{scheme}:")
    error = stopped(base_url=url)
    assert str(error).startswith(f"could not reach {url}: the connection was refused; is it running?")
    assert isinstance(error, TransientError)


@pytest.mark.parametrize("answer", [b"", b"\x16\x03\x01"])
def test_a_connection_that_closes_before_it_is_secure_was_not_sent(answer):
    with Closing(answer) as closing:
        error = stopped(base_url=closing.url.replace("http:", "https:"))
    assert "the connection was closed before it was secure" in str(error) or "no secure connection" in str(error)


@pytest.fixture
def no_names(monkeypatch):
    """No host name can be found, as without a network; IP addresses can."""
    find = socket.getaddrinfo

    def getaddrinfo(host, *args, **kwargs):
        if (host.decode() if isinstance(host, bytes) else host) != "127.0.0.1":
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return find(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.usefixtures("no_names")
def test_an_unknown_host_is_said_as_a_person_would(monkeypatch):
    assert str(stopped()) == "could not find the host api.jigsawstack.com: is this machine online?"
    error = stopped(base_url="https://typo.example.org")
    assert str(error) == (
        "could not find the host typo.example.org: is this machine online? Check base_url='https://typo.example.org'"
    )
    monkeypatch.setenv("JIGSAWSTACK_API_URL", "https://typo.example.org/")
    assert str(stopped()).endswith("Check JIGSAWSTACK_API_URL='https://typo.example.org'")
    error = stopped(proxy="http://me:s3cret@proxy.example.org:3128")
    assert str(error) == "could not find the host proxy.example.org: is this machine online? Check proxy"


def test_a_proxy_is_used_with_its_password(server):
    with TLSFront(server.url, "wrong-host") as front:
        hosts = {"elsewhere.example.org": front.port}
        with Proxy(hosts=hosts) as free, Proxy(login="me:s3cret/é", hosts=hosts) as locked:
            assert answered(base_url=FAR, verify=AUTHORITY, proxy=free.url)
            assert set(free.requests) == {"CONNECT elsewhere.example.org:443 HTTP/1.1"}
            url = locked.url.replace("//", "//me:s3cret%2F%C3%A9@")
            assert answered(base_url=FAR, verify=AUTHORITY, proxy=url)
            assert answered(base_url=FAR, verify=AUTHORITY, proxy=free.url.removeprefix("http://"))


def test_a_proxy_that_is_given_is_used_for_this_machine_too(server):
    with Proxy() as proxy:
        assert answered(base_url=server.url, proxy=proxy.url)
        assert proxy.requests[0] == f"POST {server.url}/v1/classification HTTP/1.1"


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_named_by_its_variable(name, monkeypatch):
    with Proxy(login="me:s3cret") as proxy:
        monkeypatch.setenv(name, proxy.url)
        error = stopped(base_url=FAR)
        assert str(error) == (
            f"the proxy {proxy.url} asks for a user and password (407): put them into {name}, "
            "as in http://user:password@host:port"
        )
        monkeypatch.setenv(name, proxy.url.replace("//", "//me:wr0ng@"))
        error = stopped(base_url=FAR)
    masked = proxy.url.replace("//", "//***@")
    assert str(error) == f"the proxy {masked} does not accept the user and password (407): check {name}"


PROXIES = {
    "403 Forbidden": ("does not allow connections to elsewhere.example.org (403): ask for access", APIError),
    "302 Found": ("does not connect to elsewhere.example.org (302 Found): check proxy", APIError),
    "405 Method Not Allowed": ("does not connect to elsewhere.example.org (405 Method Not Allowed)", APIError),
    "502 Bad Gateway": ("could not reach elsewhere.example.org (502 Bad Gateway): check proxy", TransientError),
    "503 Busy": ("could not reach elsewhere.example.org (503 Busy): check proxy", TransientError),
}


@pytest.mark.parametrize("status", PROXIES)
@pytest.mark.parametrize("rows", [1, 200])
def test_a_proxy_that_refuses_is_quoted(status, rows):
    said, kind = PROXIES[status]
    with Proxy(status=status) as proxy:
        error = stopped(rows, base_url=FAR, proxy=proxy.url)
        assert len(proxy.requests) <= 5
    assert str(error).startswith(f"the proxy {proxy.url} {said}")
    assert type(error) is kind


def test_a_407_for_this_machine_stops_the_run_too(server):
    with Proxy(login="me:s3cret") as proxy, pytest.raises(APIError, match=r"HTTP 407: .*a proxy asks for a user"):
        answered(base_url=server.url, proxy=proxy.url)


@pytest.mark.parametrize("answer", [b"", b"no HTTP\r\n\r\n"])
def test_a_proxy_that_is_none_was_sent_nothing(answer):
    with Closing(answer) as closing:
        error = stopped(base_url=FAR, proxy=closing.url)
    assert str(error).startswith(f"could not reach the proxy {closing.url}: ")


def test_a_proxy_that_is_not_running_is_named():
    with FakeService().serve() as server:
        url = server.url
    assert str(stopped(base_url=FAR, proxy=url)).startswith(
        f"could not reach the proxy {url}: the connection was refused"
    )


@pytest.mark.parametrize("what", [fault.reset(after=True), fault.truncated(), fault.hang(30)])
def test_what_was_sent_and_lost_is_possibly_billed(what):
    service = FakeService(faults=[what])
    with service.serve() as server:
        engine = jsdf.Hosted("test-key", server.url, rate=1000, timeout=0.3)
        run = jsdf.run(pd.Series(["text"]), LABELS, engine=engine, progress=False)
    assert (run.counts["answered"], run.usage.requests, run.usage.maybe_billed_twice) == (1, 2, 1)


def test_an_outage_within_a_run_costs_no_answer(monkeypatch):
    monkeypatch.setattr("jsdf.runner.sender.GIVE_UP_SECONDS", 0.2)
    service, values = FakeService(), pd.Series([f"text {i}" for i in range(320)])
    server = service.serve()
    with server:
        engine = jsdf.Hosted("test-key", server.url, rate=1000, concurrency=1)
        assert jsdf.run(values, LABELS, engine=engine, progress=False, max_requests=3).counts["answered"] == 96
    with pytest.raises(TransientError, match="could not reach") as caught:
        jsdf.run(values, LABELS, engine=engine, progress=False)
    assert (caught.value.run.counts["answered"], caught.value.run.counts["pending"]) == (96, 224)


UNTRACED = {
    httpx.ConnectError("x"): (False, "could not reach"),
    httpx.ConnectTimeout("x"): (False, "no answer in time"),
    httpx.PoolTimeout("x"): (False, "no answer in time"),
    httpx.UnsupportedProtocol("x"): (False, "check base_url"),
    httpx.InvalidURL("x"): (False, "check base_url"),
    httpx.LocalProtocolError("Illegal header value b'secret'"): (False, "^the request is not valid HTTP: check `h"),
    httpx.ProxyError("Host unreachable"): (False, "could not reach"),
    httpx.ReadTimeout("x"): (True, "did not respond in time; raise `timeout`"),
    httpx.WriteTimeout("x"): (True, "did not respond in time; raise `timeout`"),
    httpx.ReadError(""): (True, "the connection to the service was lost: ReadError"),
    httpx.WriteError("x"): (True, "was lost: x"),
    httpx.CloseError("x"): (True, "was lost: x"),
    httpx.RemoteProtocolError("x"): (True, "was lost: x"),
    httpx.DecodingError("x"): (True, "could not be decompressed: x"),
    httpx.TooManyRedirects("x"): (True, "was lost: x"),
}  # fmt: skip


@pytest.mark.parametrize("error", UNTRACED, ids=lambda error: type(error).__name__)
def test_every_exception_of_the_client_is_explained(error):
    is_sent, said = UNTRACED[error]
    explained = explain(error, Route("https://api.jigsawstack.com"), RequestTrace())
    assert re.search(said, str(explained))
    assert explained.is_unsent is not is_sent
    assert getattr(explained, "maybe_billed", False) is is_sent
    assert "secret" not in str(explained)


@pytest.mark.parametrize("code", [errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ECONNREFUSED, errno.EACCES, errno.EPIPE])
def test_a_system_error_is_said_in_words(code):
    error = httpx.ConnectError(f"[Errno {code}] x")
    error.__cause__ = OSError(code, "x")
    trace = RequestTrace()
    trace.stage, trace.host = "connection.connect_tcp", "api.jigsawstack.com"
    explained = explain(error, Route("https://api.jigsawstack.com"), trace)
    assert explained.is_unsent
    assert "Errno" not in str(explained)
    assert str(code) not in str(explained)
