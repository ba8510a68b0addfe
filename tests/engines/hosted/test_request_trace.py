"""The trace of a request tells a request that left from one that did not."""

import asyncio

import httpx
import pytest
from local_network import AUTHORITY, Closing, Proxy, TLSFront

from jsdf.engines.hosted.request_trace import RequestTrace
from jsdf.testing import FakeService
from jsdf.utils.network.certificates import tls_context


def traced(url, **settings):
    """Send one request and return its trace."""
    trace = RequestTrace()

    async def send():
        async with httpx.AsyncClient(trust_env=False, verify=tls_context(str(AUTHORITY)), **settings) as client:
            await client.post(f"{url}/v1/classification", json={}, extensions={"trace": trace})

    try:
        asyncio.run(send())
    except httpx.HTTPError:
        return trace
    return trace


def test_before_the_first_step_nothing_is_known():
    assert (RequestTrace().stage, RequestTrace().is_sent) == ("", False)


@pytest.mark.parametrize("is_proxied", [False, True])
def test_an_answered_request_was_sent(is_proxied):
    with FakeService().serve() as server, TLSFront(server.url) as front, Proxy() as proxy:
        for url in (server.url, front.url):
            trace = traced(url, proxy=proxy.url if is_proxied else None)
            assert (trace.is_sent, trace.host) == (True, "127.0.0.1")


def test_a_request_for_a_tunnel_is_not_the_request():
    with Proxy(status="403 Forbidden") as proxy:
        assert not traced("https://elsewhere.example.org", proxy=proxy.url).is_sent
    with Closing() as closing:
        assert not traced("https://elsewhere.example.org", proxy=closing.url).is_sent


def test_a_connection_that_fails_sends_nothing():
    with FakeService().serve() as server:
        url = server.url
    trace = traced(url)
    assert (trace.stage, trace.is_sent) == ("connection.connect_tcp", False)
    with Closing() as closing:
        trace = traced(closing.url.replace("http:", "https:"))
    assert (trace.stage, trace.is_sent) == ("connection.start_tls", False)


def test_a_lost_reply_was_sent():
    with Closing() as closing:
        assert traced(closing.url).is_sent
