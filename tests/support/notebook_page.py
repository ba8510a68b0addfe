"""A notebook on a page of the browser: its cells, what they show, its keys."""

import json

# A Promise counts as true to whoever waits, so this asks without one.
READY = """() => {
  const panel = window.jupyterapp?.shell.currentWidget, session = panel?.sessionContext
  const kernel = session?.session?.kernel
  return Boolean(panel?.context?.isReady && session?.isReady && panel.content?.activeCell
    && kernel?.connectionStatus === "connected" && kernel.status === "idle")
}"""
# By command, after setting the active cell: a click on a widget moves it.
START = """cell => {
  const app = window.jupyterapp
  app.shell.currentWidget.content.activeCellIndex = cell
  window.finished = app.commands.execute("notebook:run-cell")
}"""
CELLS = "() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.sharedModel.source)"
DIRTY = "() => window.jupyterapp.shell.currentWidget.context.model.dirty"
SHUT_DOWN = "async () => { await window.jupyterapp?.shell.currentWidget?.sessionContext?.shutdown() }"
WRONG = "application/vnd.jupyter.error", "application/vnd.jupyter.stderr"


class NotebookPage:
    """A notebook in JupyterLab or in Notebook 7.

    Args:
        page: Playwright's page.
        lab: The `Lab` that serves it.
        shots: The folder of the screenshots.
    """

    def __init__(self, page, lab, shots):
        self.page, self._lab, self._shots = page, lab, shots
        #: Every address that the page asked for.
        self.requests = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        #: What went wrong in the page's scripts once a notebook was there (before, Notebook 7 has an error of its own).
        self.errors = []

    def open(self, *cells, kernel="all"):
        """Make a notebook of these cells and show it, its kernel ready."""
        path = self._lab.root / "labels.ipynb"
        path.write_text(json.dumps(_notebook(cells, kernel)))
        self.page.goto(self._lab.address(path.name))
        self.page.wait_for_function(READY, timeout=60_000)
        self.page.on("pageerror", lambda error: self.errors.append(f"{error}\n{error.stack}"))
        self.page.evaluate("() => window.jupyterapp.shell.collapseLeft?.()")
        self.theme("Light")

    @property
    def panel(self):
        """The notebook without what stands around it."""
        return self.page.locator(".jp-WindowedPanel-outer")

    def start(self, cell):
        """Run a cell, and do not wait for it."""
        self.page.evaluate(START, cell)

    def finish(self):
        """Wait until the cell that was started last has ended."""
        self.page.evaluate("async () => { await window.finished }")

    def run(self, cell):
        """Run a cell to its end; returns the text below it."""
        self.start(cell)
        self.finish()
        return self.output(cell).inner_text().strip()

    def output(self, cell):
        """What stands below a cell."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-Cell-outputArea")

    def wrong(self):
        """The texts of errors and of whatever was said on stderr, warnings with it."""
        return self.page.locator(", ".join(f"[data-mime-type='{mime}']" for mime in WRONG)).all_inner_texts()

    def cells(self):
        """The sources of the cells as they are now."""
        return self.page.evaluate(CELLS)

    def is_dirty(self):
        """Whether there is something to save."""
        return self.page.evaluate(DIRTY)

    def wait_until_saved(self):
        """Wait until there is nothing to save."""
        self.page.wait_for_function(DIRTY.replace("=> ", "=> !"))

    def interrupt(self):
        """Press the toolbar's button."""
        self.page.locator("[data-jp-item-name=interrupt]").click()

    def theme(self, name):
        """Change to `"Light"` or `"Dark"`."""
        self.page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: `JupyterLab ${name}`})", name
        )
        light = "true" if name == "Light" else "false"
        self.page.locator(f"body[data-jp-theme-light='{light}']").wait_for(state="attached")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def shot(self, name, of=None):
        """Keep a picture of the page, or of one part of it; returns its bytes."""
        return (of or self.page).screenshot(path=self._shots / f"{name}.png", animations="disabled")

    def close(self):
        """Shut the kernel down, so that the next test has the machine to itself."""
        self.page.evaluate(SHUT_DOWN)


def _notebook(cells, kernel):
    return {
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{number}",
                "metadata": {},
                "source": source.strip(),
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(cells)
        ],
        "metadata": {"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
