"""The live view of a run in JupyterLab and Notebook 7: updates, interrupts and the rows they keep."""

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
DONE = re.compile(r"local: (?:([\d,]+) of )?200 rows in [\d.]+ s")
AWAITED = CLASSIFY.replace("photos.jigsaw.c", "await photos.jigsaw.ac")
WORDS = "interrupt the kernel (square) to stop: what has landed is kept"


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
    return gate_in(lab.root)


@pytest.fixture(params=["notebook", "notebook7"])
def page_and_gate(request):
    page = request.getfixturevalue(request.param)
    return page, gate_in(page.folder)


def gate_in(folder):
    shutil.copy(SUPPORT / "paced_engine.py", folder)
    return Gate(folder)


def completed_rows(notebook, cell):
    return int(DONE.search(notebook.output(cell).inner_text())[1] or 200)


def seconds(notebook, cell):
    return int(re.search(r"(\d+) s(?: ·|$)", notebook.output(cell).locator(".jsdf-progress-details").inner_text())[1])


def test_the_view_names_the_phase_and_moves_before_anything_is_answered(page_and_gate):
    notebook, gate = page_and_gate
    gate.allow(0)
    notebook.open(SETUP, CLASSIFY)
    notebook.run(0)
    notebook.start(1)
    notebook.output(1).get_by_text("0/200 rows").wait_for()
    notebook.output(1).get_by_text("opening 200 images").wait_for()
    # The bar moves by itself, and the time goes on.
    assert notebook.output(1).locator(".jsdf-progress-moving").count() == 1
    first = seconds(notebook, 1)
    notebook.output(1).get_by_text(f"{first + 1} s", exact=True).wait_for(timeout=1500)
    notebook.output(1).get_by_text(f"{first + 2} s", exact=True).wait_for(timeout=1500)
    notebook.shot("live-opening", of=notebook.output(1))
    gate.allow(99)
    notebook.finish()
    assert notebook.wrong() == []


def test_the_view_moves_while_200_images_are_labelled_offline(notebook, gate):
    gate.allow(3)
    notebook.open(SETUP, CLASSIFY, 'print(photos["label"].value_counts().to_dict())')
    notebook.run(0)
    notebook.start(1)
    notebook.output(1).get_by_text("60/200 rows").wait_for()
    notebook.output(1).locator("img").first.wait_for()
    early = notebook.shot("live-60-rows", of=notebook.output(1))
    gate.allow(7)
    notebook.output(1).get_by_text("140/200 rows").wait_for()
    assert notebook.shot("live-140-rows", of=notebook.output(1)) != early
    notebook.shot("live-140-rows-page", of=notebook.panel)
    notebook.theme("Dark")
    notebook.shot("live-140-rows-dark", of=notebook.output(1))
    notebook.theme("Light")
    gate.allow(99)
    notebook.finish()
    assert completed_rows(notebook, 1) == 200
    assert "see jsdf.last_run()" in notebook.output(1).inner_text()
    assert notebook.output(1).locator(".jsdf-progress").bounding_box()["height"] < 60  # one or two lines
    notebook.shot("live-200-rows", of=notebook.output(1))
    counts = eval(notebook.run(2))
    assert sum(counts.values()) == 200
    assert counts["animal"] > counts["tool"] > 20
    assert notebook.wrong() == []


def test_where_a_click_would_not_be_heard_there_are_words(page_and_gate):
    notebook, gate = page_and_gate
    gate.allow(1)
    notebook.open(SETUP, CLASSIFY)
    notebook.run(0)
    notebook.start(1)
    notebook.output(1).locator("img").first.wait_for()
    assert WORDS in notebook.output(1).inner_text()
    assert notebook.output(1).get_by_role("button").count() == 0
    gate.allow(99)
    notebook.finish()


def test_the_stop_button_does_not_move_while_the_view_grows(notebook, gate):
    gate.allow(0)
    notebook.open(SETUP, AWAITED)
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
    gate.allow(99)
    notebook.finish()


def test_an_interrupt_keeps_completed_rows(notebook, gate):
    gate.allow(4)
    notebook.open(SETUP, CLASSIFY, LAST_RUN)
    notebook.run(0)
    notebook.start(1)
    notebook.output(1).get_by_text("80/200 rows").wait_for()
    gate.wait(5)
    notebook.interrupt()
    notebook.output(1).get_by_text("stopping: interrupted, waiting for 1 request").wait_for()
    assert "a second interrupt abandons the requests in flight" in notebook.output(1).inner_text()
    gate.allow(99)
    notebook.finish()
    assert "KeyboardInterrupt: 100 of 200 rows are answered" in notebook.output(1).inner_text()
    assert completed_rows(notebook, 1) == 100
    notebook.shot("live-interrupted", of=notebook.output(1))
    assert notebook.run(2) == "100 are answered"


def test_stop_works_at_once_if_the_run_is_awaited(page_and_gate):
    notebook, gate = page_and_gate
    gate.allow(4)
    notebook.open(SETUP, AWAITED, LAST_RUN)
    notebook.run(0)
    notebook.start(1)
    notebook.output(1).get_by_text("80/200 rows").wait_for()
    gate.wait(5)
    button = notebook.output(1).get_by_role("button")
    # In one call, so that no message of the kernel can come between the click and the look at it.
    looks = button.evaluate("button => { button.click(); return [button.textContent, button.disabled] }")
    assert looks == ["stopping...", True]
    notebook.output(1).get_by_text("stopping: interrupted, waiting for 1 request").wait_for()
    assert "requests in flight are completed first" in notebook.output(1).inner_text()
    assert button.inner_text() == "stopping..."
    notebook.shot("live-stopping", of=notebook.output(1))
    gate.allow(99)
    notebook.finish()
    assert notebook.run(2) == "100 are answered"


@pytest.mark.parametrize("width", [400, 2560])
def test_nothing_is_cut_at_any_width(notebook, gate, width):
    gate.allow(2)
    notebook.page.set_viewport_size({"width": width, "height": 900})
    notebook.open(SETUP, AWAITED)
    notebook.run(0)
    notebook.start(1)
    notebook.output(1).locator("img").first.wait_for()
    notebook.shot(f"live-{width}")
    view = notebook.output(1).locator(".jsdf-progress")
    assert view.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert view.evaluate(
        """node => {
          const frame = node.getBoundingClientRect()
          return [...node.querySelectorAll("*")].map(child => child.getBoundingClientRect())
            .every(box => !box.width || (box.left >= frame.left - 1 && box.right <= frame.right + 1))
        }"""
    )
    gate.allow(99)
    notebook.finish()
    notebook.shot(f"live-{width}-end")


def test_the_kernels_of_these_tests_have_no_network():
    refuse_others("socket.connect", (None, ("127.0.0.1", 80)))
    for event in [("socket.getaddrinfo", ("example.com", 80)), ("socket.connect", (None, ("192.0.2.1", 80)))]:
        with pytest.raises(OSError, match="there is no network here"):
            refuse_others(*event)
