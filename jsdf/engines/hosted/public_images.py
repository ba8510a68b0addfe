"""Tell images that the service can fetch by their URL from those that need an upload."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from jsdf.errors import ImageError
from jsdf.images import source_kind
from jsdf.images.ip_addresses import is_private_host

#: Domains that public name servers do not resolve (RFC 6761, 6762, 8375, 9476).
_PRIVATE_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".invalid")


def needs_upload(value: Any) -> bool:
    """True if the service cannot fetch this image itself; False for values that are not images."""
    try:
        return not is_public_url(value)
    except ImageError:
        return False


def is_public_url(value: Any) -> bool:
    """True if an image is a URL that the service can probably fetch."""
    return source_kind(value) == "address" and is_public_name(value)


def is_public_name(url: str) -> bool:
    """True if a URL's host is probably reachable from the internet: neither this machine nor a private network."""
    try:
        host = (urlsplit(url.strip()).hostname or "").rstrip(".")
    except ValueError:  # brackets without an IP address
        return False
    is_public = ("." in host or ":" in host) and not host.endswith(_PRIVATE_NAMES)
    return is_public and not is_private_host(host)
