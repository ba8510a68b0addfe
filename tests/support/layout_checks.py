"""Faults of a page that a person would see: controls that overlap, are cut off, or fail axe-core's rules."""

from pathlib import Path

AXE = Path(__file__).parent / "data" / "axe-core" / "axe.min.js"
MEASURE = Path(__file__).with_name("layout_faults.js")


def layout_faults(page, *, scrolls=False):
    """Return one line for each control of the view that is cut off, covered, too small, or lies over another.

    Args:
        page: Playwright's page.
        scrolls: True if the view is in a notebook, which may be scrolled so that others cover it.
    """
    return page.evaluate(MEASURE.read_text("utf-8"), scrolls)


def axe_violations(page):
    """Return one line for each violation that axe-core finds in the view."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("async () => (await axe.run(document.getElementById('out') ?? '.jsdf-bench')).violations")
    return [f"{one['id']}: {one['help']}, {len(one['nodes'])} times: {one['nodes'][0]['html'][:200]}" for one in found]
