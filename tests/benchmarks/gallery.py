"""Measure a gallery of 100,000 images: its first page, later pages, the focus view, and memory; then in a browser.

The images are generated JPEGs: 300 different ones under 100,000 names, by hard links, so that the thumbnails of no page
are cached. Every 25th is a photograph of 12 megapixels, the others have 1 megapixel. Each figure of Python is the time
that the widget needs for a message; each of the browser, the time from the press of a key until Chromium has drawn the
page with its pictures decoded. In the browser the first page begins when the widget's state has come, and is filled in
two steps: the tiles that came with it, then as many as the page holds. Targets: first page under 0.5 s, another page
under 0.2 s, focus view of a photograph under 0.4 s, 200 MB above the frame. Needs Chromium and the package playwright.

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
from bench import show, show_detail
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

ROWS, FILES, EVERY, PAGES = 100_000, 300, 25, 12
NAMES = ["cat", "dog", "bird"]
KINDS = {
    "100 images": ("image", 100),
    "100,000 images": ("image", ROWS),
    "4,000 photographs of 12 megapixels": ("photograph", ROWS // EVERY),
    "100,000 texts": ("text", ROWS),
}
TARGETS = {
    "first page, ms": "under 500",
    "next page, ms": "under 200",
    "any other page, ms": "under 200",
    "focus view of a photograph, ms": "under 400",
    "peak above the frame, MB": "under 200",
}


def make(folder):
    """Write `FILES` images, and hard links to them up to `ROWS` names."""
    random = np.random.default_rng(1)
    for i in range(FILES):
        coarse = Image.fromarray(random.integers(0, 256, (80, 100, 3), dtype=np.uint8))
        photo = coarse.resize((1160, 870) if i % EVERY else (4000, 3000), Image.Resampling.BICUBIC)
        if i % EVERY == 0:
            grain = random.normal(0, 5, (3000, 4000, 1)).astype(np.int16)
            photo = Image.fromarray(np.clip(np.asarray(photo, np.int16) + grain, 0, 255).astype(np.uint8))
        photo.save(folder / f"{i:06}.jpg", quality=90)
    for i in range(FILES, ROWS):
        os.link(folder / f"{i % FILES:06}.jpg", folder / f"{i:06}.jpg")


def sample(folder, kind, rows):
    """Return a column, its labels and their scores."""
    if kind == "text":
        values = [f"A review of product number {i}, of a length that many reviews have. " * 4 for i in range(rows)]
    else:
        values = [f"{folder}/{i * (EVERY if kind == 'photograph' else 1):06}.jpg" for i in range(rows)]
    label = pd.Series(pd.Categorical.from_codes(np.arange(rows) % 3, NAMES))
    return pd.Series(values), label, np.random.default_rng(2).random(rows).astype("float32")


def resident():
    """Return the resident memory of this process and its peak, in MB."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return [int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]


def measure(folder, kind, rows):
    """Open a review, change pages, look closely, filter and sort, through its widget, in a process of its own."""
    column, label, scores = sample(folder, kind, rows)
    import ipykernel.ipkernel  # noqa: F401 - what a notebook has imported before

    from jsdf.api.viewers import review

    before, _ = resident()
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins here
    began = time.perf_counter()
    state = review(column, label, scores=scores)
    widget = state.widget
    first = time.perf_counter() - began

    def send(**message):
        began = time.perf_counter()
        widget._handle_custom_msg(message, [])
        return time.perf_counter() - began

    del state, widget
    began = time.perf_counter()
    state = review(column, label, scores=scores)
    widget = state.widget
    figures = {"first page, ms": [first], "first page of the next gallery, ms": [time.perf_counter() - began]}
    if rows > 3_000:
        figures["any other page, ms"] = [send(do="go_to_page", page=51 + 5 * i) for i in range(PAGES)]
    send(do="go_to_page", page=0)
    next_pages = []
    for page in range(1, min(PAGES, state.pages)):
        # A user looks at a page before the next one, which is prepared in the meantime.
        time.sleep(2 if kind == "photograph" else 0.3)
        next_pages.append(send(do="go_to_page", page=page))
    figures["next page, ms"] = next_pages
    if kind != "text":
        photographs = range(0, rows, EVERY if kind == "image" else 1)[-10:]
        figures["focus view of a photograph, ms"] = [send(do="focus", row=row) for row in photographs]
        if not (state.widget.focus["width"], state.widget.focus["uri"][:10]) == (4000, "data:image"):
            raise SystemExit("the last focus view has no photograph")
        send(do="focus", row=None)
    send(do="go_to_page", page=0)
    figures["a label, ms"] = [send(do="choose", rows=[state.rows[i]], label=1) for i in range(12)]
    figures["a filter with a search, ms"] = [send(do="filter", labels=[1], text="77")]
    figures["sorting, ms"] = [send(do="sort", by="unsure")]
    after, peak = resident()
    times = {name: [1000 * value for value in values] for name, values in figures.items()}
    print(json.dumps(times | {"above the frame, MB": [after - before], "peak above the frame, MB": [peak - before]}))


def measure_in_browser(folder, kind, rows):
    """Open a review on a page of Chromium, and press keys."""
    from grid_page import CHROMIUM, FLAGS, serve
    from keyboard_person import Keyboard
    from playwright.sync_api import sync_playwright
    from widget_kernel import WidgetKernel

    figures = {}
    with sync_playwright() as playwright, WidgetKernel("review", *sample(folder, kind, rows)[:2]) as kernel:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        serve(page, kernel)
        keyboard = Keyboard(page)
        figures["first page, ms"] = [keyboard.wait_for_drawing()]
        show_detail("tiles on a page", kernel.view["page_size"])
        next_pages, at_once, focused = [], [], []
        for _ in range(PAGES):
            time.sleep(1)
            next_pages.append(keyboard.press("PageDown"))
        for _ in range(PAGES):
            at_once.append(keyboard.press("PageDown"))
        for _ in range(10):
            keyboard.press("PageDown")
            names = [tile["name"] for tile in keyboard.look()["tiles"]]
            photographs = [i for i, name in enumerate(names) if int(name.split(",")[0].split()[1]) % EVERY == 0]
            if photographs:
                keyboard.walk(photographs[-1])
                focused.append(keyboard.press("e", ".frame img"))
                keyboard.press("Escape")
        browser.close()
    figures |= {"next page, ms": next_pages, "next page without a pause, ms": at_once}
    print(json.dumps(figures | {"focus view of a photograph, ms": focused}))


def report(name, figures):
    """Show the median of each figure, and its slowest value if there are several."""
    for figure, values in figures.items():
        slowest = f" (slowest {max(values):.0f})" if len(values) > 1 else ""
        target = TARGETS.get(figure, "") if name.startswith("100,000 images") else ""
        show(f"{name}: {figure}", f"{statistics.median(values):.0f}{slowest}", target)


def run(folder, part, name):
    """Run a part of the benchmark in a process of its own, with an empty store."""
    kind, rows = KINDS[name]
    with tempfile.TemporaryDirectory() as store:
        command = [sys.executable, __file__, part, str(folder), kind, str(rows)]
        environment = os.environ | {"JSDF_CACHE_DIR": store}
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
    *details, figures = done.stdout.splitlines()
    print(*details, sep="\n", flush=True)
    return json.loads(figures)


def main():
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        for name in KINDS:
            report(name, run(folder, "python", name))
        report("100,000 images in Chromium", run(folder, "browser", "100,000 images"))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        part = measure if sys.argv[1] == "python" else measure_in_browser
        part(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
