"""Saved notebooks show a review's latest state, without a kernel too, and without an error in the widget's place."""

import json

import pytest
from notebook_review import tiles, wait_for_status

TEXTS = """
import pandas as pd, jsdf
texts = pd.DataFrame({"text": [f"text number {i}" for i in range(60)]})
texts["label"] = pd.Categorical(["cat"] * 60, categories=["cat", "dog", "bird"])
"""
REVIEW = 'review = jsdf.review(texts["text"], texts["label"], resume=False)\nreview'
FOCUSED = "document.activeElement.shadowRoot?.activeElement?.dataset.name ?? ''"
ERRORS = "Error displaying widget", "model not found", "Loading widget"


def show_review(page):
    """Open a notebook whose second cell shows a review, with its static page hidden."""
    page.open(TEXTS, REVIEW)
    page.run(0)
    page.start(1)
    tiles(page.output(1)).first.wait_for()
    assert not page.static_page(1).is_visible()


def choose(page, row, key, label):
    """Give a label to a row by keyboard; wait for the static page that shows it, which must not take the focus."""
    before = page.saved_html(1)
    tiles(page.output(1)).nth(row).focus()
    page.page.keyboard.press(key)
    wait_for_status(page.output(1), f"row {row} now {label}")
    page.wait_until_replaced(1, before)
    assert page.page.evaluate(FOCUSED).startswith(f"row {row},")
    assert not page.static_page(1).is_visible()


def assert_static(page, *, changed):
    """Assert that the cell shows its static page, with this many changed labels, and no widget or error."""
    page.static_page(1).get_by_text(f"{changed} changed").wait_for()
    shown = page.output(1).inner_text()
    assert not [error for error in ERRORS if error in shown]
    assert page.output(1).locator("[role=gridcell], button").filter(visible=True).count() == 0


def assert_converted(context, notebook, *, changed):
    """Assert that nbconvert's page of a notebook shows the static page, without a network."""
    import nbformat
    from nbconvert import HTMLExporter

    page = context.new_page()
    page.set_content(HTMLExporter().from_notebook_node(nbformat.reads(json.dumps(notebook), 4))[0], wait_until="commit")
    page.locator(".jsdf-saved").get_by_text(f"{changed} changed").wait_for()
    assert not [error for error in ERRORS if error in page.locator("body").inner_text()]
    page.close()


@pytest.mark.parametrize("host", ["notebook", "notebook7"])
def test_a_label_chosen_in_the_browser_is_in_the_file_and_shown_without_a_kernel(host, request):
    page = request.getfixturevalue(host)
    show_review(page)
    choose(page, 2, "2", "dog")
    saved = page.save()
    page.shot("live")
    page.shut_down()
    assert_static(page, changed=1)
    page.shot("kernel-ended")
    page.reopen()
    assert_static(page, changed=1)
    page.shot("reopened")
    assert_converted(page.page.context, saved, changed=1)


def test_a_label_chosen_after_a_reload_is_in_the_file_too(notebook):
    """JupyterLab drops a kernel's updates of outputs of the page before; the widget replaces the static page there."""
    show_review(notebook)
    choose(notebook, 2, "2", "dog")
    notebook.save()
    notebook.reopen()
    tiles(notebook.output(1)).first.wait_for()
    assert not notebook.static_page(1).is_visible()
    choose(notebook, 3, "3", "bird")
    assert_converted(notebook.page.context, notebook.save(), changed=2)


def test_a_restarted_kernel_and_an_untrusted_notebook_leave_the_static_page(notebook):
    show_review(notebook)
    choose(notebook, 5, "2", "dog")
    choose(notebook, 6, "2", "dog")
    choose(notebook, 7, "3", "bird")
    notebook.restart()
    assert_static(notebook, changed=3)
    received = notebook.save()
    received["cells"][0]["source"] += ["# from somebody else, whose outputs JupyterLab does not trust"]
    notebook.open_notebook(received)
    assert_static(notebook, changed=3)
    notebook.shot("untrusted")


def test_a_notebook_executed_by_nbconvert_shows_the_static_page_offline(browser, monkeypatch, tmp_path):
    """It keeps the widget's state too, whose scripts nbconvert's page would fetch from a server."""
    import nbclient
    import nbformat

    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JSDF_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    change = "review.choose([1, 2, 3, 4], 'bird'); review._saved_page.update()"
    cells = [nbformat.v4.new_code_cell(code) for code in (TEXTS, REVIEW, change)]
    executed = nbclient.NotebookClient(nbformat.v4.new_notebook(cells=cells), timeout=60).execute()
    assert executed["metadata"]["widgets"]
    context = browser.new_context()
    assert_converted(context, json.loads(nbformat.writes(executed)), changed=4)
    context.close()
