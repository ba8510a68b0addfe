"""Executed and saved notebooks: the outputs of a run that they keep."""

import json
import re
from pathlib import Path

import pytest
from html_checking import HOSTILE, checked

import jsdf
from jsdf.formatting.text import one_line

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

PACKAGE = Path(jsdf.__file__).parent
SETUP = """
import asyncio, os, signal, numpy as np, pandas as pd, jsdf
from jsdf.testing import FakeEngine

interrupt_at = None

class Slow(FakeEngine):
    async def classify(self, question, values):
        reply = await super().classify(question, values)
        if len(self.calls) == interrupt_at:
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.5)
        return reply

def engine(): return Slow(batch_size=8, concurrency=1)
column = pd.Series([f"text {i}" for i in range(64)], name="review")
photos = pd.Series([np.full((48, 64, 3), i, np.uint8) for i in range(16)], dtype=object)
labels = ["price", "delivery"]
"""
FRAME = "pd.DataFrame({'review': column}).jigsaw."
#: Name -> code of a usual mistake, and the exception that it raises.
MISTAKES = {
    "one label": (FRAME + "classify('review', ['one'], engine=engine())", "InvalidLabelsError"),
    "no such column": (FRAME + "run('reveiw', labels, engine=engine())", "InvalidInputError"),
    "no such argument": (FRAME + "plan('review', labels, engin='local')", "TypeError"),
    "no such labels to look at": (FRAME + "gallery('review', 'reveiw')", "InvalidInputError"),
    "no key": ("jsdf.classify(column, labels, engine='hosted')", "MissingKeyError"),
    "awaited with a wrong label": ("await column.jigsaw.aclassify({'a': 1, 'b': 2})", "InvalidLabelsError"),
    "no label for any": (
        "jsdf.classify(column, labels, engine=FakeEngine(fail=lambda v: ValueError('x')), cache=False, progress=False)",
        "ClassificationError",
    ),
}
PLAIN = "import sys; sys.modules['ipywidgets'] = None"
STOPPED = "interrupt_at = 3"
RUN = "run = jsdf.run(column, labels, engine=engine(), cache=False)"
CELLS = {
    "text": RUN,
    "photos": "run = jsdf.run(photos, labels, engine=engine(), cache=False)",
    "hostile": f"run = jsdf.run(column, {HOSTILE!r}, engine=engine(), cache=False)",
    "silent": RUN.replace("cache=False", "cache=False, progress=False"),
    "awaited": "found = await column.jigsaw.aclassify(labels, engine=engine(), cache=False)",
    "refused": """
class Refusing(FakeEngine):
    async def classify(self, question, values):
        raise jsdf.AuthenticationError("no such key", status=401)
jsdf.run(column, labels, engine=Refusing(), cache=False)
""",
    "from here": STOPPED,
    "interrupted": RUN,
    "after": "interrupt_at = None; print(jsdf.last_run().counts['answered'])",
    "hide ipywidgets": PLAIN,
    "without ipywidgets": RUN,
    "hide and stop": STOPPED,
    "interrupted without ipywidgets": RUN,
    **{name: code for name, (code, _) in MISTAKES.items()},
    "a fault of the view": RUN.replace("cache=False", "cache=False, progress=lambda event: 1 / 0"),
    "reprs": "from IPython.display import display; display(run, jsdf.plan(column, labels, engine=engine()), run.usage)",
}


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """Cells by name, of one notebook that was executed and saved."""
    folder = tmp_path_factory.mktemp("kernel")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JSDF_CACHE_DIR"):
            patch.setenv(name, str(folder / name.lower()))
        patch.delenv("JIGSAWSTACK_API_KEY", raising=False)
        sources = [nbformat.v4.new_code_cell(code) for code in (SETUP, *CELLS.values())]
        notebook = nbformat.v4.new_notebook(cells=sources)
        client = nbclient.NotebookClient(notebook, timeout=120, allow_errors=True)
        client.execute(cwd=str(folder))
    saved = json.loads(nbformat.writes(notebook))
    assert saved["cells"][0]["outputs"] == []
    return dict(zip(CELLS, saved["cells"][1:], strict=True))


def only(cell, kind="display_data"):
    """Return the output of this kind; assert that there is no other one but an error."""
    assert [output["output_type"] for output in cell["outputs"] if output["output_type"] != "error"] == [kind]
    return cell["outputs"][0]


def data(cell):
    return {mime: "".join(content) for mime, content in only(cell)["data"].items()}


@pytest.mark.parametrize("name", ["text", "awaited", "without ipywidgets"])
def test_a_saved_notebook_has_the_final_state_once(cells, name):
    bundle = data(cells[name])
    assert set(bundle) == {"text/html", "text/plain"}  # nothing that needs a kernel or a widget manager
    found = checked(bundle["text/html"])
    assert "fake: 64/64 rows done in" in found.text
    assert "width: 100.0%" in found.values("style")
    assert "price" in found.text
    assert "64/64 rows | done in" in bundle["text/plain"]


@pytest.mark.parametrize("name", ["interrupted", "interrupted without ipywidgets"])
def test_an_interrupt_leaves_the_partial_run_and_says_so(cells, name):
    (error,) = [output for output in cells[name]["outputs"] if output["output_type"] == "error"]
    assert error["ename"] == "KeyboardInterrupt"
    # The operating system decides when the signal arrives.
    answered = re.match(r"(\d+) of 64 rows are answered", error["evalue"])
    assert 8 <= int(answered[1]) < 64
    found = checked(data(cells[name])["text/html"])
    assert re.search(rf"fake: {answered[1]}/64 rows \(\d+%\) interrupted after", found.text)
    assert "Completed rows are in jsdf.last_run()." in found.text


def package_files(cell):
    """Return the files of this package in a traceback, and the error's name."""
    (error,) = [output for output in cell["outputs"] if output["output_type"] == "error"]
    trace = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error["traceback"]))
    assert "Cell In" in trace
    files = [Path(name).expanduser() for name in re.findall(r"File (.+?\.py):\d+", trace)]
    return [str(file.relative_to(PACKAGE)) for file in files if PACKAGE in file.parents], error["ename"]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_shows_the_line_that_was_typed_and_one_file_of_the_package(cells, name):
    files, kind = package_files(cells[name])
    assert kind == MISTAKES[name][1]
    assert len(set(files)) == 1


@pytest.mark.parametrize("name", ["interrupted", "interrupted without ipywidgets", "refused"])
def test_an_interrupt_and_a_refusal_show_one_file_of_the_package(cells, name):
    files, _ = package_files(cells[name])
    assert len(files) == 1


def test_an_error_in_a_callback_shows_every_frame(cells):
    files, kind = package_files(cells["a fault of the view"])
    assert kind == "ZeroDivisionError"
    assert {"api/functions.py", "api/execution.py", "runner/loops/event_loop.py"} <= set(files)


def test_the_next_cell_has_the_completed_rows(cells):
    assert 8 <= int(only(cells["after"], "stream")["text"][0]) < 64


def test_a_refusal_replaces_the_bar(cells):
    found = checked(data(cells["refused"])["text/html"])
    assert "fake: 0/64 rows (0%) stopped after" in found.text
    assert "HTTP 401: no such key" in found.text


def test_images_have_a_strip(cells):
    found = checked(data(cells["photos"])["text/html"])
    assert found.tags.count("img") == 8
    assert all(uri.startswith("data:image/webp;base64,") for uri in found.values("src"))


def test_hostile_labels_are_shown_and_never_run(cells):
    found = checked(data(cells["hostile"])["text/html"])
    assert {one_line(name) for name in HOSTILE} <= set(found.texts)


def test_progress_false_shows_nothing(cells):
    assert cells["silent"]["outputs"] == []


def test_run_plan_and_usage_have_html_and_text(cells):
    shown = [output["data"] for output in cells["reprs"]["outputs"]]
    assert [set(bundle) for bundle in shown] == [{"text/html", "text/plain"}] * 3
    for bundle, words in zip(shown, ("Run (fake)", "Plan (fake)", "Usage"), strict=True):
        assert words in checked("".join(bundle["text/html"])).text


def test_nothing_is_written_to_the_error_stream(cells):
    assert [o for cell in cells.values() for o in cell["outputs"] if o.get("name") == "stderr"] == []
