"""Pictures a second of the offline image engine, beside the bare onnxruntime loop with decoding, in parallel.

    python tests/benchmarks/image_throughput.py [FOLDER] [--count 256] [--side 640] [--rounds 31]

JPEG files are made of the pictures in a folder (by default Tux Paint's stamps, see `image_accuracy.py`), so many pixels
on the longer side. Bare: as many threads as the engine has, each of which decodes a file by Pillow with its own
shrinking decoder, makes it 224 pixels square and runs the network, and no more. Engine: `jsdf.images.open_picture`
and `ImageClassifier` on the same bytes with six labels. They take turns; medians are compared.
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
from jsdf.engines.local.engine import usable_threads
from jsdf.engines.local.image_classifier import ImageClassifier
from jsdf.images import open_picture
from jsdf.labels import parse

LABELS = parse(["animal", "food", "vehicle", "clothing", "plant", "household object"])
BATCH = 256


def jpegs(folder: Path, count: int, side: int) -> list[bytes]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".png", ".jpg", ".jpeg", ".webp"))
    files = []
    for path in paths[:count]:
        picture = open_picture(path.read_bytes())
        scale = side / max(picture.size)
        whole = picture.resize([max(1, round(n * scale)) for n in picture.size])
        file = io.BytesIO()
        whole.save(file, "JPEG", quality=90)
        files.append(file.getvalue())
    return (files * (count // len(files) + 1))[:count]


def bare(files: list[bytes], threads: int) -> None:
    session = network.load().session

    def one(content: bytes) -> None:
        with Image.open(io.BytesIO(content)) as picture:
            picture.draft("RGB", (network.SIDE, network.SIDE))
            small = picture.convert("RGB").resize((network.SIDE, network.SIDE), Image.Resampling.BICUBIC)
        session.run(None, {"image": np.asarray(small)[None]})

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, files))


def engine(files: list[bytes], threads: int) -> None:
    async def go(pool: ThreadPoolExecutor) -> None:
        reader = ImageClassifier(pool)
        loop = asyncio.get_running_loop()

        async def batch(start: int) -> None:
            jobs = [loop.run_in_executor(pool, opened, each) for each in files[start : start + BATCH]]
            await reader.classify(Question(LABELS, kind="image"), await asyncio.gather(*jobs), {})

        starts = range(0, len(files), BATCH)
        for first in starts[::2]:  # two requests at once, as the runner has them
            await asyncio.gather(*[batch(start) for start in (first, first + BATCH) if start < len(files)])

    with ThreadPoolExecutor(threads) as pool:
        asyncio.run(go(pool))


def opened(content: bytes) -> Image.Image:
    return open_picture(content, min_side=ImageClassifier.min_side, allow_larger=True)


def rate(work: Callable[[list[bytes], int], None], files: list[bytes], threads: int) -> tuple[float, float]:
    """Pictures a second, and milliseconds of all processors a picture."""
    begun, used = time.perf_counter(), time.process_time()
    work(files, threads)
    return len(files) / (time.perf_counter() - begun), (time.process_time() - used) / len(files) * 1e3


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path, nargs="?", default=image_sets.STAMPS)
    arguments.add_argument("--count", type=int, default=256)
    arguments.add_argument("--side", type=int, default=640)
    arguments.add_argument("--rounds", type=int, default=31)
    given = arguments.parse_args()
    begun = time.perf_counter()
    network.load()
    show("load the network, s", f"{time.perf_counter() - begun:.2f}")
    files, threads = jpegs(given.folder, given.count, given.side), usable_threads()
    show("pictures, threads, mean kB", f"{len(files)}, {threads}, {np.mean([len(f) for f in files]) / 1e3:.0f}")
    found: dict[str, list[tuple[float, float]]] = {"bare": [], "engine": []}
    engine(files[:32], threads)
    for _ in range(given.rounds):
        found["bare"].append(rate(bare, files, threads))
        found["engine"].append(rate(engine, files, threads))
    medians = {name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in found.items()}
    for name, rows in found.items():
        show(
            f"{name}, pictures a second (median; all)", f"{medians[name][0]:.0f}", " ".join(f"{r:.0f}" for r, _ in rows)
        )
        show(f"{name}, ms of processor a picture (median)", f"{medians[name][1]:.2f}")
    show("engine / bare", f"{medians['engine'][0] / medians['bare'][0]:.3f}", "wanted: at least 0.9")
    show("the same by processor time, for a busy machine", f"{medians['bare'][1] / medians['engine'][1]:.3f}")
    show("peak memory, MB", f"{peak_mb():.0f}")


if __name__ == "__main__":
    main()
