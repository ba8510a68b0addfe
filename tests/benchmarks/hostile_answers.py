"""Measure runs against a service, a host of images and a file store that give hostile responses.

    python tests/benchmarks/hostile_answers.py [--kind classification] [only ...]

Each response of `tests/support/hostile_responses.py` is given, over a socket on 127.0.0.1, to a run in a process of its
own, with `timeout=2`. Printed for each: the peak memory above that before the run, the longest exchange, the requests,
the greatest number of times that a sample was sent, and what the user is told; and at the end, the worst of all. It
takes about ten minutes. Linux only, for /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from bench import show, show_detail
from hostile_responses import EXCESSIVE, MALFORMED, REDIRECTED, RESPONSES, HostileService, png, warm_up

KEY = "sk-0123456789/abcdef+SECRET"
TIMEOUT, MAX_MB = 2.0, 300
#: Rows of each run, and the requests that may get the response. A batch is sent three times, and its parts, down to the
#: sample alone, twice; an image is asked for three times, each with five redirects; and an upload
#: is tried three times for each of the requests that need it.
ROWS = {"classification": 1, "crowd": 1024, "image": 20, "upload": 4, "removal": 2}
MAX_SENT = {"classification": 5, "crowd": 9}
MAX_REQUESTS = {"classification": 5, "crowd": 10**6, "image": 18 * 20, "upload": 8 * 4, "removal": 3 * 2}
#: Those that are refused once; and those of which many at once could need much memory.
ONCE = {*EXCESSIVE, *MALFORMED, *REDIRECTED}
LARGE = {*EXCESSIVE, *(name for name in RESPONSES if "4 MB" in name), "chunks of a byte"}
CHILD_SECONDS = 120
#: The figures of all cases by name.
FIGURES: defaultdict[str, list[float]] = defaultdict(list)


def run_child(kind: str, url: str) -> None:
    """Label a column, and print what came of it as JSON."""
    import pandas as pd

    import jsdf
    from jsdf.images import Fetcher
    from jsdf.images.sources import Limits

    Fetcher.__init__.__kwdefaults__["limits"] = Limits(seconds=TIMEOUT)
    rows = ROWS[kind]
    column = pd.Series([f"text {i}" for i in range(rows)])
    if kind == "image":
        column = pd.Series([f"{url}/{i}.png" for i in range(rows)])
    elif kind in ("upload", "removal"):
        column = pd.Series([png(i) for i in range(rows)])
    engine = jsdf.Hosted(KEY, url, timeout=TIMEOUT, rate=1000)
    before, started, error = _start_of_peak(), time.monotonic(), ""
    try:
        run = jsdf.run(column, ["a", "b"], engine=engine, progress=False, cache=False)
    except jsdf.JSDFError as stopped:
        run, error = stopped.run, f"{type(stopped).__name__}: {stopped}"
    seconds = time.monotonic() - started
    reasons = sorted(set(run.failures["reason"])) if run is not None else []
    report = {"mb": _memory("VmHWM") - before, "seconds": seconds, "said": [error, *reasons]}
    print(json.dumps({**report, "counts": run and run.counts, "twice": run and run.usage.maybe_billed_twice}))


def _start_of_peak() -> float:
    """Set the peak of this process's memory to what it has now, and return that in MB."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(name: str) -> float:
    line = next(s for s in Path("/proc/self/status").read_text().splitlines() if s.startswith(name))
    return int(line.split()[1]) / 1024


def measure(name: str, kind: str) -> list[str]:
    """Print the figures of one response, and return what is over a limit."""
    with (
        HostileService(RESPONSES[name], kind.replace("crowd", "classification")) as service,
        tempfile.TemporaryDirectory() as folder,
    ):
        command = [sys.executable, __file__, "--child", service.url, "--kind", kind]
        environment = {k: v for k, v in os.environ.items() if "proxy" not in k.lower()}
        environment["JSDF_CACHE_DIR"] = folder
        try:
            child = subprocess.run(command, capture_output=True, text=True, timeout=CHILD_SECONDS, env=environment)
        except subprocess.TimeoutExpired:
            return [f"{kind}, {name}: no end after {CHILD_SECONDS} s"]
        time.sleep(0.3)  # until the service has seen the end of the last connection
    where = f"{kind}, {name}"
    if child.returncode or not child.stdout:
        show_detail(where, "failed", child.stderr[-2000:])
        return [f"{where}: {child.stderr.strip().splitlines()[-1:]}"]
    report = json.loads(child.stdout)
    longest, asked = max(service.seconds, default=0.0), service.asked[service.kind]
    sent = max(service.samples.values(), default=0)
    said = " | ".join(filter(None, report["said"])) or str(report["counts"])
    figures = f"{report['mb']:.0f} MB, {longest:.1f} s of {report['seconds']:.1f}, {asked} requests, {sent} times"
    show_detail(where, figures, said[:230])
    for name_of_figure, figure in (("mb", report["mb"]), ("longest", longest), ("seconds", report["seconds"])):
        FIGURES[name_of_figure].append(figure)
    wrong = [
        report["mb"] > MAX_MB and "memory",
        longest > TIMEOUT + 1.5 and "time of an exchange",
        service.kind == "classification" and sent > (1 if name in ONCE else MAX_SENT[kind]) and "sent again",
        asked > MAX_REQUESTS[kind] and "requests",
        "Traceback" in child.stderr and "traceback",
        any("\n" in text or len(text) > 500 for text in report["said"]) and "more than a sentence",
    ]
    return [f"{where}: {what}" for what in wrong if what]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kind", choices=ROWS)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("only", nargs="*")
    arguments = parser.parse_args()
    if arguments.child:
        run_child(arguments.kind, arguments.child)
        return
    names = [name for name in RESPONSES if not arguments.only or any(part in name for part in arguments.only)]
    warm_up()
    kinds = [arguments.kind] if arguments.kind else list(ROWS)
    cases = [(name, kind) for kind in kinds for name in names if kind != "crowd" or name in LARGE]
    with ThreadPoolExecutor(arguments.processes) as pool:
        wrong = [text for texts in pool.map(lambda case: measure(*case), cases) for text in texts]
    show("hostile responses, each to every kind of request that it fits", len(cases))
    show("peak memory above that before the run, MB: the most", f"{max(FIGURES['mb']):.0f}", f"at most {MAX_MB}")
    show(
        "longest exchange with a time limit of 2 s, seconds",
        f"{max(FIGURES['longest']):.1f}",
        f"at most {TIMEOUT + 1.5}",
    )
    show("longest run, seconds", f"{max(FIGURES['seconds']):.1f}")
    show("limits passed: memory, time, requests, samples sent again, messages", len(wrong), "0")
    if wrong:
        raise SystemExit("\n".join(wrong))


if __name__ == "__main__":
    main()
