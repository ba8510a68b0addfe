"""A request has its time as a whole, and an upload has more of it for each byte."""

import asyncio
import time

import httpx
import pytest
from raw_service import Service, drip

from jsdf.engines.hosted.api_key import APIKey
from jsdf.engines.hosted.connection import MIN_UPLOAD_RATE, HTTPConnection
from jsdf.errors import TransientError

TIMEOUT = 0.2


async def exchange(size, seconds):
    """Send a body of this size to a service that answers after so many seconds."""

    async def answer(request):
        await request.aread()
        await asyncio.sleep(seconds)
        return httpx.Response(200, text="done")

    async with httpx.AsyncClient(base_url="http://127.0.0.1", transport=httpx.MockTransport(answer)) as client:
        connection = HTTPConnection([client], APIKey("test-key"), timeout=TIMEOUT)
        return await connection.request("POST", "/v1/store/file", content=bytes(size))


@pytest.mark.parametrize(("size", "seconds"), [(0, 0.0), (1000, 0.0), (100_000, 0.5), (300_000, 1.0)])
def test_an_upload_has_a_second_more_for_each_100_kb(size, seconds):
    assert asyncio.run(exchange(size, seconds)).body == b"done"


@pytest.mark.parametrize("size", [0, 1000, 20_000, 60_000])
def test_a_request_that_takes_longer_than_its_bytes_allow_is_given_up(size):
    started = time.monotonic()
    with pytest.raises(TransientError, match="did not respond in time"):
        asyncio.run(exchange(size, 30))
    assert TIMEOUT + size / MIN_UPLOAD_RATE <= time.monotonic() - started < 5


def test_a_body_without_a_length_has_the_timeout_alone():
    async def pieces():
        for _ in range(100):
            await asyncio.sleep(0.05)
            yield bytes(1000)

    async def main(url):
        async with httpx.AsyncClient(base_url=url) as client:
            connection = HTTPConnection([client], APIKey("test-key"), timeout=TIMEOUT)
            await connection.request("POST", "/v1/store/file", content=pieces())

    started = time.monotonic()
    with Service(drip()) as service, pytest.raises(TransientError, match="did not respond in time"):
        asyncio.run(main(service.url))
    assert time.monotonic() - started < 3
