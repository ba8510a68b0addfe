"""Two processes write to one store at the same time."""

import multiprocessing

from store_questions import write_50

from jsdf.store.sqlite import Store


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
