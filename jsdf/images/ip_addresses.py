"""Which IP addresses belong to the public internet, whatever they are wrapped in."""

from __future__ import annotations

import ipaddress
import socket

_V4 = [
    ipaddress.IPv4Network(network)
    for network in (
        # IANA's IPv4 Special-Purpose Address Registry. `is_global` knows most of it, and Python's versions
        # differ in the rest.
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
#: IPv4 addresses as IPv6: mapped (RFC 4291), and by the NAT64 of networks without IPv4 (RFC 6052).
_WRAPPED = [ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("64:ff9b::/96")]
#: All that is given out as global unicast (RFC 4291), and what of it is not public: protocol assignments
#: with Teredo in them, documentation (twice), 6to4.
_GLOBAL = ipaddress.IPv6Network("2000::/3")
_V6 = [ipaddress.IPv6Network(n) for n in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "2620:4f:8000::/48")]


def is_public(address: str) -> bool:
    """Whether an IP address, as a resolver gives it, is one of the public internet.

    What cannot be read as an address is not public; nor is anything that wraps one that is not.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv4Address):
        return not any(found in network for network in _V4)
    if any(found in network for network in _WRAPPED):
        return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
    return found in _GLOBAL and not any(found in network for network in _V6)


def is_private_host(host: str) -> bool:
    """Whether a host is private by its spelling alone: `localhost`, or an IP address in any notation."""
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
