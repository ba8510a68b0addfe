"""Signals that ask a process to end: from supervisors, containers, schedulers and closed terminals."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

#: Those that this system has, beside SIGINT, which is Ctrl-C.
STOP_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]


@contextmanager
def handle_signals(numbers: Iterable[int], handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Handle signals in the `with` block, except a SIGHUP that is ignored, which is what `nohup` is for.

    Outside the main thread, where Python handles none, it does nothing.
    """
    is_main = threading.current_thread() is threading.main_thread()
    is_nohup = hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    handled = [number for number in numbers if is_main and not (is_nohup and number == signal.SIGHUP)]
    previous = {number: signal.signal(number, handler) for number in handled}
    try:
        yield
    finally:
        for number, old in previous.items():
            signal.signal(number, signal.SIG_DFL if old is None else old)  # None: not installed by Python


@contextmanager
def stop_signals_as_interrupts() -> Iterator[list[int]]:
    """Let each stop signal in the `with` block raise KeyboardInterrupt; yield the list of those received."""
    received: list[int] = []

    def interrupt(number: int, _: FrameType | None) -> None:
        received.append(number)
        raise KeyboardInterrupt

    with handle_signals(STOP_SIGNALS, interrupt):
        yield received


@contextmanager
def signals_deferred() -> Iterator[None]:
    """Finish the `with` block before a stop signal or Ctrl-C takes effect; a second one takes effect at once."""
    received: list[int] = []

    def remember(number: int, _: FrameType | None) -> None:
        received.append(number)
        if len(received) > 1:
            raise KeyboardInterrupt

    try:
        with handle_signals([signal.SIGINT, *STOP_SIGNALS], remember):
            yield
    finally:
        for number in received[:1]:
            signal.raise_signal(number)
