"""Decorator for methods that only one thread at a time may run."""

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
    """Run a method with its object's `lock` held."""

    @functools.wraps(method)
    def locked(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with self.lock:
            return method(self, *args, **kwargs)

    return locked
