"""Which request goes wrong: a list that is used up, or a function."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jsdf.testing.fault import Fault, Script
    from jsdf.testing.validation import Request


class FaultScript:
    """Draws the fault of each request that is let in.

    Args:
        script: An iterable, used up one entry a request, or a callable of number and request.
    """

    def __init__(self, script: Iterable[Fault | None] | Script) -> None:
        # A callable wins: a fault's own class may well be iterable one day, a function never is.
        self._function = script if callable(script) else None
        self._entries = iter(()) if callable(script) else iter(script)
        self._lock = threading.Lock()
        self._number = 0

    def next_fault(self, request: Request) -> Fault | None:
        """The fault for this request, None where it is to be answered well."""
        with self._lock:
            number, self._number = self._number, self._number + 1
            if self._function is None:
                return next(self._entries, None)
        return self._function(number, request)

    def next(self) -> Fault | None:
        """The next entry of a list, for requests that are no classification."""
        with self._lock:
            return next(self._entries, None)
