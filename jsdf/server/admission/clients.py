"""Identity of a client, by which requests share the server."""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable
from typing import NamedTuple


class Client(NamedTuple):
    """A client: everything that sends the same key from the same network.

    The key alone would not do, since a server has one key for all its clients; nor would the address, since programs of
    one machine share it.

    Attributes:
        network: The address, or the /64 network of an IPv6 address, of which one subscriber has all addresses.
        key_digest: SHA-256 of the header `x-api-key`; empty without one.
    """

    network: str = ""
    key_digest: bytes = b""


def identify(address: str, headers: Iterable[tuple[bytes, bytes]]) -> Client:
    """Return the client that sent a request.

    Args:
        address: The address of the connection, or the one that a proxy on this machine reports.
        headers: The headers of the request, with names in lower case.
    """
    return identify_in(network_of(address), headers)


def identify_in(network: str, headers: Iterable[tuple[bytes, bytes]]) -> Client:
    """Return the client that sent a request from this network."""
    key = next((value for name, value in headers if name == b"x-api-key"), b"")
    return Client(network, hashlib.sha256(key).digest() if key else b"")


def network_of(address: str) -> str:
    """Return the network of one subscriber: an IPv4 address, or the /64 network of an IPv6 address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)).network_address) + "/64"
