"""What a person said about one row, and how a line of a journal says it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jsdf.display.gallery.row_labels import RowLabels

#: A label as a position in the choices, several as a tuple of them, `()` for a row without a label, or None.
LabelCode: TypeAlias = "int | tuple[int, ...] | None"


@dataclass(frozen=True)
class Correction:
    """What was said about a row.

    Attributes:
        label: The label that a person chose or accepted, `()` for none; None where nothing was said.
        label_before: The names that the row was labelled with then; None where it had no label.
        when: When, in UTC.
        is_marked: Whether it is marked for later.
    """

    label: LabelCode = None
    label_before: tuple[str, ...] | None = None
    when: datetime | None = None
    is_marked: bool = False

    def with_mark(self, marked: bool) -> Correction:
        """The same, marked or not."""
        return replace(self, is_marked=marked)


#: Nothing was said.
NO_CORRECTION = Correction()


def label_names(row_labels: RowLabels, chosen: LabelCode) -> tuple[str, ...] | None:
    """A label as names."""
    if chosen is None:
        return None
    return tuple(row_labels.names[i] for i in (chosen if isinstance(chosen, tuple) else (chosen,)))


def to_record(correction: Correction, row_labels: RowLabels) -> dict[str, Any]:
    """The part of a line that says what was said."""
    said = label_names(row_labels, correction.label)
    return {
        "to": None if said is None else list(said),
        "before": None if correction.label_before is None else list(correction.label_before),
        "at": None if correction.when is None else correction.when.isoformat(),
        "marked": correction.is_marked,
        "among": sorted(row_labels.names),
    }


def has_similar_labels(record: dict[str, Any], labels: Sequence[str]) -> bool:
    """Whether a line was written among much the same labels as these: most of the fewer ones are in both.

    Labels come and go while the question stays; where hardly any of them is the same, it is another question under
    the same name.
    """
    among = record.get("among")
    if among is None or not _texts(among):
        return True
    there, here = set(among), set(labels)
    return 2 * len(there & here) > min(len(there), len(here))


def from_record(record: dict[str, Any], row_labels: RowLabels) -> Correction | None:
    """What a line says; None where it names a label that the column cannot hold, or makes no sense."""
    to, before, marked = record.get("to"), record.get("before"), record.get("marked") is True
    if to is None:
        return Correction(is_marked=marked)
    if not _texts(to) or not (before is None or _texts(before)):
        return None
    if not row_labels.multiple and (len(to) > 1 or not (to or row_labels.can_clear)):
        return None
    positions = [place for place in (_position(name, row_labels) for name in to) if place is not None]
    if len(positions) < len(to):
        return None
    found: LabelCode = positions[0] if positions and not row_labels.multiple else tuple(sorted(set(positions)))
    return Correction(found, None if before is None else tuple(before), _time(record.get("at")), marked)


def _position(name: str, row_labels: RowLabels) -> int | None:
    if name in row_labels.names:
        return row_labels.names.index(name)
    return row_labels.add(name) if row_labels.accepts_new_labels else None


def _texts(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(name, str) for name in given)


def _time(given: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        return None
    return found.astimezone(timezone.utc)
