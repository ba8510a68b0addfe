"""Filters of a gallery, as values that can be compared and sent to a browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jsdf.formatting.text import sanitize

if TYPE_CHECKING:
    from jsdf.display.gallery.fields import FieldFilter

#: Characters of a search.
MAX_SEARCH_CHARS = 1_000


@dataclass(frozen=True)
class Filters:
    """Filters of a gallery; a row is shown if it matches all of them.

    Attributes:
        labels: Positions of labels, of which a row has at least one; `NO_LABEL` stands for rows without any.
        status: Status of the rows; None for any.
        text: Characters to find in the text, path or URL, ignoring case; empty for any.
        score: Lowest and highest score, both included; None for any.
        cell: Position of the row's label, and of the label that the second opinion gives; None for any.
        columns: Name of another column -> its filter.
    """

    labels: tuple[int, ...] = ()
    status: str | None = None
    text: str = ""
    score: tuple[float, float] | None = None
    cell: tuple[int, int] | None = None
    columns: Mapping[str, FieldFilter] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the filters as JSON values."""
        return {
            "labels": list(self.labels),
            "status": self.status,
            "text": sanitize(self.text, MAX_SEARCH_CHARS),
            "score": None if self.score is None else list(self.score),
            "cell": None if self.cell is None else list(self.cell),
            "columns": {name: wanted.to_json() for name, wanted in self.columns.items()},
        }
