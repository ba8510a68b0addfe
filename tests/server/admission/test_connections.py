"""The choice of the connection that gives way to a new one."""

import resource
import subprocess
import sys
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsdf.server.admission import connections
from jsdf.server.admission.connections import find_surplus


@dataclass(eq=False)
class Opened:
    network: str
    waits_since: float | None


@pytest.fixture(autouse=True)
def _limits(monkeypatch):
    monkeypatch.setattr(connections, "MAX_NETWORK_CONNECTIONS", 4)


def surplus(opened, network="new", max_connections=6):
    newcomer = Opened(network, 1_000.0)
    found = find_surplus([*opened, newcomer], newcomer, max_connections)
    return "newcomer" if found is newcomer else found


def test_there_is_room():
    assert surplus([Opened("a", 1.0)] * 3) is None


def test_the_most_idle_of_the_greediest_network_gives_way():
    opened = [
        Opened("a", 5.0),
        Opened("b", 1.0),
        Opened("a", 3.0),
        Opened("a", None),
        Opened("a", 9.0),
        Opened("c", 2.0),
    ]
    assert surplus(opened) is opened[2]


@pytest.mark.parametrize("network", ["a", "b"])
def test_a_network_with_too_many_gives_way_to_itself(network):
    opened = [Opened(network, float(i)) for i in range(4)]
    assert surplus([Opened("c", 0.0), *opened], network) is opened[0]


def test_connections_that_are_answered_are_kept():
    opened = [Opened("a", None) for _ in range(6)]
    assert surplus(opened) == "newcomer"


def test_a_network_that_is_all_answered_does_not_protect_the_others():
    opened = [*[Opened("a", None) for _ in range(4)], Opened("b", 7.0), Opened("b", 3.0)]
    assert surplus(opened) is opened[5]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.floats(0, 99)), max_size=12), st.sampled_from("abcd"))
def test_whoever_comes_finds_room_if_anybody_waits(given_connections, network):
    opened = [Opened(*pair) for pair in given_connections]
    found = surplus(opened, network)
    if len(opened) >= 6 and any(c.waits_since is not None for c in opened if c.network != network):
        has_own_surplus = sum(c.network == network for c in opened) >= 4
        assert found is not None
        assert found != "newcomer" or has_own_surplus
    if isinstance(found, Opened):
        assert found.waits_since is not None


@pytest.mark.parametrize(("soft", "hard", "expected"), [(256, 256, 96), (256, 1_000, 468), (70, 70, 3)])
def test_few_file_descriptors_mean_few_connections(soft, hard, expected):
    if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 1_000:
        pytest.skip("the hard limit of this process is lower")
    code = (
        "import resource\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))\n"
        "from jsdf.server.admission.connections import usable_connections\n"
        "print(usable_connections(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [str(expected), str(hard)]
