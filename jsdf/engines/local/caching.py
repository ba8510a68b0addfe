"""LRU caches: process-wide for loaded models, emptied in forked children; and per classifier, for prepared labels."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
#: Label sets whose embeddings are kept: a run has a few, the clients of a server any number.
_MAX_LABEL_SETS = 64


class ForkSafeCache(Generic[T]):
    """Thread-safe LRU cache with string keys, emptied in forked children.

    Args:
        max_items: Number of items kept.
    """

    def __init__(self, max_items: int = 1) -> None:
        self._max_items = max_items
        self.clear()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self.clear)

    def clear(self) -> None:
        """Remove all items and replace the lock: a forked child gets a copy of a lock that may never be released."""
        self.lock = threading.Lock()
        self._items: OrderedDict[str, T] = OrderedDict()

    def __contains__(self, name: str) -> bool:
        return name in self._items

    def get_or_create(self, make: Callable[[], T], name: str = "") -> T:
        """Return the item called `name`; the first caller makes it while the others wait."""
        with self.lock:
            if name not in self._items:
                self._items[name] = make()
            self._items.move_to_end(name)
            while len(self._items) > self._max_items:
                self._items.popitem(last=False)
            return self._items[name]


class LRUCache(OrderedDict[Any, T]):
    """LRU cache with any hashable key, for use by one thread or event loop."""

    def get_or_create(self, key: Any, make: Callable[[], T]) -> T:
        """Return the item of this key, making it if it is missing; drop the least recently used items."""
        if key not in self:
            self[key] = make()
        self.move_to_end(key)
        while len(self) > _MAX_LABEL_SETS:
            self.popitem(last=False)
        return self[key]
