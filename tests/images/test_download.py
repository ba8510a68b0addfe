"""A download gives a complete image or one reason."""

import asyncio
import logging
import socket
import time

import pytest
from fetching import PNG, SMALL, both, guest, ours, read, refused
from image_host import body, closed_port, cut, endless, hang_up, in_turn, redirect, status

import jsdf
from jsdf.images import Fetcher, Limits

ANSWERS = {
    "gone": (status(404), "dead", "nothing at the URL (HTTP 404)"),
    "removed": (status(410), "dead", "removed"),
    "forbidden": (status(403), "dead", "refuses access (HTTP 403)"),
    "failing": (status(500), "dead", "failed (HTTP 500)"),
    "teapot": (status(418), "dead", "HTTP 418"),
    "busy": (status(503), "dead", "too busy (HTTP 503)"),
    "asked too often": (status(429, retry_after="soon"), "dead", "too many requests (HTTP 429)"),
    "a redirect to nowhere": (status(302), "dead", "HTTP 302"),
    "nothing": (body(b""), "damaged", "the URL returned an empty file"),
    "a page": (body(b"\n<!DOCTYPE HTML><p>", "image/png"), "page", "the URL returned a web page (HTML), not"),
    "a drawing": (body(b"<svg/>", "image/svg+xml"), "unsupported", "the URL returned a drawing (SVG)"),
    "too long": (body(bytes(10), content_length=10**12), "oversize", "larger than the limit of 100000 bytes"),
    "endless": (endless, "oversize", "larger than the limit of 100000 bytes"),
    "compressed": (body(b"\x1f\x8b", content_encoding="gzip"), "unsupported", "compressed"),
    "cut": (cut(PNG), "dead", "connection was lost"),
    "no http": (lambda handler: handler.wfile.write(b"\x16\x03\x01" * 99), "dead", "is no valid HTTP"),
    "to a file": (redirect("file:///etc/passwd"), "forbidden", "redirects to file://"),
    "to ftp": (redirect("ftp://127.0.0.1/"), "forbidden", "redirects to ftp://"),
    "to a private host": (redirect("http://[::1]:80/"), "forbidden", ""),
    "malformed": (redirect("http://[::1"), "dead", "malformed"),
    "to a port": (redirect("http://127.0.0.1:99999/"), "dead", "there is no port 99999"),
    "to another port": (redirect("http://127.0.0.1:65536/"), "dead", "there is no port 65536"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_failure_is_one_reason(host, name):
    host.pages["/x.png"], trouble, words = ANSWERS[name]
    found = refused(guest(host), f"{host.url}/x.png")
    assert found[0] == trouble
    assert words in found[1]


def test_the_content_type_is_ignored(host):
    host.pages["/x"] = body(PNG, "text/html")
    assert read(guest(host), f"{host.url}/x") == [PNG]


def test_a_slow_host_times_out(host):
    host.pages["/silent"], host.pages["/trickle"] = host.until_over, host.trickle
    for path in ("/silent", "/trickle"):
        began = time.monotonic()
        found = refused(guest(host, limits=Limits(seconds=0.3)), host.url + path)
        assert found == ("dead", "the download took longer than 0.3 s")
        assert time.monotonic() - began < 5


def test_a_busy_host_is_retried(host, caplog):
    host.pages["/x.png"] = in_turn(status(503), status(429, retry_after="1"), body(PNG))
    with caplog.at_level(logging.DEBUG, logger="stamina"):
        assert read(guest(host), f"{host.url}/x.png") == [PNG]
    assert len(host.asked) == 3
    assert caplog.records == []


def test_downloads_are_logged_at_debug_only(host, caplog):
    host.pages["/x.png"], host.pages["/y.png"] = body(PNG), body(PNG)
    caplog.set_level(logging.INFO)
    read(guest(host), f"{host.url}/x.png")
    assert caplog.records == []
    caplog.set_level(logging.DEBUG)
    read(guest(host), f"{host.url}/y.png")
    assert [record.levelname for record in caplog.records if record.name == "httpx"] == ["DEBUG"]


def test_a_dropped_connection_is_retried(host):
    host.pages["/x.png"] = in_turn(hang_up, body(PNG))
    assert read(guest(host), f"{host.url}/x.png") == [PNG]


def test_a_refused_connection_is_named():
    port = closed_port()
    for fetcher in (Fetcher(), Fetcher(untrusted=True, is_public=ours, ports=[port])):
        assert refused(fetcher, f"http://127.0.0.1:{port}/") == ("dead", "the host refuses connections")


def test_no_host_of_that_name():
    async def nowhere(name, port):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    found = refused(Fetcher(untrusted=True, resolve=nowhere), "http://nowhere.invalid/a.png")
    assert found == ("dead", "no host of that name was found")


@pytest.mark.parametrize("url", ["http://", "http:///a.png", "http://a b/", "http://[::1/", f"http://{70 * 'a'}.x"])
@pytest.mark.parametrize("guest", [True, False])
def test_malformed_urls_are_refused(url, guest):
    (error,) = read(Fetcher(untrusted=guest, limits=SMALL), url)
    assert error.code == "dead"


def test_requests_carry_the_user_agent_and_no_secrets(host, monkeypatch):
    monkeypatch.setenv("JIGSAWSTACK_API_KEY", "sk_made_up")
    host.pages["/x.png"] = body(PNG, set_cookie="id=7; Path=/")
    for fetcher in both(host):
        host.asked.clear()
        read(fetcher, f"{host.url}/x.png", f"{host.url}/a.png")
        for _, headers in host.asked:
            assert headers["User-Agent"] == f"jsdf/{jsdf.__version__}"
            assert headers["Accept-Encoding"] == "identity"
            assert set(headers) == {"Host", "Accept", "Accept-Encoding", "Connection", "User-Agent"}


def test_cookies_are_not_kept(host):
    host.pages["/x.png"] = body(PNG, set_cookie="id=7; Path=/")

    async def main():
        async with Fetcher() as fetcher:
            await fetcher.read(f"{host.url}/x.png")
            await fetcher.read(f"{host.url}/a.png")

    asyncio.run(main())
    assert "Cookie" not in host.asked[1][1]


def test_redirects_are_followed(host):
    host.pages["/1"], host.pages["/2"] = redirect("/2", 301), redirect(f"{host.url}/a.png", 307)
    for fetcher in both(host):
        assert read(fetcher, f"{host.url}/1") == [PNG]


def test_endless_redirects_are_stopped(host):
    host.pages["/loop"] = redirect("/loop")
    assert refused(guest(host), f"{host.url}/loop") == ("dead", "it is redirected more than 5 times")
    assert len(host.asked) == 6


def test_a_proxy_that_cannot_be_used_is_a_reason(monkeypatch):
    monkeypatch.setenv("all_proxy", "gopher://127.0.0.1:1")
    trouble, words = refused(Fetcher(), "http://images.test/a.png")
    assert trouble == "dead"
    assert "proxy cannot be used" in words
