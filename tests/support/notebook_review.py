"""Review of images in a notebook: its cells, and a simulated user who corrects labels by keyboard."""

import re

SETUP = """
from pathlib import Path
import pandas as pd
import jsdf

labels = ["animal", "food", "furniture", "kitchenware", "tool"]
photos = pd.DataFrame({"photo": sorted(map(str, Path("photos").iterdir()))})
run = photos.jigsaw.run("photo", labels, engine="local", progress=False)
photos["label"] = run.labels
"""
REVIEW = 'review = photos.jigsaw.review("photo", run, resume=False)\nreview'
CORRECTED = """
photos["label"] = review.labels
print(photos["label"].dtype, photos.loc[review.changes["row"], "label"].to_dict())
"""
LABELS = ["animal", "food", "furniture", "kitchenware", "tool"]
#: Prefix of a file name -> true label; all other files are animals.
LABELS_BY_PREFIX = {
    "hotdog": "food",
    "chair": "furniture",
    "cup": "kitchenware",
    "pan-": "kitchenware",
    "plate": "kitchenware",
    "hammer": "tool",
    "measuringTape": "tool",
}
ROW = re.compile(r"row (\d+)")


def tiles(output):
    return output.get_by_role("gridcell").filter(visible=True)


def wait_for_status(output, message):
    output.get_by_role("status").get_by_text(message, exact=True).wait_for(state="attached")


def true_label(title):
    return next((label for prefix, label in LABELS_BY_PREFIX.items() if title.startswith(f"photos/{prefix}")), "animal")


def row_of(tile):
    """Return the position of a tile's row."""
    return int(ROW.match(tile.get_attribute("data-name"))[1])


def label_of(tile):
    return tile.locator(".chips").inner_text()


def correct_labels(notebook, output, count):
    """Go from tile to tile until `count` labels were changed; return row -> new label."""
    changed = {}
    while len(changed) < count:
        tile = output.locator("[role=gridcell]:focus")
        row, right = row_of(tile), true_label(tile.locator(".facts bdi").get_attribute("title"))
        if label_of(tile) != right:
            notebook.page.keyboard.press(str(LABELS.index(right) + 1))
            wait_for_status(output, f"row {row} now {right}")
            changed[row] = right
        notebook.page.keyboard.press("Enter")
        wait_for_status(output, f"row {row} accepted")
    return changed
