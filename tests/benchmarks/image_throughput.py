"""Measure the built-in image classifier in images per second, compared with a bare parallel onnxruntime loop.

    python tests/benchmarks/image_throughput.py [FOLDER] [--count 256] [--side 640] [--rounds 31]

The images in a folder (by default Tux Paint's stamps, see `image_accuracy.py`) are converted to JPEG files, `--side`
pixels long on the longer side. Bare: as many threads as the engine uses; each decodes a file with Pillow's reduced-size
JPEG decoding, resizes it to 224 x 224 pixels and runs the network, nothing else. Engine: `jsdf.images.open_picture`
and `ImageClassifier` on the same bytes, with six labels. The two alternate; medians are compared.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import image_sets
import numpy as np
from bench import peak_mb, show
from PIL import Image

from jsdf.engines.base import Question
from jsdf.engines.local.efficientnet import network
from jsdf.engines.local.image_classifier import ImageClassifier
from jsdf.images import open_picture
from jsdf.labels import parse
from jsdf.utils.process.thread_pool import usable_threads

LABELS = parse(["animal", "food", "vehicle", "clothing", "plant", "household object"])
BATCH = 256


def jpegs(folder: Path, count: int, side: int) -> list[bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".png", ".jpg", ".jpeg", ".webp"))
    files = []
    for path in paths[:count]:
        image = open_picture(path.read_bytes())
        scale = side / max(image.size)
        resized = image.resize([max(1, round(n * scale)) for n in image.size])
        file = io.BytesIO()
        resized.save(file, "JPEG", quality=90)
        files.append(file.getvalue())
    return (files * (count // len(files) + 1))[:count]


def bare(files: list[bytes], threads: int) -> None:
    session = network.load().session

    def predict(content: bytes) -> None:
        with Image.open(io.BytesIO(content)) as image:
            image.draft("RGB", (network.SIDE, network.SIDE))
            resized = image.convert("RGB").resize((network.SIDE, network.SIDE), Image.Resampling.BICUBIC)
        session.run(None, {"image": np.asarray(resized)[None]})

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(predict, files))


def engine(files: list[bytes], threads: int) -> None:
    async def run(pool: ThreadPoolExecutor) -> None:
        classifier = ImageClassifier(pool)
        loop = asyncio.get_running_loop()

        async def batch(start: int) -> None:
            jobs = [loop.run_in_executor(pool, open_image, content) for content in files[start : start + BATCH]]
            await classifier.classify(Question(LABELS, kind="image"), await asyncio.gather(*jobs), {})

        starts = range(0, len(files), BATCH)
        for first in starts[::2]:  # two requests at once, as the runner sends them
            await asyncio.gather(*[batch(start) for start in (first, first + BATCH) if start < len(files)])

    with ThreadPoolExecutor(threads) as pool:
        asyncio.run(run(pool))


def open_image(content: bytes) -> Image.Image:
    return open_picture(content, min_side=ImageClassifier.min_side, allow_larger=True)


def measure(work: Callable[[list[bytes], int], None], files: list[bytes], threads: int) -> tuple[float, float]:
    """Return images per second, and CPU milliseconds per image."""
    start, cpu_start = time.perf_counter(), time.process_time()
    work(files, threads)
    return len(files) / (time.perf_counter() - start), (time.process_time() - cpu_start) / len(files) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=image_sets.STAMPS)
    parser.add_argument("--count", type=int, default=256)
    parser.add_argument("--side", type=int, default=640)
    parser.add_argument("--rounds", type=int, default=31)
    arguments = parser.parse_args()
    start = time.perf_counter()
    network.load()
    show("load the network, s", f"{time.perf_counter() - start:.2f}")
    files, threads = jpegs(arguments.folder, arguments.count, arguments.side), usable_threads()
    show("images, threads, mean kB", f"{len(files)}, {threads}, {np.mean([len(f) for f in files]) / 1e3:.0f}")
    results: dict[str, list[tuple[float, float]]] = {"bare": [], "engine": []}
    engine(files[:32], threads)
    for _ in range(arguments.rounds):
        results["bare"].append(measure(bare, files, threads))
        results["engine"].append(measure(engine, files, threads))
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in results.items()
    }
    for name, rows in results.items():
        show(f"{name}, images a second (median; all)", f"{medians[name][0]:.0f}", " ".join(f"{r:.0f}" for r, _ in rows))
        show(f"{name}, CPU ms per image (median)", f"{medians[name][1]:.2f}")
    show("engine / bare", f"{medians['engine'][0] / medians['bare'][0]:.3f}", "at least 0.9")
    show("the same by CPU time, for a busy machine", f"{medians['bare'][1] / medians['engine'][1]:.3f}")
    show("peak memory, MB", f"{peak_mb():.0f}")


if __name__ == "__main__":
    main()
