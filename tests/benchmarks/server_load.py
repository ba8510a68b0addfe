"""Measure `jsdf serve` under 16 clients, compared with the engine in this process on the same texts.

    python tests/benchmarks/server_load.py [--seconds 60] [--rounds 3] [--clients 16]

Each client posts requests of 32 real texts over a connection of its own, one after another, as fast as they are
answered; all clients run in one process with raw sockets, whose CPU time is printed. The time is divided into rounds.
The engine is measured in this process right before and right after each round, for a third of its length: requests of
256 texts, two at a time, as the runner sends them. The ratio of a round is the server's rate divided by the mean of the
two measurements next to it, so that a busy machine slows both; the median of the rounds is printed.

On a machine with two cores, clients, HTTP and model share the cores that the engine alone has to itself, so the costs
are also printed as CPU seconds per thousand texts. Linux only, for /proc.
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
TEXTS_PER_REQUEST = 32
REQUESTS = 200


def texts() -> list[str]:
    """Return distinct real texts: one to three of the test sets' texts, joined."""
    generator = random.Random(0)
    pool = [text for dataset in labelled_sets.shipped() for text in dataset.texts]
    return [
        " ".join(generator.choices(pool, k=generator.randint(1, 3))) + f" {i}"
        for i in range(TEXTS_PER_REQUEST * REQUESTS)
    ]


async def in_process(values: list[str], seconds: float) -> tuple[float, float]:
    """Return texts per second, and CPU seconds per thousand texts."""
    engine, question = Local(), Question(parse(LABELS))
    batches = itertools.cycle([values[i : i + 256] for i in range(0, len(values), 256)])
    done = 0

    async def send_until(session: Any, end: float) -> None:
        nonlocal done
        while time.perf_counter() < end:
            batch = next(batches)
            await session.classify(question, batch)
            done += len(batch)

    async with engine.session() as session:
        await session.classify(question, values[:64])
        start, cpu_start = time.perf_counter(), time.process_time()
        await asyncio.gather(*[send_until(session, start + seconds) for _ in range(engine.concurrency)])
        return done / (time.perf_counter() - start), 1000 * (time.process_time() - cpu_start) / done


def bodies(values: list[str]) -> list[bytes]:
    labels = [{"type": "text", "value": label} for label in LABELS]
    parts = [values[i : i + TEXTS_PER_REQUEST] for i in range(0, len(values), TEXTS_PER_REQUEST)]
    return [
        json.dumps({"dataset": [{"type": "text", "value": v} for v in part], "labels": labels}).encode()
        for part in parts
    ]


async def client(port: int, source: Any, end: float, latencies: list[float], errors: list[str]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < end:
        body, start = next(source), time.perf_counter()
        head = f"POST /v1/classification HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\ncontent-type: application/json\r\n"
        writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
        response_head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(v) for k, _, v in (ln.partition(b":") for ln in response_head.split(b"\r\n")) if k == b"content-length"
        )
        response_body = await reader.readexactly(length)
        if (
            not response_head.startswith(b"HTTP/1.1 200")
            or len(json.loads(response_body)["predictions"]) != TEXTS_PER_REQUEST
        ):
            errors.append(response_body[:200].decode("utf-8", "replace"))
        latencies.append(time.perf_counter() - start)
    writer.close()


async def load(port: int, clients: int, seconds: float) -> dict[str, Any]:
    source, latencies, errors = itertools.cycle(bodies(texts())), [], []
    start = time.perf_counter()
    await asyncio.gather(*[client(port, source, start + seconds, latencies, errors) for _ in range(clients)])
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": time.perf_counter() - start,
        "latencies": sorted(latencies),
        "errors": errors,
        "cpu": usage.ru_utime + usage.ru_stime,
    }


def under_load(server: Served, clients: int, seconds: float) -> tuple[dict[str, Any], list[float], float]:
    """Return the clients' results, the server's memory every few seconds, and its CPU seconds."""
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
        results = json.loads(generator.stdout.read())
    return results, memory, server.cpu() - before


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--load", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.load:
        print(json.dumps(asyncio.run(load(arguments.load, arguments.clients, arguments.seconds))))
        return
    values, round_seconds = texts(), arguments.seconds / arguments.rounds
    with serve("--rate", "0") as server:
        alone, rounds = [asyncio.run(in_process(values, round_seconds / 3))], []
        for _ in range(arguments.rounds):
            rounds.append(under_load(server, arguments.clients, round_seconds))
            alone.append(asyncio.run(in_process(values, round_seconds / 3)))
    report(rounds, alone)


def report(rounds: list[tuple[dict[str, Any], list[float], float]], alone: list[tuple[float, float]]) -> None:
    results = [result for result, _, _ in rounds]
    latencies = sorted(latency for result in results for latency in result["latencies"])
    errors = [error for result in results for error in result["errors"]]
    rates = [TEXTS_PER_REQUEST * len(result["latencies"]) / result["seconds"] for result in results]
    ratios = [2 * rate / (alone[i][0] + alone[i + 1][0]) for i, rate in enumerate(rates)]
    server_cost = 1000 * sum(cpu for _, _, cpu in rounds) / (TEXTS_PER_REQUEST * len(latencies))
    own_cost = statistics.mean(cost for _, cost in alone)
    client_load = sum(result["cpu"] for result in results) / sum(result["seconds"] for result in results)
    median, percentile_99 = (latencies[int(len(latencies) * part)] for part in (0.5, 0.99))
    show("cores", len(os.sched_getaffinity(0)))
    show("requests of 32 texts", f"{len(latencies):,}")
    show("errors", len(errors), "0")
    show("texts a second, served", join_figures(rates))
    show("texts a second, in process, before and after each", join_figures(rate for rate, _ in alone))
    show("ratio, median of rounds", f"{statistics.median(ratios):.2f}", ">= 0.85")
    show("CPU seconds per 1,000 texts, server", f"{server_cost:.2f}")
    show("CPU seconds per 1,000 texts, in process", f"{own_cost:.2f}", f"ratio {own_cost / server_cost:.2f}")
    show("load of one core by all clients", f"{client_load:.0%}")
    show("latency in seconds, median and 99th percentile", f"{median:.2f}, {percentile_99:.2f}")
    show("server's memory, MB", join_figures(mb for _, memory, _ in rounds for mb in memory), "flat")
    if errors:
        raise SystemExit(errors[0])


def join_figures(figures: Iterable[float]) -> str:
    return " ".join(f"{figure:.0f}" for figure in figures)


if __name__ == "__main__":
    main()
