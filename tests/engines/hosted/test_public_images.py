"""Images that the service can fetch by their URL, and those that need an upload."""

import pytest

from jsdf.engines.hosted.public_images import is_public_name


@pytest.mark.parametrize(
    ("url", "is_public"),
    [
        ("https://example.org/a.jpg", True),
        ("http://93.184.215.14/a.jpg", True),
        ("http://127.0.0.1:1/a.jpg", False),
        ("http://localhost:1/a.jpg", False),
        ("http://10.0.0.1/a.jpg", False),
        ("http://[::1]/a.jpg", False),
        ("https://intranet/a.jpg", False),
        ("https://nas.local/a.jpg", False),
        ("https://photos.internal./a.jpg", False),
        ("http://127.1/a.jpg", False),
        ("http://2130706433/a.jpg", False),
        ("http://[fe80::1%25eth0]/a.jpg", False),
        ("http://[2606:4700::1111]/a.jpg", True),
        ("http://[not an address/a.jpg", False),
    ],
)
def test_public_urls_are_recognised(url, is_public):
    assert is_public_name(url) is is_public
