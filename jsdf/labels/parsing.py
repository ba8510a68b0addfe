"""Everything a caller may pass as labels -> one `LabelSet`."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from jsdf.errors import InvalidLabelsError
from jsdf.formatting.text import quote
from jsdf.labels.label_set import Label, LabelClass, LabelSet, number_to_text
from jsdf.utils.call_site import warn
from jsdf.utils.image_names import looks_like_image_name
from jsdf.utils.paths import file_exists

Labels: TypeAlias = Any  # a union of a dozen shapes helps no reader: `parse` documents them


class ImageLikeLabelWarning(UserWarning):
    """A label's words could be the name of an example image."""


_EXAMPLE = "as in ['positive', 'negative']"


def parse(labels: Labels) -> LabelSet:
    """Read labels in any accepted form.

    Args:
        labels: A list of strings; a mapping of name to description, or to a list of descriptions and
            `jsdf.image(...)`; `Label` objects; the API's own dicts; an `Enum` class (its string values,
            else its member names); a `CategoricalDtype`, a `Categorical` or an `Index`.

    Returns:
        The labels as a `LabelSet`, in the order given. Warns where words look like an image's path or address.

    Raises:
        InvalidLabelsError: Fewer than two distinct names, a duplicate, an empty or non-string label.
    """
    members = [_checked(label, labels) for label in _read(labels)]
    groups: dict[str, list[Label]] = {}
    for label in members:
        group = groups.setdefault(label.name, [])
        if label in group or (group and (label.key is None or group[0].key is None)):
            raise InvalidLabelsError(f"labels: {label.name!r} is there twice; pass each label once")
        group.append(label)
    if len(groups) < 2:
        raise InvalidLabelsError(f"labels={quote(labels, 80)}: pass at least two distinct labels, {_EXAMPLE}")
    found = LabelSet(tuple(LabelClass(name, tuple(group)) for name, group in groups.items()))
    _check_ambiguity(found)
    suspects = image_like_texts(found)
    if suspects:
        more = f" (and {len(suspects) - 1:,} more)" if len(suspects) > 1 else ""
        cure = f"jsdf.image({quote(suspects[0], 80)}) if it is an image"
        warn(f"labels: {quote(suspects[0], 80)}{more} is read as words; pass {cure}", ImageLikeLabelWarning)
    return found


def image_like_texts(labels: LabelSet, folder: Path | None = None) -> list[str]:
    """The words of labels that look like an image's path or address: one with blanks only where there is such a file.

    Args:
        labels: Any.
        folder: Where relative paths start; None for where the process is.
    """
    words = [m.value for cls in labels.classes for m in cls.members if m.type == "text"]
    return [
        w
        for w in words
        if looks_like_image_name(w) and (not any(map(str.isspace, w)) or file_exists(w, folder or Path()))
    ]


def _read(labels: Labels) -> list[Label]:
    if isinstance(labels, Mapping):
        if {"type", "value"} <= set(labels) or not labels:
            raise InvalidLabelsError(f"labels={quote(labels, 80)}: pass a list of at least two labels, {_EXAMPLE}")
        return [label for name, given in labels.items() for label in _parse_described(name, given)]
    if isinstance(labels, type) and issubclass(labels, enum.Enum):
        values = [m.value for m in labels]
        texts = all(isinstance(v, str) for v in values)
        return [Label(m.value if texts else m.name) for m in labels]
    if isinstance(labels, pd.CategoricalDtype):
        labels = [] if labels.categories is None else labels.categories
    if isinstance(labels, (pd.Categorical, pd.CategoricalIndex)):
        labels = labels.categories
    if isinstance(labels, (str, bytes, set, frozenset)) or not isinstance(labels, Iterable):
        why = "a set has no order; " if isinstance(labels, (set, frozenset)) else ""
        raise InvalidLabelsError(f"labels={quote(labels, 80)}: {why}pass a list of at least two labels, {_EXAMPLE}")
    return [_parse_one(label) for label in labels]


def _parse_described(name: object, given: object) -> list[Label]:
    if not isinstance(name, str):
        raise InvalidLabelsError(f"labels: the name {name!r} is not a string; write it as {str(name)!r}")
    parts = list(given) if isinstance(given, (list, tuple)) else [given]
    if not parts:
        raise InvalidLabelsError(f"labels: {name!r} has no description; give it one, or pass a plain list of names")
    return [_parse_part(name, part) for part in parts]


def _parse_part(name: str, part: object) -> Label:
    if isinstance(part, Label):
        return Label(part.value, name, part.type, part.text)
    if isinstance(part, str):
        return Label(part, name)
    raise InvalidLabelsError(
        f"labels: {name!r} is described by {quote(part, 80)}; use a string, jsdf.image(...), or a list of them"
    )


def _parse_one(label: object) -> Label:
    if isinstance(label, Label):
        return label
    if isinstance(label, str):
        return Label(str(label))
    if isinstance(label, Mapping):
        return _from_json(label)
    kind = type(label).__name__
    raise InvalidLabelsError(f"labels: {label!r} ({kind}) is not a string; write it as {str(label)!r}")


def _from_json(body: Mapping[Any, Any]) -> Label:
    unknown = set(body) - {"key", "type", "value", "text"}
    if unknown or "value" not in body:
        raise InvalidLabelsError(
            f"labels: {quote(dict(body), 80)} is not a label; it takes 'value' and may have 'key', 'type' and 'text'"
        )
    key: Any = body.get("key")
    if isinstance(key, (int, float)) and not isinstance(key, bool):
        key = number_to_text(key)  # the service's keys may be numbers, and pandas' categories want one type
    return Label(body["value"], key, body.get("type", "text"), body.get("text"))


def _checked(label: Label, labels: Labels) -> Label:
    for field, value in (("value", label.value), ("key", label.key), ("text", label.text)):
        if value is None and field != "value":
            continue
        if not isinstance(value, str):
            raise InvalidLabelsError(f"labels: the {field} {value!r} is not a string")
        if not value.strip():
            raise InvalidLabelsError(
                f"labels={quote(labels, 80)}: a label's {field} is empty ({value!r}); write it out"
            )
        if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
            raise InvalidLabelsError(f"labels: {value!r} holds a lone surrogate, which UTF-8 cannot carry")
    if label.type == "image" and label.key is None and label.value[:5].lower() == "data:":
        raise InvalidLabelsError("labels: an image in memory has no name; give it one: {'name': jsdf.image(...)}")
    if label.type not in ("text", "image"):
        raise InvalidLabelsError(f"labels: {label.value!r} has the type {label.type!r}; use 'text' or 'image'")
    return label


def _check_ambiguity(found: LabelSet) -> None:
    """Refuse what would make an answer ambiguous, whichever way the service spells it."""
    by_digest: dict[bytes, str] = {}
    names = set(found.names)
    for cls in found.classes:
        twin = by_digest.setdefault(cls.digest, cls.name)
        if twin != cls.name:
            raise InvalidLabelsError(
                f"labels: {twin!r} and {cls.name!r} have the same description; no answer could tell them apart"
            )
        stolen = next((m.value for m in cls.members if m.value in names and m.value != cls.name), None)
        if stolen is not None:
            raise InvalidLabelsError(
                f"labels: {cls.name!r} is described by {stolen!r}, which is another label's name; reword it"
            )
