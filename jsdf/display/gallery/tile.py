"""One tile of a gallery: what is shown of a row, as plain values that any front end can draw."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from jsdf.formatting.text import MAX_TILE_CHARS, sanitize

#: Characters of a text that is enlarged; a browser would choke on a book.
MAX_ENLARGED_CHARS = 20_000


@dataclass(frozen=True)
class Tile:
    """What is shown of a row.

    Attributes:
        row: Its position in the column.
        index: Its index label, as text.
        text: The start of the text, or the name of the image.
        is_image: Whether the value is an image, which `uri` or `reason` stands for.
        uri: A `data:` URI made here; empty where there is no picture.
        reason: Why there is no picture or no answer; empty where there is none.
        labels: Positions of its labels in the choices.
        caption: Its labels in words.
        score: How sure the label is, 0 to 1; None where unknown.
        status: In a word; empty where nothing is asked.
        changed: A person gave it another label.
        reviewed: A person looked at it.
        marked: It is marked for later.
        disagreement: Two opinions on it differ; empty or what the other one is.
        alt: What a screen reader says of it.
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

    @property
    def alt(self) -> str:
        """See the class."""
        what = f"image {self.text}" if self.is_image else self.text
        state = f"label {self.caption}" if self.caption else self.status
        parts = [f"row {self.index}", what, *([state] if state else [])]
        parts += [f"no picture: {self.reason}"] if self.is_image and not self.uri else []
        parts += [f"score {self.score:.2f}"] if self.score is not None else []
        flags = (("changed", self.changed), ("reviewed", self.reviewed), ("marked for later", self.marked))
        parts += [name for name, on in flags if on]
        return ", ".join(parts + ([self.disagreement] if self.disagreement else []))


def name_of(value: Any) -> str:
    """An image in words: its path or address, else what it is."""
    if isinstance(value, str):
        return "in the column itself" if value[:5].lower() == "data:" else value
    if isinstance(value, PurePath):
        return str(value)
    size = getattr(value, "size", None)
    if isinstance(size, tuple):
        return "{} by {} pixels".format(*size)
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and len(shape) > 1:
        return f"{shape[1]} by {shape[0]} pixels"
    return f"{len(value):,} bytes" if isinstance(value, (bytes, bytearray)) else str(value)


def describe_value(value: Any, most: int = MAX_TILE_CHARS) -> str:
    """A value in words, None being a missing one."""
    if value is None:
        return "(nothing)"
    return sanitize(value if isinstance(value, str) and value[:5].lower() != "data:" else name_of(value), most)
