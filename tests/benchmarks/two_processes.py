"""Run two processes with one API key, each of which assumes the full rate limit."""

from __future__ import annotations

from bench import billed, child, own_store, read, service, show

ROWS, RATE = 16_000, 50
CODE = f"""
import sys, jsdf
sys.path.insert(0, {str(__import__("pathlib").Path(__file__).parent)!r})
from bench import LABELS, texts
run = jsdf.run(texts({ROWS}, sys.argv[2]), LABELS, engine=jsdf.Hosted("test-key", sys.argv[1]), progress=False)
print(run.counts["answered"])
"""


def main() -> None:
    for window in ("fixed", "sliding"):
        options = ["--sliding"] if window == "sliding" else []
        with own_store(), service("--rate", str(RATE), "--latency", "0.2", *options) as (url, request_log):
            children = [child(CODE, url, name) for name in ("first", "second")]
            outputs = [process.communicate(timeout=180) for process in children]
            records = read(request_log)
            counts = billed(request_log)
        accepted = [r["when"] for r in records if r["status"] == 200]
        rate = (len(accepted) - 1) / (max(accepted) - min(accepted))
        refused = sum(r["status"] == 429 for r in records)
        assert all(out.strip() == str(ROWS) for out, _ in outputs), outputs
        show(f"{window} window: rows answered", f"{sum(int(out) for out, _ in outputs):,} of {2 * ROWS:,}")
        show(f"{window} window: accepted requests a second", f"{rate:.1f}", "at least 47 of 50")
        show(f"{window} window: requests refused with 429", f"{100 * refused / len(records):.1f} %")
        show(f"{window} window: samples billed twice", sum(n - 1 for n in counts.values()), "0")


if __name__ == "__main__":
    main()
