"""`jsdf serve` under 16 clients, beside the engine in this process on the same texts.

    python tests/benchmarks/server_load.py [--seconds 60] [--rounds 3] [--clients 16]

Each client posts requests of 32 real texts over a connection of its own, one after another, as fast as they
are answered; all clients are one process of raw sockets, whose CPU time is told. The time is divided into
rounds. The engine is measured in this process right before each round and right after it, for a third of its
length: requests of 256 texts, two at a time, as the runner asks. The ratio is the median of the rounds', the
server's rate by the mean of the two beside it, so that a busy machine slows both.

On a machine of two cores, clients, HTTP and model share what the engine alone has for itself, so the same is
told in CPU seconds a thousand texts as well. Linux only, for /proc.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
import labelled_sets
from bench import show
from server_process import Served, serve

from jsdf.engines import Question
from jsdf.engines.local import Local
from jsdf.labels import parse

LABELS = ["sports", "money", "films", "computers"]
SIZE = 32
REQUESTS = 200


def texts() -> list[str]:
    """Distinct real texts: one to three of the test sets' sentences each."""
    pick = random.Random(0)
    pool = [text for found in labelled_sets.shipped() for text in found.texts]
    return [" ".join(pick.choices(pool, k=pick.randint(1, 3))) + f" {i}" for i in range(SIZE * REQUESTS)]


async def in_process(values: list[str], seconds: float) -> tuple[float, float]:
    """Texts a second, and CPU seconds a thousand texts."""
    engine, question = Local(), Question(parse(LABELS))
    batches = itertools.cycle([values[i : i + 256] for i in range(0, len(values), 256)])
    done = 0

    async def one(session: Any, end: float) -> None:
        nonlocal done
        while time.perf_counter() < end:
            batch = next(batches)
            await session.classify(question, batch)
            done += len(batch)

    async with engine.session() as session:
        await session.classify(question, values[:64])
        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*[one(session, began + seconds) for _ in range(engine.concurrency)])
        return done / (time.perf_counter() - began), 1000 * (time.process_time() - cpu) / done


def bodies(values: list[str]) -> list[bytes]:
    labels = [{"type": "text", "value": label} for label in LABELS]
    parts = [values[i : i + SIZE] for i in range(0, len(values), SIZE)]
    return [
        json.dumps({"dataset": [{"type": "text", "value": v} for v in part], "labels": labels}).encode()
        for part in parts
    ]


async def client(port: int, source: Any, end: float, latencies: list[float], errors: list[str]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < end:
        body, began = next(source), time.perf_counter()
        head = f"POST /v1/classification HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        said = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(v) for k, _, v in (ln.partition(b":") for ln in said.split(b"\r\n")) if k == b"content-length"
        )
        answer = await reader.readexactly(length)
        if not said.startswith(b"HTTP/1.1 200") or len(json.loads(answer)["predictions"]) != SIZE:
            errors.append(answer[:200].decode("utf-8", "replace"))
        latencies.append(time.perf_counter() - began)
    writer.close()


async def load(port: int, clients: int, seconds: float) -> dict[str, Any]:
    source, latencies, errors = itertools.cycle(bodies(texts())), [], []
    began = time.perf_counter()
    await asyncio.gather(*[client(port, source, began + seconds, latencies, errors) for _ in range(clients)])
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": time.perf_counter() - began,
        "latencies": sorted(latencies),
        "errors": errors,
        "cpu": used.ru_utime + used.ru_stime,
    }


def under_load(server: Served, clients: int, seconds: float) -> tuple[dict[str, Any], list[float], float]:
    """What the clients saw, the server's memory every few seconds, and its CPU seconds."""
    command = [
        sys.executable,
        __file__,
        "--load",
        str(server.port),
        "--seconds",
        str(seconds),
        "--clients",
        str(clients),
    ]
    before, memory = server.cpu(), []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as generator:
        while generator.poll() is None:
            try:
                generator.wait(max(1.0, seconds / 4))
            except subprocess.TimeoutExpired:
                memory.append(server.rss_mb())
        memory.append(server.rss_mb())
        assert generator.stdout is not None
        seen = json.loads(generator.stdout.read())
    return seen, memory, server.cpu() - before


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--load", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.load:
        print(json.dumps(asyncio.run(load(asked.load, asked.clients, asked.seconds))))
        return
    values, spell = texts(), asked.seconds / asked.rounds
    with serve("--rate", "0") as server:
        alone, rounds = [asyncio.run(in_process(values, spell / 3))], []
        for _ in range(asked.rounds):
            rounds.append(under_load(server, asked.clients, spell))
            alone.append(asyncio.run(in_process(values, spell / 3)))
    report(rounds, alone)


def report(rounds: list[tuple[dict[str, Any], list[float], float]], alone: list[tuple[float, float]]) -> None:
    seen = [found for found, _, _ in rounds]
    waits = sorted(wait for found in seen for wait in found["latencies"])
    errors = [error for found in seen for error in found["errors"]]
    rates = [SIZE * len(found["latencies"]) / found["seconds"] for found in seen]
    ratios = [2 * rate / (alone[i][0] + alone[i + 1][0]) for i, rate in enumerate(rates)]
    cost, own = 1000 * sum(cpu for _, _, cpu in rounds) / (SIZE * len(waits)), statistics.mean(c for _, c in alone)
    busy = sum(found["cpu"] for found in seen) / sum(found["seconds"] for found in seen)
    half, late = (waits[int(len(waits) * part)] for part in (0.5, 0.99))
    show("cores", len(os.sched_getaffinity(0)))
    show("requests of 32 texts", f"{len(waits):,}")
    show("errors", len(errors), "0")
    show("texts a second, served", listed(rates))
    show("texts a second, in process, before and after each", listed(rate for rate, _ in alone))
    show("ratio, median of rounds", f"{statistics.median(ratios):.2f}", ">= 0.85")
    show("CPU seconds a 1,000 texts, server", f"{cost:.2f}")
    show("CPU seconds a 1,000 texts, in process", f"{own:.2f}", f"ratio {own / cost:.2f}")
    show("of a core, all clients", f"{busy:.0%}")
    show("seconds an answer, median and 99th percentile", f"{half:.2f}, {late:.2f}")
    show("server's memory, MB", listed(mb for _, memory, _ in rounds for mb in memory), "flat")
    if errors:
        raise SystemExit(errors[0])


def listed(figures: Iterable[float]) -> str:
    return " ".join(f"{figure:.0f}" for figure in figures)


if __name__ == "__main__":
    main()
