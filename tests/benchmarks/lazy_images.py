"""Measure a column of 100 photographs of 12 megapixels that Pillow has opened but not decoded.

The images are generated JPEGs of 4000 x 3000 pixels: 10 different ones under 100 names, by hard links. Each figure
comes from a process of its own. Targets: `gallery()` under 2 s and under 100 MB above the frame, for JPEGs; a run that
decodes no more images at once than it has threads; and no image decoded in the column afterwards.

    python tests/benchmarks/lazy_images.py
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
from bench import show
from PIL import Image

ROWS, FILES, SIZE = 100, 10, (4000, 3000)
LABELS = ["a landscape", "an animal", "a vehicle"]


def make(folder):
    """Write `FILES` photographs with coarse and fine detail, and hard links to them up to `ROWS` names."""
    random = np.random.default_rng(1)
    for i in range(FILES):
        coarse = random.integers(0, 256, (24, 32, 3), dtype=np.uint8)
        smooth = np.asarray(Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC), np.int16)
        grain = random.normal(0, 9, (SIZE[1], SIZE[0], 1)).astype(np.int16)
        photo = Image.fromarray(np.clip(smooth + grain, 0, 255).astype(np.uint8))
        photo.save(folder / f"{i:03}.jpg", quality=90)
        if i == 0:
            photo.save(folder / "000.png", compress_level=1)
    for i in range(FILES, ROWS):
        os.link(folder / f"{i % FILES:03}.jpg", folder / f"{i:03}.jpg")
    for i in range(1, ROWS):
        os.link(folder / "000.png", folder / f"{i:03}.png")


def resident():
    """Return the resident memory of this process, and its peak, in MB."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return [int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]


class DecodeCounter:
    """Counts the images that are being decoded at once."""

    def __init__(self):
        from jsdf.images import decode

        self.now = self.peak = 0
        self._lock, self._open = threading.Lock(), decode._open
        decode._open = self

    def __call__(self, *arguments, **options):
        with self._lock:
            self.now += 1
            self.peak = max(self.peak, self.now)
        try:
            return self._open(*arguments, **options)
        finally:
            with self._lock:
                self.now -= 1


def measure(folder, action, ending):
    """Do one action on a frame of opened images, and print its time, memory and number of decoded images."""
    import jsdf

    engine = jsdf.Local()  # loads what every run needs, so that the memory above it is that of the images
    warm_up = pd.Series([Image.new("RGB", (300, 300), colour) for colour in ("red", "blue")])
    warm_up.jigsaw.run(LABELS, engine=engine, progress=False, cache=False)
    warm_up.jigsaw.gallery().tiles(wait=True)
    counter = DecodeCounter()
    frame = pd.DataFrame({"path": [f"{folder}/{i:03}.{ending}" for i in range(ROWS)]})
    frame["photo"] = frame["path"].map(Image.open)
    Path("/proc/self/clear_refs").write_text("5")  # resets the peak
    before, _ = resident()
    start, cpu_start = time.perf_counter(), time.process_time()
    if action == "gallery":
        frame.jigsaw.gallery("photo").tiles(wait=True)
    elif action == "plan with check":
        frame.jigsaw.plan("photo", LABELS, engine=engine, check=True, progress=False)
    else:
        frame.jigsaw.run("photo", LABELS, engine=engine, progress=False)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu_start
    decoded = sum(vars(image).get("_im", vars(image).get("im")) is not None for image in frame["photo"])
    print(json.dumps([seconds, cpu_seconds, resident()[1] - before, counter.peak, decoded]))


def main():
    """Generate the images and print one line for each action."""
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        for action, ending in (
            ("gallery", "jpg"),
            ("run", "jpg"),
            ("plan with check", "jpg"),
            ("gallery", "png"),
            ("run", "png"),
        ):
            environment = {**os.environ, "JSDF_CACHE_DIR": str(Path(folder, "cache", action + ending))}
            line = [sys.executable, __file__, folder, action, ending]
            done = subprocess.run(line, check=True, capture_output=True, text=True, env=environment)
            seconds, cpu_seconds, megabytes, at_once, decoded = json.loads(done.stdout)
            figures = {
                "seconds": f"{seconds:.2f}",
                "seconds of CPU": f"{cpu_seconds:.2f}",
                "peak MB above the frame": f"{megabytes:.0f}",
                "decoded at once, at most": at_once,
                "left decoded in the column": decoded,
            }
            show(f"{action} of {ROWS} opened {ending}", figures)


if __name__ == "__main__":
    measure(*sys.argv[1:]) if len(sys.argv) > 1 else main()
