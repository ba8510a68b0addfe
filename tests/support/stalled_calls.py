"""Calls that are stuck in one state: `with STATES[name](folder) as stalled:` serves it and says how to call and wait.

`python stalled_calls.py NAME URL FOLDER [async]` makes the call in a process of its own, which a signal can interrupt.
"""

import asyncio
import contextlib
import itertools
import os
import socket
import sqlite3
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from raw_service import Service, drip, head

import jsdf
from jsdf.testing import FakeEngine, FakeService, fault

FOREVER = 3600.0
LABELS = ["a", "b"]


@dataclass
class Stalled:
    """A service in one state.

    Args:
        url: Its address.
        is_reached: Returns True once a call is stuck.
        paid: Returns the number of samples that were billed and answered.
    """

    url: str
    is_reached: object
    paid: object = lambda: 0


def raw(answer):
    @contextlib.contextmanager
    def serve(folder):
        with Service(answer) as service:
            yield Stalled(service.url, lambda: service.requests > 0)

    return serve


@contextlib.contextmanager
def no_accept(folder):
    """A host whose queue of connections is full: the system drops further ones."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as stack:
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield Stalled(f"http://127.0.0.1:{listener.getsockname()[1]}", Path(folder, "ready").exists)


@contextlib.contextmanager
def slow_upload(folder):
    """A file store that reads a byte now and then."""
    accepted, is_over = [], threading.Event()

    def read():
        with contextlib.suppress(OSError):
            while not is_over.wait(0.1):
                with contextlib.suppress(BlockingIOError):
                    accepted.append(listener.accept()[0])
                for connection in accepted:
                    connection.recv(1)

    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        threading.Thread(target=read, daemon=True).start()
        yield Stalled(f"http://127.0.0.1:{listener.getsockname()[1]}", lambda: len(accepted) > 4)
        is_over.set()
    for connection in accepted:
        connection.close()


@contextlib.contextmanager
def silent_image_host(folder):
    """A host of images that never answers."""
    with raw_gets() as (port, asked):
        pd.Series([f"http://127.0.0.1:{port}/{i}.png" for i in range(40)]).to_csv(Path(folder, "images"), index=False)
        yield Stalled("http://127.0.0.1:1", lambda: len(asked) > 4)


@contextlib.contextmanager
def raw_gets():
    asked = []

    def accept():
        with contextlib.suppress(OSError):
            while True:
                asked.append(listener.accept()[0])

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1], asked
    for connection in asked:
        connection.close()


@contextlib.contextmanager
def removal_hangs(folder):
    """A file store that takes the images and never answers a removal, at the end of a finished run."""
    fake = FakeService(file_faults=[None] * 40 + [fault.hang(FOREVER)] * 200)
    with fake.serve() as server:
        yield Stalled(server.url, lambda: fake.answered == 2, lambda: sum(fake.billed.values()))


@contextlib.contextmanager
def busy(folder):
    """A service that answers, for a call with 100,000 rows."""
    fake = FakeService(latency=0.2)
    with fake.serve() as server:
        yield Stalled(server.url, lambda: fake.answered > 10, lambda: sum(fake.billed.values()))


@contextlib.contextmanager
def locked_store(folder):
    """Another process writes into the store without end."""
    fake = FakeService()
    lock = sqlite3.connect(jsdf_store(folder), isolation_level=None)
    with contextlib.closing(lock), fake.serve() as server:
        lock.execute("BEGIN IMMEDIATE")
        yield Stalled(server.url, lambda: fake.answered > 4, lambda: sum(fake.billed.values()))


def jsdf_store(folder):
    from jsdf.store.sqlite import Store

    os.environ["JSDF_CACHE_DIR"] = str(folder)
    store = Store()
    store.close()
    return store.path


@contextlib.contextmanager
def no_service(folder):
    yield Stalled("http://nowhere.invalid:1", Path(folder, "ready").exists)


class LoopBlocker(FakeEngine):
    """A third party's engine that blocks the event loop."""

    async def classify(self, question, values):
        Path(self.folder, "ready").touch()
        time.sleep(FOREVER)


STATES = {
    "silent": raw(lambda: itertools.repeat(None)),
    "headers, a byte a time": raw(drip(b"HTTP/1.1 200 OK\r\nx-slow: ")),
    "body, a byte a time": raw(drip(head())),
    "a 429 with a long Retry-After": raw(lambda: [head("429 Too Many", retry_after=100, content_length=0)]),
    "a 503 with a long Retry-After": raw(lambda: [head("503 Unavailable", retry_after=100, content_length=0)]),
    "backoff after a 500": raw(lambda: [head("500 Error", content_length=0)]),
    "connecting": no_accept,
    "a name server that hangs": no_service,
    "an upload that is read slowly": slow_upload,
    "an image that does not come": silent_image_host,
    "removals that hang": removal_hangs,
    "a slow batch of the local engine": no_service,
    "a locked store": locked_store,
    "100,000 rows": busy,
    "an engine that blocks the loop": no_service,
}


def arguments(state, url, folder):
    """Return the column and the engine of the call in this state."""
    texts = pd.Series([f"text {i}" for i in range(100_000 if state == "100,000 rows" else 640)])
    hosted = jsdf.Hosted("test-key", url if url.startswith("http://127") else "http://127.0.0.1:1", rate=200)
    if state == "connecting":
        Path(folder, "ready").touch()
    if state == "a name server that hangs":
        _hang_in(socket, "getaddrinfo", folder)
        hosted = jsdf.Hosted("test-key", "https://nowhere.invalid")
    if state in ("an upload that is read slowly", "removals that hang"):
        rng = np.random.default_rng(0)
        pictures = [Image.fromarray(rng.integers(0, 255, (800, 800, 3), np.uint8)) for _ in range(40)]
        return pd.Series(pictures, dtype=object), hosted
    if state == "an image that does not come":
        return pd.read_csv(Path(folder, "images")).iloc[:, 0], hosted
    if state == "a slow batch of the local engine":
        from jsdf.engines.local.minilm.model import Model

        _hang_in(Model, "embed", folder)
        return texts, jsdf.Local()
    if state == "an engine that blocks the loop":
        engine = LoopBlocker()
        engine.folder = folder
        return texts, engine
    return texts, hosted


def _hang_in(owner, name, folder):
    def hang(*args, **kwargs):
        Path(folder, "ready").touch()
        time.sleep(FOREVER)

    setattr(owner, name, hang)


def main(state, url, folder, *how):
    texts, engine = arguments(state, url, folder)
    try:
        if how:
            asyncio.run(jsdf.aclassify(texts, LABELS, engine=engine, progress=False))
        else:
            jsdf.run(texts, LABELS, engine=engine, progress=False)
    finally:
        print(jsdf.last_run().counts["answered"], flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
