"""The live view of a run in JupyterLab: updates, interrupts and the rows they keep."""

import re
import shutil
import time
from pathlib import Path

import pytest
from lab_kernel import refuse_others

SETUP = """
from pathlib import Path
import pandas as pd
import jsdf
from paced_engine import local

labels = ["animal", "food", "furniture", "kitchenware", "tool"]
photos = pd.DataFrame({"photo": sorted(map(str, Path("photos").iterdir()))}).sample(frac=1, random_state=3)
"""
SUPPORT = Path(__file__).parents[1] / "support"
CLASSIFY = 'photos["label"] = photos.jigsaw.classify("photo", labels, engine=local, cache=False)'
LAST_RUN = 'print(jsdf.last_run().counts["answered"], "are answered")'
DONE = re.compile(r"([\d,]+)/200 rows")


class Gate:
    """Tells the engine how many requests it may answer, and waits until it has received some."""

    def __init__(self, folder):
        self._folder = folder
        (folder / "received").unlink(missing_ok=True)

    def allow(self, requests):
        new = self._folder / "allowed.new"
        new.write_text(str(requests))
        new.replace(self._folder / "allowed")  # atomically, since the engine may read it at any moment

    def wait(self, requests):
        end = time.monotonic() + 30
        while self._received() < requests:
            assert time.monotonic() < end
            time.sleep(0.01)

    def _received(self):
        file = self._folder / "received"
        return int(file.read_text() or 0) if file.exists() else 0


@pytest.fixture
def gate(lab):
    shutil.copy(SUPPORT / "paced_engine.py", lab.root)
    return Gate(lab.root)


def completed_rows(notebook, cell):
    return int(DONE.search(notebook.output(cell).inner_text())[1])


def test_the_view_moves_while_200_images_are_labelled_offline(notebook, gate):
    gate.allow(3)
    notebook.open(SETUP, CLASSIFY, 'print(photos["label"].value_counts().to_dict())')
    notebook.run(0)
    notebook.start(1)
    notebook.output(1).get_by_text("60/200 rows").wait_for()
    notebook.output(1).locator("img").first.wait_for()
    early = notebook.shot("60-rows", of=notebook.output(1))
    gate.allow(7)
    notebook.output(1).get_by_text("140/200 rows").wait_for()
    assert notebook.shot("140-rows", of=notebook.output(1)) != early
    notebook.shot("140-rows-page", of=notebook.panel)
    notebook.theme("Dark")
    notebook.shot("140-rows-dark")
    notebook.theme("Light")
    gate.allow(99)
    notebook.finish()
    assert completed_rows(notebook, 1) == 200
    notebook.output(1).locator("img").first.wait_for()
    notebook.shot("200-rows")
    counts = eval(notebook.run(2))
    assert sum(counts.values()) == 200
    assert counts["animal"] > counts["tool"] > 20
    assert notebook.wrong() == []


def test_the_stop_button_does_not_move_while_the_view_grows(notebook, gate):
    gate.allow(0)
    notebook.open(SETUP, CLASSIFY)
    notebook.run(0)
    notebook.start(1)
    button = notebook.output(1).get_by_role("button", name="Stop", exact=True)
    button.wait_for()
    box = button.bounding_box()
    gate.allow(1)
    notebook.output(1).locator("img").first.wait_for()
    assert button.bounding_box() == box
    captions = notebook.output(1).locator("figcaption").all()
    assert len({caption.bounding_box()["y"] for caption in captions}) == 1
    heights = row_heights(notebook)
    gate.allow(99)
    notebook.finish()
    assert row_heights(notebook) == heights


def row_heights(notebook):
    """Return the heights of the rows in the table of labels."""
    # In one call: the view replaces its rows when they change.
    return notebook.output(1).locator("tr").evaluate_all("rows => rows.map(row => row.getBoundingClientRect().height)")


def test_an_interrupt_keeps_completed_rows(notebook, gate):
    gate.allow(4)
    notebook.open(SETUP, CLASSIFY, LAST_RUN)
    notebook.run(0)
    notebook.start(1)
    notebook.output(1).get_by_text("80/200 rows").wait_for()
    gate.wait(5)
    notebook.interrupt()
    notebook.output(1).get_by_text("stopping: interrupted, waiting for 1 request").wait_for()
    assert "A second interrupt abandons the requests in flight." in notebook.output(1).inner_text()
    gate.allow(99)
    notebook.finish()
    assert "KeyboardInterrupt: 100 of 200 rows are answered" in notebook.output(1).inner_text()
    assert completed_rows(notebook, 1) == 100
    assert notebook.run(2) == "100 are answered"


def test_stop_works_at_once_if_the_run_is_awaited(notebook, gate):
    gate.allow(4)
    notebook.open(SETUP, CLASSIFY.replace("photos.jigsaw.c", "await photos.jigsaw.ac"), LAST_RUN)
    notebook.run(0)
    notebook.start(1)
    notebook.output(1).get_by_text("80/200 rows").wait_for()
    gate.wait(5)
    notebook.output(1).get_by_role("button", name="Stop", exact=True).click()
    notebook.output(1).get_by_text("stopping: interrupted, waiting for 1 request").wait_for()
    assert (
        "Requests in flight are completed first" in notebook.output(1).inner_text()
    )  # a second interrupt would be ignored
    assert notebook.output(1).get_by_role("button", name="Stopping").is_disabled()
    gate.allow(99)
    notebook.finish()
    assert notebook.run(2) == "100 are answered"


def test_the_kernels_of_these_tests_have_no_network():
    refuse_others("socket.connect", (None, ("127.0.0.1", 80)))
    for event in [("socket.getaddrinfo", ("example.com", 80)), ("socket.connect", (None, ("192.0.2.1", 80)))]:
        with pytest.raises(OSError, match="there is no network here"):
            refuse_others(*event)
