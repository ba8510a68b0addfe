"""Fetchers for a host of the test, and what they give for each value."""

import asyncio

from image_files import noise, saved

from jsdf.errors import ImageError
from jsdf.images import Fetcher, Limits
from jsdf.images.ip_addresses import is_public

PNG = saved(noise())
SMALL = Limits(max_bytes=100_000, seconds=10)


def ours(address):
    """Takes 127.0.0.1 alone for public, where the test's host is."""
    return address == "127.0.0.1" or is_public(address)


class Resolver:
    """Names that lead where the test says, each time elsewhere, and how often it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    async def __call__(self, host, port):
        self.asked.append(host)
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


def guest(host, **options):
    return Fetcher(untrusted=True, is_public=ours, ports=[host.port], **{"limits": SMALL, **options})


def read(fetcher, *values):
    """Read all values concurrently; return bytes or the error for each."""

    async def main():
        async with fetcher:
            return await asyncio.gather(*map(fetcher.read, values), return_exceptions=True)

    found = asyncio.run(main())
    assert all(isinstance(one, (bytes, ImageError)) for one in found), found
    return found


def refused(fetcher, value):
    (error,) = read(fetcher, value)
    assert isinstance(error, ImageError), "it was fetched"
    assert str(value) not in str(error)
    return error.code, str(error)


def both(host):
    return [guest(host), Fetcher(limits=SMALL)]
