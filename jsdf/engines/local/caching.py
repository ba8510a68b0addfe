"""LRU caches: one for the process, safe across forks, and one for the labels of a classifier."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
#: Sets of labels whose embeddings are kept: a run has a few, a server's clients any number.
_MAX_LABEL_SETS = 64


class ForkSafeCache(Generic[T]):
    """The last few things that were made, by name; empty again in a forked child.

    Args:
        keep: How many.
    """

    def __init__(self, keep: int = 1) -> None:
        self._max_items = keep
        self.clear()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.clear)

    def clear(self) -> None:
        """Forget everything. A fork copies a lock that another thread may hold for ever: the child gets a new one."""
        self.lock = threading.Lock()
        self._items: OrderedDict[str, T] = OrderedDict()

    def get_or_create(self, make: Callable[[], T], name: str = "") -> T:
        """The thing of this name, made by the first that asks, for whom the others wait."""
        with self.lock:
            if name not in self._items:
                self._items[name] = make()
            self._items.move_to_end(name)
            while len(self._items) > self._max_items:
                self._items.popitem(last=False)
            return self._items[name]


class LRUCache(OrderedDict[Any, T]):
    """The last few things that were made, by what they were made of."""

    def get_or_create(self, key: Any, make: Callable[[], T]) -> T:
        """The thing of this key, made if it is not there; what was not asked for lately is forgotten."""
        if key not in self:
            self[key] = make()
        self.move_to_end(key)
        while len(self) > _MAX_LABEL_SETS:
            self.popitem(last=False)
        return self[key]
