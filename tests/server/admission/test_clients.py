"""Identity of clients: the key and the network."""

import pytest

from jsdf.server.admission.clients import identify, network_of

NETWORKS = [
    ("127.0.0.1", "127.0.0.1"),
    ("203.0.113.9", "203.0.113.9"),
    ("::ffff:203.0.113.9", "203.0.113.9"),
    ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
    ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
    ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
    ("::1", "::/64"),
    ("", ""),
    ("unknown", "unknown"),
]


@pytest.mark.parametrize(("address", "network"), NETWORKS)
def test_the_network_of_an_address(address, network):
    assert network_of(address) == network


def test_clients_differ_by_key_and_by_network():
    keys = [[], [(b"x-api-key", b"a")], [(b"accept", b"*/*"), (b"x-api-key", b"b")]]
    clients = {identify(address, headers) for address in ("127.0.0.1", "127.0.0.2") for headers in keys}
    assert len(clients) == 6
    assert identify("127.0.0.1", keys[1]) == identify("127.0.0.1", keys[1])


def test_the_key_is_not_kept():
    assert "sesame" not in repr(identify("127.0.0.1", [(b"x-api-key", b"sesame")]))
