"""No host of images, whatever it sends, takes more memory or time than the limits say, or is asked in vain."""

import asyncio
import time
import tracemalloc

import pytest
from hostile_responses import EXCESSIVE, MALFORMED, SENSELESS, SLOW, HostileService

from jsdf.errors import ImageError
from jsdf.images import Fetcher, Limits


def read(service, count=1, **limits):
    """Return the reason of each of these downloads, and the seconds that all took."""
    urls = [f"{service.url}/{i}.png" for i in range(count)]

    async def main():
        async with Fetcher(limits=Limits(**limits)) as fetcher:
            return await asyncio.gather(*map(fetcher.read, urls), return_exceptions=True)

    started = time.monotonic()
    errors = asyncio.run(main())
    assert all(isinstance(error, ImageError) for error in errors), errors
    return {str(error) for error in errors}, time.monotonic() - started


NO_HTTP = [*MALFORMED, *(name for name in EXCESSIVE if "header" in name or "line" in name or "trailers" in name)]


@pytest.mark.parametrize("name", [name for name in NO_HTTP if "compression" not in name])
def test_a_host_that_breaks_the_rules_of_http_is_asked_once(name):
    with HostileService({**EXCESSIVE, **MALFORMED}[name], "image") as service:
        reasons, _ = read(service)
    assert reasons <= {"the host's response is no valid HTTP", "it is larger than the limit of 20000000 bytes"}
    assert service.requests == 1


def test_few_large_bodies_are_in_memory_at_once():
    tracemalloc.start()
    try:
        with HostileService(EXCESSIVE["1 GB without a length"], "image") as service:
            read(service, 32, max_bytes=10_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 140e6


@pytest.mark.parametrize("name", ["chunks of a byte", "interim responses without end", "silence after half of a body"])
def test_many_small_pieces_do_not_delay_the_deadline(name):
    with HostileService(SLOW[name], "image") as service:
        reasons, seconds = read(service, 8, seconds=0.5)
    assert reasons == {"the download took longer than 0.5 s"}
    assert seconds < 5


@pytest.mark.parametrize("name", ["4 MB of nested arrays", "a number of 1 MB", "half of a gzip", "nothing"])
def test_what_is_no_image_is_one_reason(name):
    with HostileService(SENSELESS[name], "image") as service:
        (reason,), _ = read(service)
    assert reason.startswith(("the URL returned", "the host sent the image compressed"))
    assert service.requests == 1
