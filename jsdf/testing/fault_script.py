"""Select the fault of each request, from an iterable or by a function."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

from jsdf.errors import InvalidInputError
from jsdf.testing.argument_checks import is_fault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jsdf.testing.fault import Fault, Script
    from jsdf.testing.validation import Request


class FaultScript:
    """Thread-safe sequence of faults, one for each accepted request.

    Args:
        script: An iterable, consumed one entry a request, or a callable of request number and request.
    """

    def __init__(self, script: Iterable[Fault | None] | Script) -> None:
        # Test for a callable first: a callable object may be iterable too.
        self._function = script if callable(script) else None
        self._entries = iter(()) if callable(script) else iter(script)
        self._lock = threading.Lock()
        self._number = 0

    def next_fault(self, request: Request) -> Fault | None:
        """Return the fault for this request, None for a correct answer."""
        with self._lock:
            number, self._number = self._number, self._number + 1
            if self._function is None:
                return _checked(next(self._entries, None))
        return _checked(self._function(number, request))

    def next(self) -> Fault | None:
        """Return the next entry of an iterable script, for requests to the file store."""
        with self._lock:
            return _checked(next(self._entries, None))


def _checked(entry: Any) -> Fault | None:
    if not is_fault(entry):
        raise InvalidInputError(f"faults gave {entry!r}; use a fault of jsdf.testing.fault, or None")
    return cast("Fault | None", entry)
