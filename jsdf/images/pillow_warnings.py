"""Suppress Pillow's warnings while an image is opened, on the thread that opens it."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


class _ThreadState(threading.local):
    is_suppressing = False


_thread_state = _ThreadState()


class _MatchWhileSuppressing(type):
    def __subclasscheck__(cls, subclass: type) -> bool:
        return _thread_state.is_suppressing


class _SuppressedWarning(Warning, metaclass=_MatchWhileSuppressing):
    """Warning category that matches every warning on a suppressing thread, and none on other threads."""


@contextmanager
def suppress_warnings() -> Iterator[None]:
    """Suppress all warnings of this thread, whatever filters are set, without affecting other threads.

    Pillow warns about odd metadata, which many photos have, and about sizes, which are checked here anyway.
    `warnings.catch_warnings` replaces the filters of the whole process, so that two threads would restore each
    other's; an additional filter that matches on suppressing threads only avoids that.
    """
    if getattr(sys.flags, "context_aware_warnings", False):  # Python 3.14, if enabled: safe by itself
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
        return
    if not warnings.filters or warnings.filters[0][2] is not _SuppressedWarning:  # no other filter comes before ours
        warnings.simplefilter("ignore", _SuppressedWarning)
    before, _thread_state.is_suppressing = _thread_state.is_suppressing, True
    try:
        yield
    finally:
        _thread_state.is_suppressing = before
