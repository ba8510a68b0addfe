"""Public and private IP addresses in every notation, also embedded in IPv6."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.images.ip_addresses import is_private_host, is_public

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.215.14",
    "223.255.255.255",
    "100.63.255.255",
    "100.128.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]
EMBEDDED = [ipaddress.ip_network(network) for network in ("::ffff:0:0/96", "64:ff9b::/96")]
NOT_PUBLIC = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::808:808",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
    "example.org",
    "",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address):
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_not_public(address):
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_embedding_in_ipv6_changes_nothing(address):
    for prefix in ("::ffff:", "64:ff9b::"):
        assert is_public(f"{prefix}{address}") == is_public(str(address))


@given(st.ip_addresses())
def test_addresses_that_python_calls_private_are_not_public(address):
    hidden = address.is_private or address.is_multicast or address.is_reserved or address.is_link_local
    assert not (hidden and is_public(str(address))) or any(address in network for network in EMBEDDED)


SPELLINGS = "localhost LOCALHOST. a.localhost 127.0.0.1 127.1 2130706433 0x7f000001 0177.0.0.1 0 ::1 10.1"


@pytest.mark.parametrize("host", SPELLINGS.split())
def test_private_by_its_spelling(host):
    assert is_private_host(host)


@pytest.mark.parametrize("host", ["example.org", "8.8.8.8", "localhost.example.org", "2606:4700:4700::1111", "a"])
def test_not_private_by_its_spelling(host):
    assert not is_private_host(host)
