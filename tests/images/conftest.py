"""Fixture of an image host on loopback, without a proxy."""

import pytest
from fetching import PNG
from image_host import Host, body


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def host():
    with Host() as image_host:
        image_host.pages["/a.png"] = body(PNG)
        yield image_host
