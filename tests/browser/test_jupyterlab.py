"""Gallery and review in JupyterLab: views, clicks and keys, and the labels in the next cell."""

from notebook_review import CORRECTED, REVIEW, SETUP, correct_labels, label_of, tiles, wait_for_status

COUNTS = 'print((photos["label"] == "tool").sum(), photos["photo"].str.contains("hammer").sum())'
GALLERY = 'photos.jigsaw.gallery("photo", run)'
ACTIVE = "() => window.jupyterapp.shell.currentWidget.content.activeCellIndex"


def test_a_gallery_filters_by_label_and_text(notebook):
    notebook.open(SETUP, COUNTS, GALLERY)
    notebook.run(0)
    tools, hammers = map(int, notebook.run(1).split())
    notebook.run(2)
    output = notebook.output(2)
    tiles(output).first.locator("img").wait_for()
    notebook.shot("gallery", of=notebook.panel)
    output.get_by_role("complementary", name="filters").get_by_role("button", name="tool").click()
    wait_for_status(output, f"{tools} of 200 rows")
    assert {"tool"} == {label_of(tile) for tile in tiles(output).all()}
    output.get_by_title("remove the filter: tool").click()
    wait_for_status(output, "200 of 200 rows")
    output.get_by_label("search", exact=True).fill("HAMMER")
    wait_for_status(output, f"{hammers} of 200 rows")
    assert all("hammer" in tile.get_attribute("data-name") for tile in tiles(output).all())
    notebook.shot("hammers", of=notebook.panel)
    tiles(output).first.click()
    output.locator(".focus img").first.wait_for()
    notebook.shot("enlarged", of=notebook.panel)
    notebook.theme("Dark")
    notebook.shot("enlarged-dark", of=notebook.panel)
    assert notebook.wrong() == []


def test_five_labels_are_corrected_by_keyboard_and_the_next_cell_has_them(notebook):
    notebook.open(SETUP, REVIEW, CORRECTED)
    before = notebook.cells()
    notebook.run(0)
    notebook.run(1)
    output = notebook.output(1)
    tiles(output).first.locator("img").wait_for()
    tiles(output).first.focus()
    changed = correct_labels(notebook, output, 5)
    notebook.page.keyboard.press("End")
    labels, last = output.get_by_role("group", name="labels"), output.locator("[role=gridcell]:focus")
    head, last = labels.bounding_box(), last.bounding_box()
    assert head["y"] >= notebook.panel.bounding_box()["y"]
    assert head["y"] + head["height"] <= last["y"]
    for key in "xdd":  # in JupyterLab's command mode they cut and delete the cell
        notebook.page.keyboard.press(key)
    output.evaluate("node => node.scrollIntoView()")
    notebook.shot("review", of=notebook.panel)
    assert notebook.cells() == before
    notebook.widget(1).get_by_text("reviewed, 5 changed").wait_for()
    notebook.page.keyboard.press("Escape")  # returns the keys to JupyterLab
    notebook.page.keyboard.press("ArrowUp")
    assert notebook.page.evaluate(ACTIVE) == 0
    assert notebook.run(2) == f"category {dict(sorted(changed.items()))}"
    assert notebook.wrong() == []
    notebook.theme("Dark")
    notebook.shot("review-dark", of=notebook.panel)
