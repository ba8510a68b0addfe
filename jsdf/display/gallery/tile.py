"""Content of one gallery tile, as plain values that every front end can draw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from jsdf.formatting.text import MAX_TILE_CHARS, sanitize
from jsdf.utils.paths import is_path, local_path

#: Characters of a text in a list, and of one that is shown alone; a browser cannot lay out a whole book.
MAX_LIST_CHARS, MAX_FOCUS_CHARS = 4_000, 20_000


@dataclass(frozen=True)
class Tile:
    """Content of the tile of one row.

    Attributes:
        row: Position of the row in the column.
        index: Index label of the row, as text.
        text: Start of the text, or name of the image.
        is_image: True if the value is an image; then `uri` or `reason` is set.
        uri: Thumbnail as a `data:` URI; empty if there is none.
        reason: Reason why there is no thumbnail or no answer; empty if there is none.
        labels: Positions of the row's labels among the choices.
        caption: Names of the row's labels.
        score: Score of the label, 0 to 1; None if unknown.
        status: Status of the row, such as "answered"; empty if the gallery has no labels.
        changed: True if the label was changed in this review.
        reviewed: True if the label was chosen or accepted in this review.
        marked: True if the row is marked for later.
        disagreement: Description of how two opinions on the row differ; empty if they do not.
        name: Name of the image's file, or its address; empty for texts and images in memory.
        note: A person's note on the row, as it was written; empty if there is none.
        alt: Description for screen readers.
    """

    row: int
    index: str
    text: str
    is_image: bool
    uri: str
    reason: str
    labels: tuple[int, ...]
    caption: str
    score: float | None
    status: str
    changed: bool = False
    reviewed: bool = False
    marked: bool = False
    disagreement: str = ""
    name: str = ""
    note: str = ""

    @property
    def alt(self) -> str:
        """Description of the tile for screen readers."""
        value = f"image {self.text}" if self.is_image else self.text
        state = f"label {self.caption}" if self.caption else self.status
        parts = [f"row {self.index}", value, *([state] if state else [])]
        parts += [f"no image: {self.reason}"] if self.is_image and not self.uri else []
        parts += [f"score {self.score:.2f}"] if self.score is not None else []
        flags = (("changed", self.changed), ("reviewed", self.reviewed), ("marked for later", self.marked))
        parts += [name for name, is_set in flags if is_set]
        return ", ".join(parts + ([self.disagreement] if self.disagreement else []))


def name_of(value: Any) -> str:
    """Return a name for an image: its path or URL, else its size."""
    if isinstance(value, str):
        return "image in a data: URI" if value[:5].lower() == "data:" else value
    if isinstance(value, PurePath):
        return str(value)
    size = getattr(value, "size", None)
    if isinstance(size, tuple):
        return "{} by {} pixels".format(*size)
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and len(shape) > 1:
        return f"{shape[1]} by {shape[0]} pixels"
    return f"{len(value):,} bytes" if isinstance(value, (bytes, bytearray)) else str(value)


def file_name(value: Any) -> str:
    """Return the name of an image's file, or its address; empty for texts of `data:` and images in memory."""
    if isinstance(value, PurePath):
        return value.name
    if not isinstance(value, str) or value[:5].lower() == "data:":
        return ""
    return PurePath(local_path(value)).name if is_path(value) else value


def describe_value(value: Any, max_chars: int = MAX_TILE_CHARS) -> str:
    """Return a value as text: a text itself, or the name of an image; None is a missing value."""
    if value is None:
        return "(no value)"
    return sanitize(value if isinstance(value, str) and value[:5].lower() != "data:" else name_of(value), max_chars)
