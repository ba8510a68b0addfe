"""Run, gallery and review in a marimo app: progress while the cell runs, keys, and labels in another cell."""

import pytest
from notebook_review import label_of, row_of, tiles, wait_for_status

pytest.importorskip("marimo")

NOTEBOOK = '''
import marimo

app = marimo.App()


@app.cell
def _():
    import asyncio
    from pathlib import Path

    import marimo as mo
    import pandas as pd

    import jsdf
    from jsdf.testing import FakeEngine

    gate = Path({gate!r})

    class Gated(FakeEngine):
        """Answers one request, and the others once the test has seen the progress."""

        async def classify(self, question, values):
            while len(self.calls) > 0 and not gate.exists():
                await asyncio.sleep(0.02)
            return await super().classify(question, values)

    texts = pd.Series([f"text number {{i}}" for i in range(40)], name="text")
    return Gated, jsdf, mo, texts


@app.cell
def _(Gated, jsdf, texts):
    labels = jsdf.classify(texts, ["cat", "dog"], engine=Gated(batch_size=10, concurrency=1), cache=False)
    return (labels,)


@app.cell
def _(jsdf, labels, texts):
    jsdf.gallery(texts, labels)
    return


@app.cell
def _(jsdf, labels, texts):
    review = jsdf.review(texts, labels, resume=False)
    review
    return (review,)


@app.cell
def _(mo):
    button = mo.ui.run_button(label="read the labels")
    button
    return (button,)


@app.cell
def _(button, mo, review):
    mo.md(f"changed rows: {{list(review.changes['row'])}}" if button.value else "not read")
    return
'''
ARGUMENTS = "-q", "run", "labels.py", "--headless", "--no-token", "--no-check", "--host=127.0.0.1", "--port={port}"


def output_of(page, cell):
    return page.locator(".output-area").nth(cell)


def test_marimo_shows_the_progress_the_gallery_and_a_review_that_is_edited_by_keyboard(open_app, tmp_path):
    (tmp_path / "labels.py").write_text(NOTEBOOK.format(gate=str(tmp_path / "gate")))
    page = open_app("marimo", [str(tmp_path / part) if part == "labels.py" else part for part in ARGUMENTS])
    page.get_by_text("fake: 10/40 rows").wait_for()
    (tmp_path / "gate").touch()
    page.get_by_text("fake: 40 rows in").wait_for()
    views = page.locator("marimo-anywidget")
    tiles(views.nth(0)).first.wait_for()
    assert row_of(tiles(views.nth(0)).nth(3)) == 3
    review = views.nth(1)
    tiles(review).nth(3).focus()
    key, new = ("2", "dog") if label_of(tiles(review).nth(3)) == "cat" else ("1", "cat")
    page.keyboard.press(key)
    wait_for_status(review, f"row 3 now {new}")
    page.get_by_role("button", name="read the labels").click()
    page.get_by_text("changed rows: [3]").wait_for()
    page.screenshot(path=tmp_path / "marimo.png", full_page=True)
