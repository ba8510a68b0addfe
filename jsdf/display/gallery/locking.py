"""A decorator for methods that one thread at a time may run."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

if TYPE_CHECKING:
    import threading


class _HasLock(Protocol):
    lock: threading.RLock


P = ParamSpec("P")
S = TypeVar("S", bound=_HasLock)
T = TypeVar("T")


def synchronized(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """The same method, done by one thread at a time."""

    @functools.wraps(method)
    def alone(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self.lock:
            return method(self, *args, **kwargs)

    return alone
