"""Standard streams that are closed, full or no longer read: no traceback, and no report at exit."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO


def open_closed_streams() -> None:
    """Open the standard streams that the process was started without, as by `>&-`: Python has None for them.

    The input is empty, and messages are dropped; but writing to stdout fails, since the output would be lost.
    """
    modes = {"stdin": (os.O_RDONLY, "r"), "stdout": (os.O_RDONLY, "w"), "stderr": (os.O_WRONLY, "w")}
    for name, (flags, mode) in modes.items():
        if getattr(sys, name) is None:
            # Open to the end of the process, as the others.
            stream = os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8", closefd=False)
            setattr(sys, name, stream)


def discard(*streams: TextIO) -> None:
    """Send nowhere what could not be written to these streams, so that Python does not report it at exit."""
    for stream in streams:
        with suppress(OSError, ValueError):  # a stream of a test has no file descriptor
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def drop_pending(stream: TextIO) -> None:
    """Drop what a stream holds and cannot write, as a message of a library to a disk that is full."""
    try:
        stream.flush()
    except (OSError, ValueError):
        discard(stream)
