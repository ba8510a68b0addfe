"""Parse every accepted form of labels to a `LabelSet`."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from jsdf.errors import InvalidLabelsError
from jsdf.formatting.text import quote
from jsdf.labels.forms import Described, to_plain, to_scalar
from jsdf.labels.label_set import Label, LabelClass, LabelSet, number_to_text
from jsdf.labels.look_alikes import warn_of_look_alikes
from jsdf.utils.call_site import warn
from jsdf.utils.characters import escapes_bytes, has_surrogate, is_blank, join_surrogates
from jsdf.utils.image_names import looks_like_image_name
from jsdf.utils.missing import is_missing
from jsdf.utils.paths import file_exists

Labels: TypeAlias = Any  # a union of a dozen shapes helps no reader: `parse` documents them


class ImageLikeLabelWarning(UserWarning):
    """Warning that a label given as text looks like the path or URL of an example image."""


_EXAMPLE = "as in ['positive', 'negative']"


def parse(labels: Labels) -> LabelSet:
    """Parse labels in any accepted form.

    Warns if a text looks like an image's path or URL (`ImageLikeLabelWarning`), and if two labels look alike.

    Args:
        labels: A list of strings; a mapping of name to description, or to a list of descriptions and
            `jsdf.image(...)`; `Label` objects; dicts in the service's JSON form; an `Enum` class or a list of its
            members (their values if all are strings, else their names); a `CategoricalDtype`, a `Categorical` or an
            `Index`; a frame with the columns `name` and `description`; a Series, with descriptions if its index
            holds names; an array of Arrow or a Series of polars.

    Returns:
        The labels as a `LabelSet`, in the order given.

    Raises:
        InvalidLabelsError: There are fewer than two distinct names, or a label is a duplicate, empty,
            ambiguous or not a string.
    """
    members = [_checked(label, labels) for label in _parse_all(labels)]
    groups: dict[str, list[Label]] = {}
    for label in members:
        group = groups.setdefault(label.name, [])
        if label in group or (group and (label.key is None or group[0].key is None)):
            raise InvalidLabelsError(f"labels: {label.name!r} is given twice; pass each label once")
        group.append(label)
    if len(groups) < 2:
        raise InvalidLabelsError(f"labels={quote(labels, 80)}: pass at least two distinct labels, {_EXAMPLE}")
    label_set = LabelSet(tuple(LabelClass(name, tuple(group)) for name, group in groups.items()))
    _check_ambiguity(label_set)
    warn_of_look_alikes(label_set)
    suspects = image_like_texts(label_set)
    if suspects:
        more = f" (and {len(suspects) - 1:,} more)" if len(suspects) > 1 else ""
        advice = f"jsdf.image({quote(suspects[0], 80)}) if it is an image"
        warn(f"labels: {quote(suspects[0], 80)}{more} is read as words; pass {advice}", ImageLikeLabelWarning)
    return label_set


def image_like_texts(labels: LabelSet, folder: Path | None = None) -> list[str]:
    """Return texts of labels that look like an image's path or URL; with blanks in them only if the file exists.

    Args:
        labels: Labels to check.
        folder: Folder that relative paths start from; None for the current directory.
    """
    texts = [m.value for cls in labels.classes for m in cls.members if m.type == "text"]
    return [
        t
        for t in texts
        if looks_like_image_name(t) and (not any(map(str.isspace, t)) or file_exists(t, folder or Path()))
    ]


def _parse_all(labels: Labels) -> list[Label]:
    labels = to_plain(labels)
    if isinstance(labels, Mapping):
        if {"type", "value"} <= set(labels) or not labels:
            raise InvalidLabelsError(f"labels={quote(labels, 80)}: pass a list of at least two labels, {_EXAMPLE}")
        return [label for name, parts in labels.items() for label in _parse_described(name, parts)]
    if isinstance(labels, Described):
        return [label for name, part in labels for label in _parse_row(name, part)]
    if isinstance(labels, (str, bytes, set, frozenset, enum.Enum)) or not isinstance(labels, Iterable):
        reason = "a set has no order; " if isinstance(labels, (set, frozenset)) else ""
        raise InvalidLabelsError(f"labels={quote(labels, 80)}: {reason}pass a list of at least two labels, {_EXAMPLE}")
    return [_parse_one(label, position) for position, label in enumerate(labels)]


def _parse_row(name: object, description: object) -> list[Label]:
    """Parse a row of a frame, or an entry of a Series, in which a description may be missing."""
    return _parse_described(name, to_scalar(name) if is_missing(to_scalar(description)) else description)


def _parse_described(name: object, descriptions: object) -> list[Label]:
    name = to_scalar(name)
    if is_missing(name):
        raise InvalidLabelsError(f"labels: a name is {name!r}; drop the missing label")
    if not isinstance(name, str):
        raise InvalidLabelsError(f"labels: the name {name!r} is not a string; write it as {str(name)!r}")
    parts = list(descriptions) if isinstance(descriptions, (list, tuple)) else [descriptions]
    if not parts:
        raise InvalidLabelsError(f"labels: {name!r} has no description; give it one, or pass a plain list of names")
    return [_parse_part(name, to_scalar(part)) for part in parts]


def _parse_part(name: str, part: object) -> Label:
    if isinstance(part, Label):
        return Label(part.value, name, part.type, part.text)
    if isinstance(part, str):
        return Label(part, name)
    raise InvalidLabelsError(
        f"labels: {name!r} is described by {quote(part, 80)}; use a string, jsdf.image(...), or a list of them"
    )


def _parse_one(label: object, position: int) -> Label:
    label = to_scalar(label)
    if isinstance(label, Label):
        return label
    if isinstance(label, str):
        return Label(label)
    if isinstance(label, Mapping):
        return _from_json(label)
    if is_missing(label):
        raise InvalidLabelsError(f"labels: the label at position {position} is {label!r}; drop the missing label")
    raise InvalidLabelsError(f"labels: {quote(label, 80)} ({type(label).__name__}) is not a string; {_advise(label)}")


def _advise(label: object) -> str:
    """Return what to write instead of a label that is not a string."""
    if isinstance(label, bytes):
        return f"write it as {label.decode('utf-8', 'replace')!r}"
    if isinstance(label, (list, tuple, set, frozenset)):
        return "pass one list of strings, without lists in it"
    if pd.api.types.is_scalar(label) or type(label).__str__ is not object.__str__:
        return f"write it as {str(label)!r}"
    return "pass its name as a string"


def _from_json(body: Mapping[Any, Any]) -> Label:
    unknown = set(body) - {"key", "type", "value", "text"}
    if unknown or "value" not in body:
        raise InvalidLabelsError(
            f"labels: {quote(dict(body), 80)} is not a label; it takes 'value' and may have 'key', 'type' and 'text'"
        )
    key: Any = body.get("key")
    if isinstance(key, (int, float)) and not isinstance(key, bool):
        key = number_to_text(key)  # the service allows numbers as keys, but pandas' categories need a single type
    return Label(body["value"], key, body.get("type", "text"), body.get("text"))


def _checked(label: Label, labels: Labels) -> Label:
    for field, value in (("value", label.value), ("key", label.key), ("text", label.text)):
        if value is None and field != "value":
            continue
        if not isinstance(value, str):
            raise InvalidLabelsError(f"labels: the {field} {value!r} is not a string")
        if is_blank(value):
            raise InvalidLabelsError(f"labels={quote(labels, 80)}: a label's {field} is empty ({value!r}); pass a text")
        joined = join_surrogates(value)
        is_file_name = field == "value" and label.type == "image" and escapes_bytes(joined)
        if has_surrogate(joined) and not is_file_name:
            raise InvalidLabelsError(f"labels: {value!r} holds a lone surrogate, which UTF-8 cannot encode")
        fields: dict[str, Any] = {field: joined}
        label = label if joined == value else replace(label, **fields)
    if label.type == "image" and label.key is None and label.value[:5].lower() == "data:":
        raise InvalidLabelsError("labels: an image in memory has no name; give it one: {'name': jsdf.image(...)}")
    if label.type not in ("text", "image"):
        raise InvalidLabelsError(f"labels: {label.value!r} has the type {label.type!r}; use 'text' or 'image'")
    return label


def _check_ambiguity(labels: LabelSet) -> None:
    """Raise if two classes share a description, or a description is the name of another class."""
    by_digest: dict[bytes, str] = {}
    names = set(labels.names)
    for cls in labels.classes:
        first = by_digest.setdefault(cls.digest, cls.name)
        if first != cls.name:
            raise InvalidLabelsError(
                f"labels: {first!r} and {cls.name!r} have the same description; no answer could tell them apart"
            )
        clash = next((m.value for m in cls.members if m.value in names and m.value != cls.name), None)
        if clash is not None:
            raise InvalidLabelsError(
                f"labels: {cls.name!r} is described by {clash!r}, which is another label's name; reword it"
            )
