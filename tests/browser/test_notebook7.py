"""Notebook 7 takes keys before the page's own elements do, JupyterLab after them: the same review, the same keys."""

from notebook_review import CORRECTED, REVIEW, SETUP, put_right, tiles


def test_keys_of_a_review_are_its_own_and_the_next_cell_has_the_labels(notebook7):
    notebook7.open(SETUP, REVIEW, CORRECTED)
    before = notebook7.cells()
    notebook7.run(0)
    notebook7.run(1)
    output = notebook7.output(1)
    tiles(output).first.get_by_role("img").wait_for()
    tiles(output).first.click()
    changed = put_right(notebook7, output, 2)
    for key in "xdd":  # in command mode they cut and delete the cell
        notebook7.page.keyboard.press(key)
    assert notebook7.is_dirty()
    notebook7.page.keyboard.press("Control+s")  # this one is the notebook's
    notebook7.wait_until_saved()
    notebook7.shot("review", of=notebook7.panel)
    assert notebook7.cells() == before
    assert notebook7.run(2) == f"category {dict(sorted(changed.items()))}"
    assert notebook7.wrong() == []
