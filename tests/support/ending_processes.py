"""Programs whose main thread ends while others label: `python ending_processes.py NAME URL`, for tests of the end."""

import asyncio
import atexit
import multiprocessing
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
from PIL import Image

import jsdf

ROWS = 640
LABELS = ["a", "b", "c"]
TEXTS = pd.Series([f"text {i}" for i in range(ROWS)])


def hosted():
    return jsdf.Hosted("test-key", sys.argv[2], rate=200)


def label(texts=TEXTS, **options):
    """Label 160 rows at a time, so that some calls begin after the end of the main thread."""
    for start in range(0, len(texts), 160):
        part = texts.iloc[start : start + 160]
        jsdf.classify(part, LABELS, **({"engine": hosted(), "progress": False} | options))


async def label_awaited():
    for start in range(0, ROWS, 160):
        await jsdf.aclassify(TEXTS.iloc[start : start + 160], LABELS, engine=hosted(), progress=False)


def start(work, **options):
    threading.Thread(target=work, **options).start()


def thread():
    start(label)


def thread_after_sys_exit():
    start(label)
    raise SystemExit(0)


def awaited_in_a_thread():
    start(lambda: asyncio.run(label_awaited()))


def pool():
    executor = ThreadPoolExecutor(2)  # never shut down
    for half in (TEXTS.iloc[: ROWS // 2], TEXTS.iloc[ROWS // 2 :]):
        executor.submit(label, half)


def images():
    start(lambda: label(pd.Series([Image.new("RGB", (8, 8), (i, 0, 0)) for i in range(180)], dtype=object)))


def local():
    start(lambda: label(engine=jsdf.Local()))


def child_process():
    process = multiprocessing.get_context("spawn").Process(target=thread)
    process.start()
    process.join()


def late():
    """Begin the first call after the end of the main thread."""

    def work():
        threading.main_thread().join()
        label()

    start(work)


def daemon():
    start(label, daemon=True)
    while not jsdf.last_run():
        time.sleep(0.01)


def in_atexit():
    atexit.register(label)


def awaited_in_atexit():
    atexit.register(lambda: asyncio.run(label_awaited()))


def check_in_atexit():
    images = pd.Series(["a.png", "b.png"])
    atexit.register(lambda: jsdf.plan(images, LABELS, engine=hosted(), kind="image", check=True))


def daemon_begun_at_the_end():
    def begin():
        thread = threading.Thread(target=label, daemon=True)
        thread.start()
        thread.join()

    from jsdf.runner.loops import background_loop  # its function of atexit has run before the next one

    atexit.unregister(background_loop._finish_operations)
    atexit.register(begin)
    atexit.register(background_loop._finish_operations)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
