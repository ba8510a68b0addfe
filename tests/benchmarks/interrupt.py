"""kill -9 and Ctrl-C in the middle of a run, by real signals to a child; then the same call again."""

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


def interrupt(how: signal.Signals) -> tuple[float, int, str]:
    """Returns the seconds until the child was gone, the samples paid for twice, and what it printed."""
    with own_store(), service("--rate", "50", "--latency", "0.2") as (url, ledger):
        first = child(CODE, url)
        wait_for(ledger, 100)
        first.send_signal(how)
        start = time.perf_counter()
        said = first.communicate(timeout=60)[0]
        seconds = time.perf_counter() - start
        second = child(CODE, url)
        out, errors = second.communicate(timeout=120)
        assert out == f"answered: {ROWS}\n", errors
        paid = billed(ledger)
        assert len(paid) == ROWS, len(paid)
        assert len(read(ledger)) >= ROWS // 32
        return seconds, sum(n - 1 for n in paid.values()), said.strip()


def main() -> None:
    _, twice, _ = interrupt(signal.SIGKILL)
    show("kill -9: samples paid for again", twice, "at most 1,024: 32 requests of 32")
    seconds, twice, said = interrupt(signal.SIGINT)
    show("Ctrl-C: samples paid for again", twice, "0")
    show("Ctrl-C: seconds until it was out", f"{seconds:.2f}", f"at most 5 ({said})")


if __name__ == "__main__":
    main()
