"""Where a process keeps what is made once."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


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
