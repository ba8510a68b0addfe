"""Static page beside a gallery's widget in a notebook's file: executed in a real kernel, and as saved."""

import contextvars
import json
import threading

import pandas as pd
import pytest
from html_checking import Markup

from jsdf.api.viewers import gallery, review
from jsdf.display.gallery import saved_page
from jsdf.display.gallery.saved_page import SavedPage

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

VIEW = "application/vnd.jupyter.widget-view+json"
SETUP = """
import pandas as pd, jsdf
texts = pd.Series([f"text {i}" for i in range(60)], name="text")
labels = pd.Series(["cat"] * 60, dtype=pd.CategoricalDtype(["cat", "dog", "bird"]))
"""
LATEST = "if review._saved_page is not None: review._saved_page.update()  # what the timer calls"
CELLS = {
    "shown": "review = jsdf.review(texts, labels, resume=False)\nreview",
    "changed": f"review.choose([3], 'dog'); review.accept([4])\n{LATEST}",
    "changed before it is shown": "early = jsdf.review(texts, labels, resume=False)\nearly.choose([5], 'bird')\nearly",
    "shown twice": "from IPython.display import display\ntwice = jsdf.gallery(texts, labels)\ndisplay(twice, twice)",
    "filtered": "twice.filter(text='text 59'); twice._saved_page.update()",
    "shown again": """
again = jsdf.review(texts, labels, resume=False)
display(again)
again.choose([1], "dog")
display(again)
print(again.widget.saved_page["revision"])
""",
    "by itself": """
import asyncio, time
timed = jsdf.review(texts, labels, resume=False)
display(timed)
timed.choose([0], "bird")
end = time.monotonic() + 20
while timed.widget.saved_page["revision"] == 0 and time.monotonic() < end:
    time.sleep(0.05)
""",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """Outputs by cell, of a notebook that was executed and saved."""
    folder = tmp_path_factory.mktemp("kernel")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JSDF_CACHE_DIR"):
            patch.setenv(name, str(folder / name.lower()))
        sources = [nbformat.v4.new_code_cell(code) for code in (SETUP, *CELLS.values())]
        notebook = nbformat.v4.new_notebook(cells=sources)
        nbclient.NotebookClient(notebook, timeout=120).execute(cwd=str(folder))
    saved = json.loads(nbformat.writes(notebook))
    return {name: cell["outputs"] for name, cell in zip(CELLS, saved["cells"][1:], strict=True)}


def page_of(output):
    """Return the text of a static page; assert that the output is one."""
    assert set(output["data"]) == {"text/html", "text/plain"}
    html = "".join(output["data"]["text/html"])
    assert "data-jsdf-saved" in html
    return Markup(html).text


def test_a_cell_has_the_widget_without_alternatives_and_then_the_page(outputs):
    widget, page = outputs["shown"]
    assert set(widget["data"]) == {VIEW, "text/html", "text/plain"}
    assert not any(widget["data"][kind] for kind in ("text/html", "text/plain"))
    assert "Review: " in page_of(page)


def test_the_page_of_an_earlier_cell_is_that_of_the_latest_change(outputs):
    assert "2 of 60 reviewed, 1 changed" in page_of(outputs["shown"][1])
    assert "2 of 60 reviewed, 1 changed" in "".join(outputs["shown"][1]["data"]["text/plain"])
    assert outputs["changed"] == []


def test_a_review_that_was_changed_before_it_is_shown_says_so(outputs):
    assert "1 of 60 reviewed, 1 changed" in page_of(outputs["changed before it is shown"][1])


def test_a_gallery_that_is_shown_twice_has_two_pages_of_the_latest_filter(outputs):
    first, page, second, other_page = outputs["shown twice"]
    assert first["data"][VIEW]["model_id"] == second["data"][VIEW]["model_id"]
    assert "1 of 60 rows" in page_of(page)
    assert page_of(page) == page_of(other_page)


def test_a_review_that_is_shown_again_has_the_latest_page_in_both_places(outputs):
    _, page, _, other_page, printed = outputs["shown again"]
    assert "1 of 60 reviewed, 1 changed" in page_of(page)
    assert page["data"] == other_page["data"]
    revision = "".join(printed["text"]).strip()
    assert f'data-jsdf-revision="{revision}"' in "".join(page["data"]["text/html"])


def test_a_change_reaches_the_file_by_itself(outputs):
    assert "1 of 60 reviewed, 1 changed" in page_of(outputs["by itself"][1])


def test_outside_a_notebook_nothing_is_displayed():
    with pytest.raises(NotImplementedError):
        gallery(pd.Series(["one"]))._ipython_display_()


def shown_review():
    """Return a review, its page, and the calls that are due; the page has a handle that keeps its bundles."""
    r, due, kept = review(pd.Series(["one", "two"]), pd.Series(["cat", "dog"], dtype="category")), [], []

    class Handle:
        def update(self, bundle, raw):
            kept.append(bundle["text/html"])

    page = SavedPage(r, r.widget, due.append)
    page._handle = Handle()
    return r, page, due, kept


def test_fast_changes_make_one_page():
    r, _, due, kept = shown_review()
    for _ in range(10):
        r.choose([0], "dog")
        r.choose([0], "cat")
    assert len(due) == 1
    due.pop()()
    assert len(kept) == 1
    r.choose([0], "dog")
    due.pop()()
    assert len(kept) == 2
    assert r.widget.saved_page["revision"] == 2


def test_a_change_that_does_not_show_leaves_the_file_alone():
    r, _, due, kept = shown_review()
    r.go_to_page(0)
    due.pop()()
    assert kept == []
    assert r.widget.saved_page["revision"] == 0


def test_a_browser_that_asks_gets_the_page_as_it_is_now(monkeypatch):
    r, _, due, kept = shown_review()
    r.choose([0], "dog")
    due.pop()()
    sent = []
    monkeypatch.setattr(r.widget, "send", sent.append)
    r.widget._handle_custom_msg({"do": "saved_page"}, [])
    (answer,) = [message["saved_page"] for message in sent]
    assert answer["revision"] == 1
    assert answer["data"]["text/html"] == kept[0]


@pytest.mark.parametrize("message", [None, [], "saved_page", {}, {"do": "saved"}, {"do": ["saved_page"]}])
def test_other_messages_are_not_answered(message, monkeypatch):
    r, *_ = shown_review()
    sent = []
    monkeypatch.setattr(r.widget, "send", sent.append)
    r.widget._handle_custom_msg(message, [])
    assert sent == []


def test_the_page_is_sent_as_an_answer_to_the_request_that_changed_it():
    request, seen, done = contextvars.ContextVar("request", default="none"), [], threading.Event()
    request.set("the label key")

    def update():
        seen.append(request.get())
        done.set()

    saved_page._call_later(update)
    request.set("a later one")
    assert done.wait(20)
    assert seen == ["the label key"]
