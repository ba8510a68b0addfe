"""Page object for a notebook in a browser: runs its cells and reads their outputs."""

import json

# wait_for_function takes a Promise for true, so this uses none.
READY = """() => {
  const panel = window.jupyterapp?.shell.currentWidget, session = panel?.sessionContext
  const kernel = session?.session?.kernel
  return Boolean(panel?.context?.isReady && session?.isReady && panel.content?.activeCell
    && kernel?.connectionStatus === "connected" && kernel.status === "idle")
}"""
# By command, after setting the active cell, since clicks on widgets change it.
START = """cell => {
  const app = window.jupyterapp
  app.shell.currentWidget.content.activeCellIndex = cell
  window.finished = app.commands.execute("notebook:run-cell")
}"""
CELLS = "() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell => cell.model.sharedModel.source)"
DIRTY = "() => window.jupyterapp.shell.currentWidget.context.model.dirty"
SAVED = """cell => window.jupyterapp.shell.currentWidget.content.widgets[cell].model.sharedModel.getOutputs()
  .map(output => output.data?.["text/html"] ?? "").find(html => String(html).includes("jsdf-saved")) ?? null"""
SHUT_DOWN = "async () => { await window.jupyterapp?.shell.currentWidget?.sessionContext?.shutdown() }"
RESTART = "async () => { await window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart() }"
WRONG = "application/vnd.jupyter.error", "application/vnd.jupyter.stderr"


class NotebookPage:
    """A notebook in JupyterLab or in Notebook 7.

    Args:
        page: Playwright's page.
        lab: The `Lab` that serves it.
        shots: Folder for screenshots.
    """

    def __init__(self, page, lab, shots):
        self.page, self._lab, self._shots = page, lab, shots
        #: Addresses of all requests of the page.
        self.requests = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        #: Errors of the page's scripts after the notebook was opened; before, Notebook 7 raises one itself.
        self.errors = []

    def open(self, *cells, kernel="all"):
        """Create a notebook of these cells, open it, and wait until its kernel is ready."""
        self.open_notebook(notebook_of(cells, kernel))

    def open_notebook(self, content):
        """Write a notebook to a file, open it, and wait until its kernel is ready."""
        self._path = self._lab.root / "labels.ipynb"
        self._path.write_text(json.dumps(content))
        self.page.goto(self._lab.address(self._path.name))
        self.page.wait_for_function(READY, timeout=60_000)
        self.page.on("pageerror", self._on_error)
        self.page.evaluate("() => window.jupyterapp.shell.collapseLeft?.()")
        self.theme("Light")

    def _on_error(self, error):
        self.errors.append(f"{error}\n{error.stack}")

    @property
    def folder(self):
        """Folder of the notebook."""
        return self._lab.root

    @property
    def panel(self):
        """The notebook without menus and sidebars."""
        return self.page.locator(".jp-WindowedPanel-outer")

    def start(self, cell):
        """Start a cell without waiting for it."""
        self.page.evaluate(START, cell)

    def finish(self):
        """Wait for the end of the cell that was started last."""
        self.page.evaluate("async () => { await window.finished }")

    def run(self, cell):
        """Run a cell to its end and return the text of its output."""
        self.start(cell)
        self.finish()
        return self.output(cell).inner_text().strip()

    def output(self, cell):
        """Return the output area of a cell."""
        return self.page.locator(".jp-Notebook .jp-Cell").nth(cell).locator(".jp-Cell-outputArea")

    def widget(self, cell):
        """Return the widget of a gallery or a review in the output area of a cell."""
        return self.output(cell).locator(".jsdf-connected")

    def static_page(self, cell):
        """Return the static page beside the widget of a cell, which the notebook's file keeps."""
        return self.output(cell).locator(".jsdf-saved")

    def saved_html(self, cell):
        """Return the static page that the notebook's model holds for a cell: what would be saved now."""
        return self.page.evaluate(SAVED, cell)

    def wait_until_replaced(self, cell, html):
        """Wait until the static page of a cell is another one."""
        self.page.wait_for_function(f"([cell, html]) => ({SAVED})(cell) !== html", arg=[cell, html])

    def wrong(self):
        """Return the texts of all errors and of output on stderr, warnings included."""
        return self.page.locator(", ".join(f"[data-mime-type='{mime}']" for mime in WRONG)).all_inner_texts()

    def cells(self):
        """Return the current sources of the cells."""
        return self.page.evaluate(CELLS)

    def is_dirty(self):
        """Return True if there are unsaved changes."""
        return self.page.evaluate(DIRTY)

    def wait_until_saved(self):
        """Wait until there are no unsaved changes."""
        self.page.wait_for_function(DIRTY.replace("=> ", "=> !"))

    def save(self):
        """Save the notebook and return what its file holds."""
        self.page.evaluate("async () => { await window.jupyterapp.shell.currentWidget.context.save() }")
        return json.loads(self._path.read_text())

    def shut_down(self):
        """Shut down the kernel while the notebook stays open."""
        self.page.evaluate(SHUT_DOWN)

    def reopen(self):
        """Load the page anew and wait until the notebook's kernel is ready, a new one if the old one was shut down."""
        errors = list(self.errors)
        self.page.reload()
        self.page.wait_for_function(READY, timeout=60_000)
        self.errors[:] = errors

    def restart(self):
        """Restart the kernel and wait until it is ready."""
        self.page.evaluate(RESTART)
        self.page.wait_for_function(READY, timeout=60_000)

    def interrupt(self):
        """Click the interrupt button of the toolbar."""
        self.page.locator("[data-jp-item-name=interrupt]").click()

    def theme(self, name):
        """Switch to the theme `"Light"` or `"Dark"`."""
        self.page.evaluate(
            "name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: `JupyterLab ${name}`})", name
        )
        light = "true" if name == "Light" else "false"
        self.page.locator(f"body[data-jp-theme-light='{light}']").wait_for(state="attached")
        self.page.locator("#jupyterlab-splash").wait_for(state="detached")

    def shot(self, name, of=None):
        """Save a screenshot of the page, or of one element, and return its bytes."""
        return (of or self.page).screenshot(path=self._shots / f"{name}.png", animations="disabled")

    def close(self):
        """Shut down the kernel, so that it takes no CPU time from the next test."""
        self.page.evaluate(SHUT_DOWN)


def notebook_of(cells, kernel):
    """Return a notebook of code cells as JSON data."""
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
