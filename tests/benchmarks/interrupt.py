"""Interrupt a run in a child process by SIGKILL and by SIGINT (Ctrl-C), then repeat the same call."""

from __future__ import annotations

import signal
import time

from bench import billed, child, own_store, read, service, show, wait_for

ROWS = 9_600
CODE = f"""
import sys, jsdf
sys.path.insert(0, {str(__import__("pathlib").Path(__file__).parent)!r})
from bench import LABELS, texts
try:
    run = jsdf.run(texts({ROWS}), LABELS, engine=jsdf.Hosted("test-key", sys.argv[1]), progress=False)
except KeyboardInterrupt:
    print("interrupted:", jsdf.last_run().counts["answered"])
    raise SystemExit(130)
print("answered:", run.counts["answered"])
"""


def interrupt(
    signal_number: signal.Signals, code: str = CODE, rows: int = ROWS, requests: int = 100
) -> tuple[float, int, str]:
    """Interrupt a child after this number of requests, and repeat its call in another.

    Returns:
        The seconds until the child has exited, the number of samples billed twice, and the child's output.
    """
    with own_store(), service("--rate", "50", "--latency", "0.2") as (url, request_log):
        first = child(code, url)
        wait_for(request_log, requests)
        first.send_signal(signal_number)
        start = time.perf_counter()
        output = first.communicate(timeout=60)[0]
        seconds = time.perf_counter() - start
        second = child(code, url)
        out, errors = second.communicate(timeout=120)
        assert out == f"answered: {rows}\n", errors
        counts = billed(request_log)
        assert len(counts) == rows, len(counts)
        assert len(read(request_log)) >= rows // 32
        return seconds, sum(n - 1 for n in counts.values()), output.strip()


def main() -> None:
    _, billed_twice, _ = interrupt(signal.SIGKILL)
    show("kill -9: samples billed again", billed_twice, "at most 1,024: 32 requests of 32")
    seconds, billed_twice, output = interrupt(signal.SIGINT)
    show("Ctrl-C: samples billed again", billed_twice, "0")
    show("Ctrl-C: seconds until the child has exited", f"{seconds:.2f}", f"at most 5 ({output})")


if __name__ == "__main__":
    main()
