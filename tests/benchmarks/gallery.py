"""A gallery of 100,000 rows: how long the first page and the next ones take, and what memory they cost.

The pictures are JPEGs of 1 megapixel, made here: 300 different ones under 100,000 names, by hard links, so that no
page finds its pictures kept. The figures wanted: first page under 0.5 s, page turn under 0.2 s, 200 MB above the frame.

    python tests/benchmarks/gallery.py
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

ROWS, FILES, PAGES = 100_000, 300, 30
NAMES = ["cat", "dog", "bird"]


def make(folder):
    """As many names as rows, for as many pictures as files."""
    random = np.random.default_rng(1)
    for i in range(FILES):
        small = random.integers(0, 256, (80, 100, 3), dtype=np.uint8)
        Image.fromarray(small).resize((1160, 870), Image.Resampling.BICUBIC).save(folder / f"{i:06}.jpg", quality=90)
    for i in range(FILES, ROWS):
        os.link(folder / f"{i % FILES:06}.jpg", folder / f"{i:06}.jpg")


def resident():
    """The memory that this process holds, and the most that it held, in MB."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return [int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]


def measure(folder, kind, rows):
    """Open, turn, filter and sort, in a process of its own."""
    if kind == "text":
        values = [f"A review of product number {i}, of a length that many reviews have. " * 4 for i in range(rows)]
    else:
        values = [f"{folder}/{i:06}.jpg" for i in range(rows)]
    frame = pd.DataFrame({"value": values, "label": pd.Categorical.from_codes(np.arange(rows) % 3, NAMES)})
    scores = pd.Series(np.random.default_rng(2).random(rows), dtype="float32")
    from jsdf.api.viewers import review

    values = None
    before, _ = resident()

    def timed(action):
        start = time.perf_counter()
        action()
        return time.perf_counter() - start

    opened = []
    first = timed(lambda: opened.append(review(frame["value"], frame["label"], scores=scores).widget))
    widget, state = opened[0], None
    state = widget._state

    def send(message):
        return timed(lambda: widget._handle_custom_msg(message, []))

    jumps = [send({"do": "go_to_page", "page": 100 + 7 * i}) for i in range(PAGES)] if rows > 9999 else [0.0]
    turns = []
    state.go_to_page(0)
    for page in range(1, min(PAGES, state.pages)):
        time.sleep(0.3)  # a person looks at a page before turning it, while the next one is made
        turns.append(send({"do": "go_to_page", "page": page}))
    state.go_to_page(0)
    keys = [send({"do": "choose", "rows": [state.rows[i]], "label": 1}) for i in range(12)]
    found = send({"do": "filter", "label": 1, "status": None, "text": "77"})
    sort = send({"do": "sort", "by": "unsure"})
    now, most = resident()
    print(json.dumps({"first page": first, "next page": statistics.median(turns), "slowest next page": max(turns),
                      "any other page": statistics.median(jumps), "slowest other page": max(jumps),
                      "a key": statistics.median(keys), "a filter with a search": found, "an order": sort,
                      "MB above the frame": now - before, "MB at most": most - before}))  # fmt: skip


def main():
    """Print a table."""
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder)
        for kind, rows in (("image", 100), ("image", ROWS), ("text", ROWS)):
            environment = {**os.environ, "JSDF_CACHE_DIR": str(folder / f"cache-{kind}-{rows}")}
            line = [sys.executable, __file__, name, kind, str(rows)]
            done = subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True, env=environment)
            print(f"{rows:,} rows, {kind}")
            for what, figure in json.loads(done.stdout).items():
                print(f"  {what:24} {figure:8.1f}" if "MB" in what else f"  {what:24} {figure * 1000:8.1f} ms")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        main()
