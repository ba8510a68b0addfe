"""Keys of a review in Notebook 7, which handles keys before the page's elements; JupyterLab does so after them."""

from notebook_review import CORRECTED, REVIEW, SETUP, correct_labels, tiles


def test_a_review_handles_its_keys_and_the_next_cell_has_the_labels(notebook7):
    notebook7.open(SETUP, REVIEW, CORRECTED)
    before = notebook7.cells()
    notebook7.run(0)
    notebook7.run(1)
    output = notebook7.output(1)
    tiles(output).first.locator("img").wait_for()
    tiles(output).first.click()
    changed = correct_labels(notebook7, output, 2)
    for key in "xdd":  # in command mode they cut and delete the cell
        notebook7.page.keyboard.press(key)
    assert notebook7.is_dirty()
    notebook7.page.keyboard.press("Control+s")  # left to the notebook
    notebook7.wait_until_saved()
    notebook7.shot("review", of=notebook7.panel)
    assert notebook7.cells() == before
    assert notebook7.run(2) == f"category {dict(sorted(changed.items()))}"
    assert notebook7.wrong() == []
