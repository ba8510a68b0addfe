"""A review of pictures in a notebook: its cells, and a person who puts labels right by keyboard."""

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
#: How the names of files begin -> what is to be seen in them; everything else is an animal.
THINGS = {
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


def said(output, words):
    output.get_by_role("status").get_by_text(words, exact=True).wait_for(state="attached")


def truth(title):
    return next((label for thing, label in THINGS.items() if title.startswith(f"photos/{thing}")), "animal")


def put_right(notebook, output, wanted):
    """Go from tile to tile as a person does, until so many labels were changed; returns what they were changed to."""
    changed = {}
    while len(changed) < wanted:
        tile = output.locator("[role=gridcell]:focus")
        row = ROW.match(tile.get_attribute("aria-label"))[1]
        right = truth(tile.get_attribute("title"))
        if tile.locator(".jsdf-label").inner_text() != right:
            notebook.page.keyboard.press(str(LABELS.index(right) + 1))
            said(output, f"row {row} now {right}")
            changed[int(row)] = right
        notebook.page.keyboard.press("Enter")
        said(output, f"row {row} accepted")
    return changed
