"""Run `jsdf serve` as a process for tests and benchmarks, and measure its memory and CPU time."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

COMMAND = [sys.executable, "-m", "jsdf", "serve"]


@dataclass(frozen=True)
class Served:
    """A running server."""

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def rss_mb(self) -> float:
        """Return the resident memory in MB."""
        return _memory(self.process.pid, "VmRSS")

    def peak_mb(self) -> float:
        """Return the largest resident memory so far in MB."""
        return _memory(self.process.pid, "VmHWM")

    def cpu(self) -> float:
        """Return the CPU time so far in seconds."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serve(*options: str, stderr: IO[str] | None = None, **environment: str) -> Iterator[Served]:
    """Start the server on a free port; at the end stop it by SIGINT, as Ctrl-C does."""
    command = [*COMMAND, "--port", "0", *options]
    # Processes inherit an ignored SIGINT, for example from a background job of a shell.
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        env=os.environ | environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )
    with process:
        try:
            assert process.stdout is not None
            match = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
            assert match is not None, "the server did not start"
            yield Served(process, int(match[1]))
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(60)
    assert code == 0, f"the server ended with {code}"


def _memory(pid: int, name: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(rf"{name}:\s+(\d+) kB", status)
    assert match is not None
    return int(match[1]) / 1024
