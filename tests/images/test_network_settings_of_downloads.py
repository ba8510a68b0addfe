"""A mistake in the environment's network settings fails the rows of URLs, and names the variable, not its password."""

import asyncio
import os
import re

import network_variables
import pytest

from jsdf.errors import ImageError
from jsdf.images import Fetcher

PASSWORD = "s3cret-pa55"


@pytest.fixture(autouse=True)
def _own_network(monkeypatch):
    network_variables.unset_all(monkeypatch)


def read(*, untrusted=False):
    async def go():
        async with Fetcher(untrusted=untrusted) as fetcher:
            return await fetcher.read("http://127.0.0.1:1/a.png")

    with pytest.raises(ImageError) as caught:
        asyncio.run(go())
    return str(caught.value)


MISTAKES = [
    ("NO_PROXY", "[::1]"),
    ("HTTPS_PROXY", f'"http://me:{PASSWORD}@proxy:3128"'),
    ("http_proxy", f"http://me:{PASSWORD}#@proxy:3128"),
    ("SSL_CERT_FILE", f"{os.sep}nowhere{os.sep}company.pem"),
    ("SSL_CERT_DIR", "/nowhere"),
]


@pytest.mark.parametrize(("name", "value"), MISTAKES)
def test_a_mistake_is_the_reason_of_the_row(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    subject = "certificates" if name.startswith("SSL") else "proxy"
    assert re.match(f"the environment's {subject} cannot be used: {name}[=:]", read())
    assert PASSWORD not in read()


@pytest.mark.parametrize(("name", "value"), MISTAKES)
def test_untrusted_urls_use_no_proxy_so_that_none_is_checked(name, value, monkeypatch):
    monkeypatch.setenv(name, value)
    assert (name in read(untrusted=True)) == name.startswith("SSL")
