"""Chromium, for the tests that look at a grid without a notebook around it."""

import pytest
from page_of_a_grid import CHROMIUM, serve


@pytest.fixture(scope="module")  # and no longer: while it is open, its loop runs in this thread
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def show(browser):
    """Opens a page that shows a state; it must not ask the network for anything, or raise."""
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
