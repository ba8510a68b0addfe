"""Decorator for methods that only one thread at a time may run."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Protocol, TypeVar

from jsdf.utils.call_signature import explain_misfit

if TYPE_CHECKING:
    import threading


class _HasLock(Protocol):
    lock: threading.RLock


P = ParamSpec("P")
S = TypeVar("S", bound=_HasLock)
T = TypeVar("T")


def synchronized(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Run a method with its object's `lock` held; arguments that do not fit are explained, as in `gallery.filter()`."""
    signature = inspect.signature(method)

    @functools.wraps(method)
    def locked(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        misfit = explain_misfit(method.__name__, signature, (self, *args), kwargs)
        if misfit is not None:
            raise TypeError(misfit)
        with self.lock:
            return method(self, *args, **kwargs)

    return locked
