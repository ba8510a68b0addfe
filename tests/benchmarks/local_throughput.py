"""Measure the local engine in rows per second, compared with a bare onnxruntime loop on the same tokens.

    python tests/benchmarks/local_throughput.py

The bare loop receives the token ids, sorted by length; it only runs the network and pools with the attention mask. It
is tried with batches of 4, 8, 16 and 32 rows, with all threads inside onnxruntime or around it, and the fastest of
these eight variants is used for the comparison. Ours is all of `classify`: tokenizing, threads, pooling, labels and
scores. The two alternate, so that a busy machine slows both; the ratio is the median of the rounds. Takes about two
minutes.

The next lines compare `windows=6` with the default, which reads the first 256 tokens of a text, in the same way.

`jsdf` never pads and batches rows of equal length only, so that scores do not depend, to the bit, on the rest of a
batch. The last line of the output shows how much padding would change on this machine: 0% means that padding happens to
be exact here, which need not be true of another processor.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
import labelled_sets
from bench import show

from jsdf.engines import Question
from jsdf.engines.local import Local
from jsdf.engines.local.minilm import model, windows
from jsdf.labels import parse
from jsdf.utils.process.thread_pool import usable_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 5
#: Number of rows on which the variants of the bare loop are compared.
TRIAL_ROWS = 96
QUESTION = Question(parse(["sports", "money", "films", "computers"]))


def texts(kind: str, rows: int) -> list[str]:
    """Return real texts: short ones unchanged; long ones joined from several, of about 20 to 250 words, or to 1,500."""
    generator = random.Random(0)
    pool = [text for dataset in labelled_sets.shipped() for text in dataset.texts]
    if kind == "short":
        return [generator.choice(pool) + f" {number}" for number in range(rows)]
    fewest, most = (2, 12) if kind == "long" else (12, 90)
    return [
        " ".join(generator.choices(pool, k=generator.randint(fewest, most))) + f" {number}" for number in range(rows)
    ]


def bare_session(threads: int) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(str(model.model_path()), options, providers=["CPUExecutionProvider"])


def padded(rows: list[list[int]], size: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    ordered = sorted(rows, key=len)
    for start in range(0, len(ordered), size):
        part = ordered[start : start + size]
        ids = np.zeros((len(part), len(part[-1])), dtype=np.int64)
        mask = np.zeros_like(ids)
        for i, row in enumerate(part):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        yield ids, mask


@dataclass(frozen=True)
class BareLoop:
    """One variant of the bare loop: threads of onnxruntime or of Python, and the number of rows per batch."""

    threading: str
    size: int
    network: Any
    pool: ThreadPoolExecutor

    def __call__(self, rows: list[list[int]]) -> list[np.ndarray]:
        if self.threading == "onnxruntime":
            return [self.embed(*batch) for batch in padded(rows, self.size)]
        # The longest batches first, so that threads finish at about the same time.
        return list(self.pool.map(lambda batch: self.embed(*batch), reversed(list(padded(rows, self.size)))))

    def embed(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self.network.run(None, feed)[0]
        return (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)


def loops() -> list[BareLoop]:
    threads = usable_threads()
    pool = ThreadPoolExecutor(threads)
    networks = {"onnxruntime": bare_session(threads), "python": bare_session(1)}
    return [
        BareLoop(threading, size, network, pool) for threading, network in networks.items() for size in (4, 8, 16, 32)
    ]


async def ours(session: Any, engine: Local, values: list[str]) -> None:
    """Send requests as the runner does: `batch_size` rows each, `concurrency` of them at once."""
    requests = [values[i : i + engine.batch_size] for i in range(0, len(values), engine.batch_size)]
    slots = asyncio.Semaphore(engine.concurrency)

    async def send(part: list[str]) -> None:
        async with slots:
            await session.classify(QUESTION, part)

    await asyncio.gather(*map(send, requests))


async def compare(kind: str, rows: int) -> None:
    values = texts(kind, rows)
    tokens = [model.load().tokens(value) for value in values]
    lengths = [len(row) for row in tokens]
    engine = Local()
    bare = min(loops(), key=lambda loop: seconds(lambda: loop(tokens[:TRIAL_ROWS])))
    bare_rates, own_rates = [], []
    async with engine.session() as session:
        await session.classify(QUESTION, values[:64])
        for _ in range(ROUNDS):
            bare_rates.append(rows / seconds(lambda: bare(tokens)))
            start = time.perf_counter()
            await ours(session, engine, values)
            own_rates.append(rows / (time.perf_counter() - start))
    ratio = statistics.median(a / b for a, b in zip(own_rates, bare_rates, strict=True))
    named = f"{kind} texts ({rows} rows of {min(lengths)} to {max(lengths)} tokens, mean {np.mean(lengths):.0f})"
    figures = {
        "bare loop, rows a second": f"{statistics.median(bare_rates):.0f}",
        "jsdf, rows a second": f"{statistics.median(own_rates):.0f}",
        "ratio": f"{ratio:.2f}",
    }
    variant = f"{usable_threads()} threads; bare loop with threads of {bare.threading}, batches of {bare.size}"
    show(named, figures, variant)


async def compare_windows(kind: str, rows: int) -> None:
    values = texts(kind, rows)
    tokens = [len(windows.read(value, model.load(), 1_000).windows) for value in values]
    engines = [Local(), Local(windows=6)]
    times: list[list[float]] = [[], []]
    async with engines[0].session() as first, engines[1].session() as second:
        for session in (first, second):
            await session.classify(QUESTION, values[:8])
        for _ in range(ROUNDS):
            for engine, session, taken in zip(engines, (first, second), times, strict=True):
                start = time.perf_counter()
                await ours(session, engine, values)
                taken.append(time.perf_counter() - start)
    ratio = statistics.median(b / a for a, b in zip(*times, strict=True))
    one, six = (rows / statistics.median(taken) for taken in times)
    figures = {
        "default, rows a second": f"{one:.0f}",
        "windows=6, rows a second": f"{six:.0f}",
        "times as long": f"{ratio:.2f}",
    }
    show(f"{kind} texts ({rows} rows of {np.mean(tokens):.1f} windows)", figures)


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def padding_changes() -> None:
    """Print how much a row's vector changes in a padded batch with longer rows."""
    rows = [model.load().tokens(text) for text in texts("short", 256)]
    network, pool = bare_session(1), ThreadPoolExecutor(1)
    alone, together = (np.concatenate(BareLoop("onnxruntime", size, network, pool)(rows)) for size in (1, 32))
    changed = np.abs(alone - together).max(axis=1)
    show(
        "rows changed by padding to batches of 32",
        f"{np.mean(changed > 0):.0%}",
        f"by up to {changed.max():.1e}; 0 in jsdf",
    )


def main() -> None:
    asyncio.run(compare("short", 512))
    asyncio.run(compare("long", 96))
    asyncio.run(compare_windows("short", 128))
    asyncio.run(compare_windows("very long", 16))
    padding_changes()


if __name__ == "__main__":
    main()
