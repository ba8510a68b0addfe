"""Pillow's warnings, silenced while a picture is opened, on the thread that opens it."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


class _ThreadState(threading.local):
    quiet = False


_here = _ThreadState()


class _WhileQuiet(type):
    def __subclasscheck__(cls, subclass: type) -> bool:
        return _here.quiet


class _SuppressedWarning(Warning, metaclass=_WhileQuiet):
    """Stands for every warning on a thread that is quiet, and for none on the others."""


@contextmanager
def suppress_warnings() -> Iterator[None]:
    """Let no warning out of this thread, whatever filters are set; other threads are not touched.

    Pillow warns of odd metadata, which half of the world's photographs have, and of sizes, which are
    checked here anyway. `warnings.catch_warnings` swaps the filters of the whole process, so that two
    threads restore each other's; one more filter, which never matches elsewhere, swaps nothing.
    """
    if getattr(sys.flags, "context_aware_warnings", False):  # Python 3.14, where it is set: safe by itself
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
        return
    if not warnings.filters or warnings.filters[0][2] is not _SuppressedWarning:  # nobody put another before it
        warnings.simplefilter("ignore", _SuppressedWarning)
    before, _here.quiet = _here.quiet, True
    try:
        yield
    finally:
        _here.quiet = before
