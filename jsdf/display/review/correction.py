"""What a person said about one row, and how a line of a journal says it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jsdf.display.gallery.row_labels import Labelling

#: A label as a position in the choices, several as a tuple of them, `()` for a row without a label, or None.
Chosen: TypeAlias = "int | tuple[int, ...] | None"


@dataclass(frozen=True)
class Verdict:
    """What was said about a row.

    Attributes:
        said: The label that a person chose or accepted, `()` for none; None where nothing was said.
        before: The names that the row was labelled with then; None where it had no label.
        at: When, in UTC.
        marked: Whether it is marked for later.
    """

    said: Chosen = None
    before: tuple[str, ...] | None = None
    at: datetime | None = None
    marked: bool = False

    def marking(self, marked: bool) -> Verdict:
        """The same, marked or not."""
        return replace(self, marked=marked)


#: Nothing was said.
SILENT = Verdict()


def names(labelling: Labelling, chosen: Chosen) -> tuple[str, ...] | None:
    """A label as names."""
    if chosen is None:
        return None
    return tuple(labelling.names[i] for i in (chosen if isinstance(chosen, tuple) else (chosen,)))


def to_record(verdict: Verdict, labelling: Labelling) -> dict[str, Any]:
    """The part of a line that says what was said."""
    said = names(labelling, verdict.said)
    return {
        "to": None if said is None else list(said),
        "before": None if verdict.before is None else list(verdict.before),
        "at": None if verdict.at is None else verdict.at.isoformat(),
        "marked": verdict.marked,
        "among": sorted(labelling.names),
    }


def alike(record: dict[str, Any], labels: Sequence[str]) -> bool:
    """Whether a line was written among much the same labels as these: most of the fewer ones are in both.

    Labels come and go while the question stays; where hardly any of them is the same, it is another question under
    the same name.
    """
    among = record.get("among")
    if among is None or not _texts(among):
        return True
    there, here = set(among), set(labels)
    return 2 * len(there & here) > min(len(there), len(here))


def from_record(record: dict[str, Any], labelling: Labelling) -> Verdict | None:
    """What a line says; None where it names a label that the column cannot hold, or makes no sense."""
    to, before, marked = record.get("to"), record.get("before"), record.get("marked") is True
    if to is None:
        return Verdict(marked=marked)
    if not _texts(to) or not (before is None or _texts(before)):
        return None
    if not labelling.multiple and (len(to) > 1 or not (to or labelling.clearable)):
        return None
    positions = [place for place in (_position(name, labelling) for name in to) if place is not None]
    if len(positions) < len(to):
        return None
    found: Chosen = positions[0] if positions and not labelling.multiple else tuple(sorted(set(positions)))
    return Verdict(found, None if before is None else tuple(before), _time(record.get("at")), marked)


def _position(name: str, labelling: Labelling) -> int | None:
    if name in labelling.names:
        return labelling.names.index(name)
    return labelling.add(name) if labelling.open else None


def _texts(given: Any) -> bool:
    return isinstance(given, list) and all(isinstance(name, str) for name in given)


def _time(given: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        return None
    return found.astimezone(timezone.utc)
