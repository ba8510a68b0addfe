"""Send a real signal to a process in each state in which a call can be stuck, and measure the time until it is out.

    python tests/benchmarks/hostile_interrupts.py [only ...]

Ctrl-C to a synchronous and to an asynchronous call, and SIGTERM to the command line where the state is one of the
service. Printed for each: the seconds until the process has ended, and the samples paid and not in the store. Loopback
only; at most ten seconds for each of the calls.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from bench import show, show_detail
from stalled_calls import LABELS, STATES

SUPPORT = Path(__file__).parents[1] / "support"
LIMIT_SECONDS = 10.0
OF_THE_SERVICE = [*list(STATES)[:6], "a locked store", "100,000 rows"]
WAYS = {"Ctrl-C": signal.SIGINT, "Ctrl-C, async": signal.SIGINT, "SIGTERM, command": signal.SIGTERM}


def interrupt(state: str, way: str) -> tuple[float, int, int, str]:
    """Return the seconds until the process has ended, its exit code, the samples lost, and its last message."""
    with tempfile.TemporaryDirectory() as folder, STATES[state](folder) as stalled:
        environment = os.environ | {"JSDF_CACHE_DIR": folder, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [
            str(SUPPORT / "stalled_calls.py"),
            state,
            stalled.url,
            folder,
            *(["async"] if "async" in way else []),
        ]
        if "command" in way:
            environment |= {"JIGSAWSTACK_API_KEY": "test-key", "JIGSAWSTACK_API_URL": stalled.url}
            rows = 100_000 if state == "100,000 rows" else 640
            table = Path(folder, "in.csv")
            table.write_text("text\n" + "".join(f"text {i}\n" for i in range(rows)))
            options = [option for label in LABELS for option in ("--label", label)]
            command = ["-m", "jsdf", "classify", str(table), "--column", "text", *options, "-q"]
        with subprocess.Popen(
            [sys.executable, *command],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # A child of a shell's background job would ignore Ctrl-C, and the test of Ctrl-C would test nothing.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler) and None,
        ) as process:
            _wait_until(stalled.is_reached, process)
            time.sleep(2.0 if state == "connecting" else 0.2)
            process.send_signal(WAYS[way])
            start = time.perf_counter()
            try:
                _, errors = process.communicate(timeout=60)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            seconds = time.perf_counter() - start
        return seconds, process.returncode, stalled.paid() - _stored(folder), errors.strip().rpartition("\n")[2]


def _wait_until(is_reached: object, process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + 60
    while not is_reached():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def _stored(folder: str) -> int:
    os.environ["JSDF_CACHE_DIR"] = folder
    from jsdf.store.sqlite import Store

    store = Store()
    try:
        return store.info().answers
    finally:
        store.close()


def main(only: list[str]) -> None:
    slowest, most_lost, ways = 0.0, 0, 0
    for state in STATES:
        for way in WAYS:
            if ("command" in way and state not in OF_THE_SERVICE) or not all(word in f"{state} {way}" for word in only):
                continue
            seconds, code, lost, message = interrupt(state, way)
            slowest, ways = max(slowest, seconds), ways + 1
            most_lost = max(most_lost, 0 if state == "a locked store" else lost)
            show_detail(
                f"{state} ({way}): seconds until it is out",
                f"{seconds:.1f}",
                f"exit {code}; {lost} not stored; {message}",
            )
    show("states in which a call can be stuck, times ways to interrupt it", ways)
    show("paid samples that are not in the store, unless it was locked", most_lost, "0")
    show("the slowest, seconds until the process is out", f"{slowest:.1f}", f"at most {LIMIT_SECONDS:g}")


if __name__ == "__main__":
    main(sys.argv[1:])
