"""Draw the pictures in `notebooks/images` anew: the review in a page of Chromium, and a saved notebook.

    PYTHONPATH=. python tests/support/screenshots.py

The data are the pictures and texts of the tests; some labels are wrong, and the scores are drawn at random.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from grid_page import CHROMIUM, serve, tile
from PIL import Image

from jsdf.api.viewers import review

DATA = Path(__file__).resolve().parent / "data"
FOLDER = Path(__file__).resolve().parents[2] / "notebooks" / "images"
PHOTOS = Path("photos")  # of the working directory, so that the pictures show short paths
NAMES = ["animal", "tool", "food", "furniture"]
WORDS = {"tool": ("hammer", "measure", "pan", "cup", "plate"), "furniture": ("chair",), "food": ("hotdog",)}
TOPICS = ["sound", "battery", "price"]


def kind_of(path):
    return next((name for name, words in WORDS.items() if any(word in path.stem for word in words)), "animal")


def photos(n=120):
    """Return a review of photographs, with scores, a second opinion and other columns."""
    generator = np.random.default_rng(4)
    files = sorted(PHOTOS.iterdir())
    paths = [files[i % len(files)] for i in range(n)]
    truth = [kind_of(path) for path in paths]
    label = [name if generator.random() > 0.12 else NAMES[generator.integers(4)] for name in truth]
    scores = pd.DataFrame(generator.dirichlet([1] * 4, n), columns=NAMES)
    for row, name in enumerate(label):
        scores.loc[row, name] += 1 + 2 * (name == truth[row])
    columns = pd.DataFrame(
        {"camera": generator.choice(["north", "south", "yard"], n), "brightness": generator.normal(120, 30, n).round(1)}
    )
    values = pd.Series([str(path) for path in paths], name="photo")
    values[9] = str(PHOTOS / "lost.jpg")
    return review(
        values,
        pd.Series(label, dtype=pd.CategoricalDtype(NAMES), name="kind"),
        scores=scores.div(scores.sum(axis=1), axis=0),
        against=pd.Series(truth, dtype=pd.CategoricalDtype(NAMES)),
        columns=columns,
        size=128,
        resume=False,
    )


def reviews():
    """Return a review of texts with scores."""
    texts = pd.read_csv(DATA / "reviews.csv")["text"].astype(str)
    generator = np.random.default_rng(0)
    label = pd.Series(generator.choice(TOPICS, len(texts)), dtype=pd.CategoricalDtype(TOPICS))
    return review(texts, label, scores=pd.Series(generator.random(len(texts))), resume=False)


def press(page, *keys):
    tile(page, 0).focus()
    for key in keys:
        page.keyboard.press(key)
        page.wait_for_timeout(100)  # the picture shows what a person sees after a moment


def work(page):
    press(page, "Enter", "Enter", "1", "Enter", "m", "ArrowRight", "1", "ArrowRight")


def search(page):
    press(page, "v", "/", *"the")
    page.wait_for_timeout(400)
    page.keyboard.press("Escape")


def drag_over_scores(page):
    box = page.locator(".side .bars").first.bounding_box()
    page.mouse.move(box["x"] + 0.3 * box["width"], box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.62 * box["width"], box["y"] + 10)
    page.mouse.up()
    page.get_by_role("complementary").get_by_role("button", name="tool").click()


def choose_cell(page):
    page.locator(".confusion button.other").nth(1).click()


#: Name of the picture -> review, actions, theme, and width and height of the page.
PICTURES = {
    "workbench-grid": (photos, work, "light", 1400, 900),
    "workbench-list": (reviews, search, "light", 1400, 900),
    "workbench-focus": (photos, lambda page: press(page, "ArrowRight", "ArrowRight", "e"), "light", 1400, 900),
    "workbench-histogram": (photos, drag_over_scores, "light", 1400, 900),
    "workbench-confusion": (photos, choose_cell, "light", 1400, 900),
    "workbench-dark": (photos, work, "dark", 1400, 900),
    "workbench-narrow": (photos, lambda page: press(page), "light", 400, 900),
}
HIDDEN_CELL = f"""import sys
sys.path.insert(0, {str(Path(__file__).resolve().parent)!r})
import pandas as pd
from screenshots import photos
made = photos(24)
frame = pd.DataFrame({{"photo": made.table.column.values, "kind": made.labels}})
"""
CELL = """checked = frame.jigsaw.review("photo", "kind")
checked.choose([0, 1], "tool")
checked.mark([2])
checked"""


def saved_notebook():
    """Return the HTML of a saved notebook with a review, as nbconvert writes it."""
    import nbformat
    from nbclient import NotebookClient
    from nbconvert import HTMLExporter

    cells = [nbformat.v4.new_code_cell(source) for source in (HIDDEN_CELL, CELL)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, store_widget_state=False, timeout=120).execute()
    notebook.cells = notebook.cells[1:]
    return HTMLExporter().from_notebook_node(notebook)[0]


def save(name, take):
    with Image.open(io.BytesIO(take())) as picture:
        picture.convert("RGB").save(FOLDER / f"{name}.webp", quality=82, method=6)


def main():
    from playwright.sync_api import sync_playwright

    wanted = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["JSDF_CACHE_DIR"] = str(Path(folder, "store"))
        os.chdir(folder)
        PHOTOS.mkdir()
        for path in (DATA / "pictures").iterdir():
            if path.suffix in {".jpg", ".png"}:
                shutil.copy(path, PHOTOS)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, (make, act, scheme, width, height) in PICTURES.items():
            if wanted and name not in wanted:
                continue
            page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
            serve(page, make())
            act(page)
            page.wait_for_timeout(500)
            save(name, lambda page=page: page.locator(".jsdf-bench").screenshot())
            page.close()
        if not wanted or "workbench-saved" in wanted:
            page = browser.new_page(viewport={"width": 1400, "height": 1000})
            page.set_content(saved_notebook())
            save("workbench-saved", lambda: page.screenshot())
        browser.close()


if __name__ == "__main__":
    main()
