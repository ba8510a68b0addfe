"""Measure a gallery of 100,000 rows: time of the first page and of later pages, and memory.

The images are generated JPEGs of 1 megapixel: 300 different ones under 100,000 names, by hard links, so that the
thumbnails of no page are cached. Targets: first page under 0.5 s, later pages under 0.2 s, 200 MB above the frame.

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
from bench import show
from PIL import Image

ROWS, FILES, PAGES = 100_000, 300, 30
NAMES = ["cat", "dog", "bird"]
TARGETS = {"first page": "under 500 ms", "next page": "under 200 ms", "any other page": "under 200 ms",
           "MB above the frame": "under 200"}  # fmt: skip


def make(folder):
    """Write `FILES` images, and hard links to them up to `ROWS` names."""
    random = np.random.default_rng(1)
    for i in range(FILES):
        coarse = random.integers(0, 256, (80, 100, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((1160, 870), Image.Resampling.BICUBIC).save(folder / f"{i:06}.jpg", quality=90)
    for i in range(FILES, ROWS):
        os.link(folder / f"{i % FILES:06}.jpg", folder / f"{i:06}.jpg")


def resident():
    """Return the resident memory of this process and its peak, in MB."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return [int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]


def measure(folder, kind, rows):
    """Open a gallery, change pages, filter and sort, in a process of its own."""
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

    jump_times = [send({"do": "go_to_page", "page": 100 + 7 * i}) for i in range(PAGES)] if rows > 9999 else [0.0]
    page_times = []
    state.go_to_page(0)
    for page in range(1, min(PAGES, state.pages)):
        time.sleep(0.3)  # a user looks at a page before the next one, which is prepared in the meantime
        page_times.append(send({"do": "go_to_page", "page": page}))
    state.go_to_page(0)
    key_times = [send({"do": "choose", "rows": [state.rows[i]], "label": 1}) for i in range(12)]
    filter_time = send({"do": "filter", "label": 1, "status": None, "text": "77"})
    sort_time = send({"do": "sort", "by": "unsure"})
    after, peak = resident()
    print(json.dumps({"first page": first, "next page": statistics.median(page_times),
                      "slowest next page": max(page_times),
                      "any other page": statistics.median(jump_times), "slowest other page": max(jump_times),
                      "a key": statistics.median(key_times), "a filter with a search": filter_time,
                      "sorting": sort_time,
                      "MB above the frame": after - before, "MB at the peak": peak - before}))  # fmt: skip


def main():
    """Measure three galleries, each in a process of its own, and print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder)
        for kind, rows in (("image", 100), ("image", ROWS), ("text", ROWS)):
            environment = {**os.environ, "JSDF_CACHE_DIR": str(folder / f"cache-{kind}-{rows}")}
            command = [sys.executable, __file__, name, kind, str(rows)]
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
            for figure, value in json.loads(done.stdout).items():
                shown = f"{value:.1f}" if "MB" in figure else f"{value * 1000:.1f} ms"
                show(f"{rows:,} rows, {kind}: {figure}", shown, TARGETS.get(figure, "") if kind == "image" else "")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        main()
