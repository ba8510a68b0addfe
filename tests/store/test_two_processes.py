"""Two processes write to one store at the same time."""

import multiprocessing
import sqlite3
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
