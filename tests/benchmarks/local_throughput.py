"""Rows a second of the local engine, beside the bare onnxruntime loop on the same tokens.

    python tests/benchmarks/local_throughput.py

The bare loop is given the token ids for nothing, sorted by length, and does no more than run the network and
pool with the attention mask. It is tried in runs of 4, 8, 16 and 32 rows, with as many threads inside
onnxruntime or around it, and the fastest of the eight is the one compared. Ours is all of `classify`:
tokens, threads, pooling, labels, scores. The rounds alternate, so that a busy machine slows both; the ratio
is their median. About a minute.

`jsdf` pads nothing and runs each row with rows of its own length, so that scores are the same to the bit
whatever else is in the batch. The last line says what padding would have changed on this machine: where it
is 0%, padding happens to be exact here, which nothing promises of another processor.
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

from jsdf.engines import Question
from jsdf.engines.local import Local
from jsdf.engines.local.engine import usable_threads
from jsdf.engines.local.minilm import model
from jsdf.labels import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 5
#: The setting of the bare loop is chosen on so many rows.
TRIAL = 96
QUESTION = Question(parse(["sports", "money", "films", "computers"]))


def texts(kind: str, rows: int) -> list[str]:
    """Real texts: short ones as they are, longer ones joined until they have some 20 to 250 words."""
    pick = random.Random(0)
    pool = [text for found in labelled_sets.shipped() for text in found.texts]
    if kind == "short":
        return [pick.choice(pool) + f" {number}" for number in range(rows)]
    return [" ".join(pick.choices(pool, k=pick.randint(2, 12))) + f" {number}" for number in range(rows)]


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
class Bare:
    """One way to write the loop: whose threads, and how many rows a run."""

    whose: str
    size: int
    network: Any
    pool: ThreadPoolExecutor

    def __call__(self, rows: list[list[int]]) -> list[np.ndarray]:
        if self.whose == "onnxruntime":
            return [self.one(*run) for run in padded(rows, self.size)]
        # The longest first, as any scheduler would: the last run is waited for.
        return list(self.pool.map(lambda run: self.one(*run), reversed(list(padded(rows, self.size)))))

    def one(self, ids: np.ndarray, mask: np.ndarray) -> np.ndarray:
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self.network.run(None, feed)[0]
        return (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)


def loops() -> list[Bare]:
    threads = usable_threads()
    pool = ThreadPoolExecutor(threads)
    networks = {"onnxruntime": bare_session(threads), "python": bare_session(1)}
    return [Bare(whose, size, network, pool) for whose, network in networks.items() for size in (4, 8, 16, 32)]


async def ours(session: Any, engine: Local, values: list[str]) -> None:
    """As the runner asks: requests of `batch_size`, `concurrency` of them at once."""
    requests = [values[i : i + engine.batch_size] for i in range(0, len(values), engine.batch_size)]
    slots = asyncio.Semaphore(engine.concurrency)

    async def one(part: list[str]) -> None:
        async with slots:
            await session.classify(QUESTION, part)

    await asyncio.gather(*map(one, requests))


async def compare(kind: str, rows: int) -> None:
    values = texts(kind, rows)
    tokens = [model.load().tokens(value) for value in values]
    lengths = [len(row) for row in tokens]
    engine = Local()
    bare = min(loops(), key=lambda loop: seconds(lambda: loop(tokens[:TRIAL])))
    theirs, own = [], []
    async with engine.session() as session:
        await session.classify(QUESTION, values[:64])
        for _ in range(ROUNDS):
            theirs.append(rows / seconds(lambda: bare(tokens)))
            start = time.perf_counter()
            await ours(session, engine, values)
            own.append(rows / (time.perf_counter() - start))
    ratio = statistics.median(a / b for a, b in zip(own, theirs, strict=True))
    print(
        f"{kind}: {rows} rows of {min(lengths)} to {max(lengths)} tokens (mean {np.mean(lengths):.0f}), "
        f"{usable_threads()} threads: bare loop (threads of {bare.whose}, runs of {bare.size}) "
        f"{statistics.median(theirs):.0f} rows/s, "
        f"jsdf {statistics.median(own):.0f} rows/s, ratio {ratio:.2f}",
        flush=True,
    )


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def padding_changes() -> None:
    """How far a row's vector moves when it shares a padded run with longer rows."""
    rows = [model.load().tokens(text) for text in texts("short", 256)]
    network, pool = bare_session(1), ThreadPoolExecutor(1)
    alone, together = (np.concatenate(Bare("onnxruntime", size, network, pool)(rows)) for size in (1, 32))
    changed = np.abs(alone - together).max(axis=1)
    print(
        f"padded runs of 32 change {np.mean(changed > 0):.0%} of the rows, by {changed.max():.1e} at most; jsdf: none"
    )


def main() -> None:
    asyncio.run(compare("short", 512))
    asyncio.run(compare("long", 96))
    padding_changes()


if __name__ == "__main__":
    main()
