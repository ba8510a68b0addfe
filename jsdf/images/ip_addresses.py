"""Recognise public IP addresses, also IPv4 addresses embedded in IPv6, and private hosts."""

from __future__ import annotations

import ipaddress
import socket

_NOT_PUBLIC_V4 = [
    ipaddress.IPv4Network(network)
    for network in (
        # IANA's IPv4 Special-Purpose Address Registry. Python's `is_global` covers most of it, and
        # versions of Python differ in the rest.
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's host agent and metadata, in public space
    )
]
#: IPv4 addresses embedded in IPv6: IPv4-mapped (RFC 4291), and NAT64 of networks without IPv4 (RFC 6052).
_EMBEDDED_V4 = [ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("64:ff9b::/96")]
#: Global unicast addresses (RFC 4291), and those of them that are not public: protocol assignments including
#: Teredo, documentation (two ranges), 6to4, and AS112.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = [
    ipaddress.IPv6Network(n) for n in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")
]


def is_public(address: str) -> bool:
    """True if an IP address, as a resolver returns it, belongs to the public internet.

    False for text that is not an IP address, and for an IPv6 address that embeds an IPv4 address that is not public.
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _NOT_PUBLIC_V4)
    if any(ip in network for network in _EMBEDDED_V4):
        return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip in _GLOBAL_V6 and not any(ip in network for network in _NOT_PUBLIC_V6)


def is_private_host(host: str) -> bool:
    """True if a host is private by its spelling alone: `localhost`, or a private IP address in any notation."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        name = str(ipaddress.ip_address(name.partition("%")[0]))
    except ValueError:
        try:
            name = socket.inet_ntoa(socket.inet_aton(name))  # 127.1, 0x7f000001, 2130706433
        except OSError:
            return False
    return not is_public(name)
