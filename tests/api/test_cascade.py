"""A cascade over a real socket and a real store: killed and interrupted at random moments, and run again."""

import json
import random
import signal
import subprocess
import sys
import time

import pytest

from jsdf.testing import FakeService

ROWS = 3_000
PROGRAM = """
import json, sys
import numpy as np, pandas as pd
import jsdf
from jsdf.engines import Engine, Reply
from jsdf.testing import expected

LABELS = ["a", "b", "c"]

class Cheap(Engine):
    '''Right about texts whose number ends in another digit than 9, and sure of that.'''
    name, has_scores, batch_size = "cheap", True, 256

    async def classify(self, question, values):
        sure = np.array([0.4 if value.endswith("9") else 0.95 for value in values], np.float32)
        truth = [LABELS.index(expected(value, LABELS)) for value in values]
        chosen = [(label + value.endswith("9")) % 3 for label, value in zip(truth, values)]
        scores = np.repeat((1 - sure[:, None]) / 2, 3, axis=1)
        scores[np.arange(len(values)), chosen] = sure
        return Reply([LABELS[i] for i in chosen], scores)

def show(event):
    if event.done:
        print(event.done, flush=True)

column = pd.Series([f"text {i}" for i in range(3_000)])
strong = jsdf.Hosted("test-key", sys.argv[1], rate=100, batch_size=8)
engine = jsdf.Cascade(Cheap(), strong, target=0.95, learn=False, seed=1)
run = jsdf.run(column, LABELS, engine=engine, progress=show)
figures = [run.certificate.agreement_low, run.certificate.sent, run.certificate.saved]
print(json.dumps([run.labels.tolist(), figures]), flush=True)
"""


@pytest.fixture
def service():
    service = FakeService(rate=100, latency=0.02)
    with service.serve() as server:
        service.url = server.url
        yield service


def start(url):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(url):
    process = start(url)
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return json.loads(out.splitlines()[-1])


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
@pytest.mark.parametrize(("number", "rows"), [(signal.SIGKILL, 1), (signal.SIGKILL, 250), (signal.SIGINT, 120)])
def test_ended_in_the_middle_and_run_again_it_pays_nothing_twice(service, number, rows, tmp_path, monkeypatch):
    process = start(service.url)
    for line in process.stdout:
        if int(line) >= rows:
            break
    time.sleep(random.random() / 10)  # a random moment
    process.send_signal(number)
    _, error = process.communicate(timeout=30)
    assert process.returncode != 0
    assert ("KeyboardInterrupt" in error) == (number == signal.SIGINT)
    labels, figures = finish(service.url)
    assert None not in labels
    twice = sum(count - 1 for count in service.billed.values())
    assert twice <= (0 if number == signal.SIGINT else 8 * 32)  # what was in flight
    assert len(service.billed) == figures[1] < ROWS / 2
    monkeypatch.setenv("JSDF_CACHE_DIR", str(tmp_path / "another store"))
    other = FakeService(rate=1000)
    with other.serve() as server:
        assert finish(server.url) == [labels, figures]
    assert other.billed.keys() == service.billed.keys()
