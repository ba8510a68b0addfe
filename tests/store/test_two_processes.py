"""Two processes write to one store at the same time."""

import multiprocessing
import sqlite3
import subprocess
import sys
import threading

from store_questions import write_50

from jsdf.store.sqlite import Store, StoredAnswer


def test_two_processes(path):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=write_50, args=(path, start)) for start in (0, 1000)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    store = Store(path)
    assert (store.info().answers, store.info().requests) == (100, 100)
    store.close()


def test_a_store_waits_for_another_process_that_creates_the_file(path):
    path.parent.mkdir(parents=True)
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")  # as while it creates its tables
    release = threading.Timer(0.3, other.execute, ["COMMIT"])
    release.start()
    store = Store(path)
    release.join()
    assert store.error is None
    store.add_answers([StoredAnswer(b"key", b"x")])
    assert store.info().answers == 1
    store.close()
    other.close()


CODE_OF_THREADS = """
import os, sys, threading
from pathlib import Path
from jsdf.store.record import StoredAnswer
from jsdf.store.sqlite import Store

def work():
    for _ in range(8):
        store = Store(Path(sys.argv[1]))
        list(store.load([os.urandom(16)]))
        store.add_answers([StoredAnswer(os.urandom(16), bytes(2))])
        if store.error: print(store.error)
        store.close()

threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_threads_of_two_processes_open_and_close_one_file_without_an_error(path):
    for _ in range(3):
        command = [sys.executable, "-c", CODE_OF_THREADS, str(path)]
        children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        assert [child.communicate(timeout=60)[0] for child in children] == ["", ""]
