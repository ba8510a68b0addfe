"""Examine the exceptions of HTTP clients: their causes, and responses that break the rules of HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator

#: Beginnings of what h11 says of a response that it cannot parse. A lost connection is a protocol error as well, with
#: another message, and what is not listed here counts as lost, since that is tried again.
_VIOLATIONS = (
    *("illegal", "Illegal", "bad Content-Length", "conflicting Content-Length", "multiple Transfer-Encoding"),
    *("Only Transfer-Encoding", "malformed chunk", "no response line", "continuation line", "Response status_code"),
    "Invalid URL in location header",
)
#: Those that are said in other words.
_OTHER_WORDS = {
    "Receive buffer too long": "its headers, or one of its lines, are too long",
    "Received server _SWITCH": "it changes to another protocol",
}


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and its causes, also those of a group: several IP addresses may have been tried."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        current = waiting.pop(0)
        if not any(current is other for other in seen):
            seen.append(current)
            yield current
            waiting += filter(None, [current.__cause__ or current.__context__, *getattr(current, "exceptions", ())])


def http_violation(error: BaseException) -> str | None:
    """Return the rule of HTTP that a response broke, in a few words, or None if the connection was lost.

    Args:
        error: `RemoteProtocolError` of httpx or httpcore. Its message may quote the response, the result does not.
    """
    message = str(error)
    for beginning, words in _OTHER_WORDS.items():
        if message.startswith(beginning):
            return words
    return re.split(": | b['\"]", message)[0] if message.startswith(_VIOLATIONS) else None
