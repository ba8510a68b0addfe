"""LRU caches: one for the process, safe across forks, and one for the labels of a classifier."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
#: Sets of labels whose embeddings are kept: a run has a few, a server's clients any number.
_KEPT = 64


class Slot(Generic[T]):
    """The last few things that were made, by name; empty again in a forked child.

    Args:
        keep: How many.
    """

    def __init__(self, keep: int = 1) -> None:
        self._keep = keep
        self.clear()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.clear)

    def clear(self) -> None:
        """Forget everything. A fork copies a lock that another thread may hold for ever: the child gets a new one."""
        self.lock = threading.Lock()
        self.held: OrderedDict[str, T] = OrderedDict()

    def get(self, make: Callable[[], T], name: str = "") -> T:
        """The thing of this name, made by the first that asks, for whom the others wait."""
        with self.lock:
            if name not in self.held:
                self.held[name] = make()
            self.held.move_to_end(name)
            while len(self.held) > self._keep:
                self.held.popitem(last=False)
            return self.held[name]


class Recent(OrderedDict[Any, T]):
    """The last few things that were made, by what they were made of."""

    def get_or(self, key: Any, make: Callable[[], T]) -> T:
        """The thing of this key, made if it is not there; what was not asked for lately is forgotten."""
        if key not in self:
            self[key] = make()
        self.move_to_end(key)
        while len(self) > _KEPT:
            self.popitem(last=False)
        return self[key]
