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

unreadable = {f"text {i}" for i in range(58, 64)}
def fail(values): return ValueError("cannot be read") if unreadable & set(values) else None

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
PLAIN = "import sys; sys.modules['jsdf.display.progress.progress_widget'] = None"
STOPPED = "interrupt_at = 3"
RUN = "run = jsdf.run(column, labels, engine=engine(), cache=False)"
CELLS = {
    "text": RUN,
    "photos": "run = jsdf.run(photos, labels, engine=engine(), cache=False)",
    "hostile": f"run = jsdf.run(column, {HOSTILE!r}, engine=engine(), cache=False)",
    "failing": RUN.replace("engine()", "FakeEngine(batch_size=8, fail=fail)"),
    "with its run": RUN + "; run",
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
    "hide widgets": PLAIN,
    "without widgets": RUN,
    "hide and stop": STOPPED,
    "interrupted without widgets": RUN,
    **{name: code for name, (code, _) in MISTAKES.items()},
    "a fault of the view": RUN.replace("cache=False", "cache=False, progress=lambda event: 1 / 0"),
    "reprs": "from IPython.display import display; display(run, jsdf.plan(column, labels, engine=engine()), run.usage)",
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """One notebook that was executed and saved."""
    folder = tmp_path_factory.mktemp("kernel")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JSDF_CACHE_DIR"):
            patch.setenv(name, str(folder / name.lower()))
        patch.delenv("JIGSAWSTACK_API_KEY", raising=False)
        sources = [nbformat.v4.new_code_cell(code) for code in (SETUP, *CELLS.values())]
        notebook = nbformat.v4.new_notebook(cells=sources)
        client = nbclient.NotebookClient(notebook, timeout=120, allow_errors=True)
        client.execute(cwd=str(folder))
    return json.loads(nbformat.writes(notebook))


@pytest.fixture(scope="module")
def cells(saved):
    """Cells by name."""
    assert saved["cells"][0]["outputs"] == []
    return dict(zip(CELLS, saved["cells"][1:], strict=True))


@pytest.fixture(scope="module")
def metadata(saved):
    return saved["metadata"]


def only(cell, kind="display_data"):
    """Return the output of this kind; assert that there is no other one but an error."""
    assert [output["output_type"] for output in cell["outputs"] if output["output_type"] != "error"] == [kind]
    return cell["outputs"][0]


def data(cell):
    return {mime: "".join(content) for mime, content in only(cell)["data"].items()}


@pytest.mark.parametrize("name", ["text", "awaited", "without widgets"])
def test_a_saved_notebook_has_the_final_state_once(cells, name):
    bundle = data(cells[name])
    assert set(bundle) == {"text/html", "text/plain"}  # nothing that needs a kernel or a widget manager
    found = checked(bundle["text/html"])
    # One line: where a run is shown below, it has the bars.
    assert re.fullmatch(
        r"fake: 64 rows in [\d.]+ s done 8 requests · 128 tokens · price \d+, delivery \d+ · see jsdf.last_run\(\)",
        found.text,
    )
    assert found.tags.count("div") == 2
    assert re.match(r"fake: 64 rows in [\d.]+ s \| done \| 8 requests", bundle["text/plain"])


@pytest.mark.parametrize("name", ["interrupted", "interrupted without widgets"])
def test_an_interrupt_leaves_the_partial_run_and_says_so(cells, name):
    (error,) = [output for output in cells[name]["outputs"] if output["output_type"] == "error"]
    assert error["ename"] == "KeyboardInterrupt"
    # The operating system decides when the signal arrives.
    answered = re.match(r"(\d+) of 64 rows are answered", error["evalue"])
    assert 8 <= int(answered[1]) < 64
    found = checked(data(cells[name])["text/html"])
    assert re.search(rf"fake: {answered[1]} of 64 rows in [\d.]+ s interrupted", found.text)
    assert "see jsdf.last_run()" in found.text


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


@pytest.mark.parametrize("name", ["interrupted", "interrupted without widgets", "refused"])
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
    assert re.search(r"fake: 0 of 64 rows in [\d.]+ s stopped: HTTP 401: no such key", found.text)


def test_images_leave_no_pictures_in_the_file(cells):
    found = checked(data(cells["photos"])["text/html"])
    assert "img" not in found.tags
    assert "fake: 16 rows in" in found.text


def test_failed_rows_are_counted(cells):
    assert re.search(r"fake: 64 rows in [\d.]+ s done, 6 failed", checked(data(cells["failing"])["text/html"]).text)


def test_a_run_below_has_the_bars_and_the_line_has_none(cells):
    line, run = cells["with its run"]["outputs"]
    assert "progressbar" not in "".join(line["data"]["text/html"])
    assert "jsdf-bar" not in "".join(line["data"]["text/html"])
    assert "jsdf-bar" in "".join(run["data"]["text/html"])


def test_no_widget_state_is_left(cells, metadata):
    states = metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    contents = [(state["state"].get("state"), state["state"].get("pictures")) for state in states.values()]
    assert [content for content in contents if any(content)] == []


def test_hostile_labels_are_shown_and_never_run(cells):
    found = checked(data(cells["hostile"])["text/html"])
    assert one_line(max(HOSTILE, key=len), 30) in found.text or "more" in found.text


def test_progress_false_shows_nothing(cells):
    assert cells["silent"]["outputs"] == []


def test_run_plan_and_usage_have_html_and_text(cells):
    shown = [output["data"] for output in cells["reprs"]["outputs"]]
    assert [set(bundle) for bundle in shown] == [{"text/html", "text/plain"}] * 3
    for bundle, words in zip(shown, ("Run (fake)", "Plan (fake)", "Usage"), strict=True):
        assert words in checked("".join(bundle["text/html"])).text


def test_nothing_is_written_to_the_error_stream(cells):
    assert [o for cell in cells.values() for o in cell["outputs"] if o.get("name") == "stderr"] == []
