"""Correction of one row, and its conversion to and from a record of the corrections file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

from jsdf.errors import InvalidInputError
from jsdf.formatting.text import quote
from jsdf.utils.characters import is_blank, repair_surrogates

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jsdf.display.gallery.row_labels import RowLabels

#: Label as a position among the choices, several labels as a tuple of positions, `()` for a removed label, or None.
LabelCode: TypeAlias = "int | tuple[int, ...] | None"


@dataclass(frozen=True)
class Correction:
    """Correction of one row.

    Attributes:
        label: The label that a person chose or accepted, `()` for a removed one; None if the label was not reviewed.
        label_before: Names of the row's labels before the correction; None if it had none.
        when: Time of the correction of the label, in UTC; of the note, if the label was not reviewed.
        is_marked: True if the row is marked for later.
        note: A person's note on the row; empty if there is none.
    """

    label: LabelCode = None
    label_before: tuple[str, ...] | None = None
    when: datetime | None = None
    is_marked: bool = False
    note: str = ""

    def with_mark(self, marked: bool) -> Correction:
        """Return a copy with this mark."""
        return replace(self, is_marked=marked)

    def with_note(self, note: str, when: datetime | None) -> Correction:
        """Return a copy with this note; its time is kept only if the label was not reviewed."""
        return replace(self, note=note, when=when if note and self.label is None else self.when_reviewed)

    @property
    def when_reviewed(self) -> datetime | None:
        """Time at which the label was reviewed; None if it was not."""
        return None if self.label is None else self.when


#: Correction of a row that was not reviewed.
NO_CORRECTION = Correction()
#: Characters of a note at most.
MAX_NOTE_CHARS = 2_000


def check_note(text: Any) -> str:
    """Return a note as it is kept: empty if it is blank, and with U+FFFD for lone surrogates, which no file holds.

    Raises:
        InvalidInputError: It is no string, or too long.
    """
    if not isinstance(text, str):
        raise InvalidInputError(f"text={quote(text)}: pass the note as a string; an empty one removes it")
    text = repair_surrogates(text)
    if len(text) > MAX_NOTE_CHARS:
        raise InvalidInputError(f"the note has {len(text):,} characters; shorten it to {MAX_NOTE_CHARS:,}")
    return "" if is_blank(text) else text


def label_names(row_labels: RowLabels, code: LabelCode) -> tuple[str, ...] | None:
    """Return the names of the labels with this code; None for no label."""
    if code is None:
        return None
    return tuple(row_labels.names[i] for i in (code if isinstance(code, tuple) else (code,)))


def to_record(correction: Correction, row_labels: RowLabels) -> dict[str, Any]:
    """Return the fields of a record that describe the correction; those of the row come from `RowMatcher.row_key`."""
    names = label_names(row_labels, correction.label)
    return {
        "to": None if names is None else list(names),
        "before": None if correction.label_before is None else list(correction.label_before),
        "at": None if correction.when is None else correction.when.isoformat(),
        "marked": correction.is_marked,
        "note": correction.note,
        "among": sorted(row_labels.names),
    }


def has_similar_labels(record: dict[str, Any], labels: Sequence[str]) -> bool:
    """Return True if the labels of a record share more than half of the smaller of the two sets.

    Labels may be added to or removed from a question. If hardly any are the same, it is another question with the
    same key.
    """
    among = record.get("among")
    if among is None:
        return True
    recorded, current = set(among), set(labels)
    return 2 * len(recorded & current) > min(len(recorded), len(current))


def from_record(record: dict[str, Any], row_labels: RowLabels, note: str = "") -> Correction | None:
    """Return the correction of a record; None if it has a label that the column cannot hold.

    Args:
        record: Record of a file.
        row_labels: Labels of the column; a new one is added to those that take any text.
        note: The row's note so far, which a record of a release without notes does not mention.
    """
    to, before, is_marked = record.get("to"), record.get("before"), record.get("marked") is True
    note = note if record.get("note") is None else record["note"]
    when = _parse_time(record.get("at"))
    if to is None:
        return Correction(is_marked=is_marked).with_note(note, when)
    if not row_labels.multiple and (len(to) > 1 or not (to or row_labels.can_clear)):
        return None
    codes = [code for code in (_find_or_add(name, row_labels) for name in to) if code is not None]
    if len(codes) < len(to):
        return None
    label: LabelCode = codes[0] if codes and not row_labels.multiple else tuple(sorted(set(codes)))
    return Correction(label, None if before is None else tuple(before), when, is_marked, note)


def merge(current: Correction, loaded: Correction) -> Correction:
    """Combine a row's correction with one from a file, which may set only a label, a mark or a note."""
    merged = (current if loaded.label is None else loaded).with_mark(current.is_marked or loaded.is_marked)
    return merged.with_note(loaded.note, loaded.when) if loaded.note else merged.with_note(current.note, current.when)


def _find_or_add(name: str, row_labels: RowLabels) -> int | None:
    if name in row_labels.names:
        return row_labels.names.index(name)
    return row_labels.add(name) if row_labels.accepts_new_labels else None


def _parse_time(value: Any) -> datetime | None:
    """Return a time in UTC, which one without a zone is taken for; None if it cannot be read or is out of range."""
    try:
        time = datetime.fromisoformat(value)
        return (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).astimezone(timezone.utc)
    except (TypeError, ValueError, OverflowError):  # the year 1 east of Greenwich
        return None
