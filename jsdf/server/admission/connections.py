"""Number of open connections: the most idle connection of the network with most of them gives way to a new one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Protocol, TypeVar

from jsdf.server.limits import MAX_CONNECTIONS, MAX_NETWORK_CONNECTIONS

if TYPE_CHECKING:
    from collections.abc import Collection

#: File descriptors that are kept for the listener, the models, the log and the like.
_OTHER_DESCRIPTORS = 64


class Connection(Protocol):
    """An open connection.

    Attributes:
        network: The network of the client; see `jsdf.server.admission.clients.network_of`.
        waits_since: The time in seconds since which the connection has waited for its client to send or to read
            something; None while the server has a request to answer.
    """

    network: str

    @property
    def waits_since(self) -> float | None: ...  # noqa: D102 - described above


T = TypeVar("T", bound=Connection)


def find_surplus(connections: Collection[T], newcomer: T, max_connections: int = MAX_CONNECTIONS) -> T | None:
    """Return the connection to drop now that `newcomer` has been added, None if there is room for all.

    It is the one that has waited longest for its client, of the newcomer's network where this has too many, else of the
    network with most connections; and the newcomer if no connection waits.

    Args:
        connections: All open connections, including the newcomer.
        newcomer: The connection that was opened last.
        max_connections: The maximum number of connections.
    """
    if len(connections) <= min(MAX_NETWORK_CONNECTIONS, max_connections):
        return None
    counts = Counter(connection.network for connection in connections)
    if counts[newcomer.network] > min(MAX_NETWORK_CONNECTIONS, max_connections):
        networks = {newcomer.network}
    elif len(connections) > max_connections:
        networks = set(counts)
    else:
        return None
    waiting = ((c, c.waits_since) for c in connections if c.network in networks and c is not newcomer)
    candidates = [(counts[c.network], -since, c) for c, since in waiting if since is not None]
    return max(candidates, key=lambda candidate: candidate[:2])[2] if candidates else newcomer


def usable_connections() -> int:
    """Return `MAX_CONNECTIONS`, or less where the process may not open so many file descriptors, two for each.

    The soft limit of the process is raised as far as needed and allowed. Without room for another descriptor the server
    could not even accept a connection to see who comes.
    """
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MAX_CONNECTIONS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * MAX_CONNECTIONS + _OTHER_DESCRIPTORS
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return MAX_CONNECTIONS
    raised = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    if raised > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return max(1, min(MAX_CONNECTIONS, (raised - _OTHER_DESCRIPTORS) // 2))
