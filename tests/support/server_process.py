"""`jsdf serve` as a process of its own, for tests and benchmarks: its address, its memory, its CPU time."""

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

COMMAND = [sys.executable, "-m", "jsdf", "serve"]


@dataclass(frozen=True)
class Served:
    """A server that is up."""

    process: subprocess.Popen[str]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def rss_mb(self) -> float:
        """Resident memory now, in MB."""
        return _rss(self.process.pid)

    def cpu(self) -> float:
        """Seconds of CPU time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def serve(*options: str, **environment: str) -> Iterator[Served]:
    """Start it on a free port, and stop it as Ctrl-C would."""
    command = [*COMMAND, "--port", "0", *options]
    # A child of a shell's background job would ignore Ctrl-C.
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | environment,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
    )
    with process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:(\d+)", process.stdout.readline())
            assert found is not None, "the server did not start"
            yield Served(process, int(found[1]))
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(60)
    assert code == 0, f"the server ended with {code}"


def _rss(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024
