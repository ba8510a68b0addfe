"""Check the examples of a call, and give them to its engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.api.example_input.example_forms import LabelledValue, read_examples, unwrap_image
from jsdf.column import encode, read_value
from jsdf.column.encoded_texts import common_encoding
from jsdf.column.kinds import class_of
from jsdf.engines.cascade import Cascade
from jsdf.errors import ImageError, InvalidInputError, InvalidLabelsError
from jsdf.formatting.text import describe_value, quote
from jsdf.labels import AppliedExamples, Example, Examples, add_examples, image
from jsdf.labels.forms import to_scalar
from jsdf.utils.call_signature import did_you_mean
from jsdf.utils.call_site import warn
from jsdf.utils.fingerprint import value_content

if TYPE_CHECKING:
    from jsdf.column import Column
    from jsdf.engines.base import Engine
    from jsdf.labels import LabelSet

#: A few values a label are meant; more than these are training data.
MAX_EXAMPLES = 2_000


def apply_examples(
    given: Any, column: Column, labels: LabelSet, engine: Engine, kind: str, *, multiple: bool
) -> tuple[Engine, AppliedExamples]:
    """Return the engine that uses the examples of a call, and the examples with the labels that it is asked about.

    Args:
        given: Examples, as for `jsdf.classify`.
        column: The column to label; empty in a stream.
        labels: The labels.
        engine: The engine.
        kind: The argument `kind` of the call.
        multiple: True if a row may have any number of labels.

    Raises:
        InvalidInputError: The engine takes no examples, or the examples cannot be used.
        MissingExtraError: The engine needs a package to learn from them.
    """
    if not getattr(engine, "takes_examples", False):
        raise InvalidInputError(_reason_for_refusal(engine))
    examples = parse_examples(given, column, labels, kind, multiple=multiple)
    learn = getattr(engine, "learn_from", None)
    if learn is not None:
        return learn(examples), AppliedExamples(examples, labels, len(examples), learns=True)
    applied = add_examples(labels, examples, engine.max_labels)
    if not applied.used:
        warn(f"examples: none of {len(examples):,} can be sent: {_reason_for_none(labels, engine.max_labels)}")
    return engine, applied


def _reason_for_refusal(engine: Engine) -> str:
    from jsdf.engines.local.learned.engine import LearnedLocal  # here: few calls need it

    advice = "leave examples out"
    if isinstance(engine, Cascade):
        advice += ", or teach its cheap engine with them, as in jsdf.Cascade(jsdf.Local.fit(values, labels))"
        return f"a cascade takes no examples, since it pays for samples that show what is meant; {advice}"
    if isinstance(engine, LearnedLocal):
        advice += ", or teach it again with these values, too, as in jsdf.Local.fit(values, labels), or use"
        return f"the engine has learned its labels already, and takes no examples; {advice} engine='local'"
    return f"the engine {engine.name!r} takes no examples; {advice}, or use engine='hosted' or 'local'"


def _reason_for_none(labels: LabelSet, max_labels: int | None) -> str:
    entries = sum(len(c.members) for c in labels.classes)
    if max_labels is not None and entries >= max_labels:
        return f"a request holds {max_labels} descriptions of labels, and these labels have {entries} already"
    return "texts that describe the labels already, images with several labels, and values without one are not sent"


def parse_examples(given: Any, column: Column, labels: LabelSet, kind: str, *, multiple: bool) -> Examples:
    """Read and check examples.

    Raises:
        InvalidInputError: They have no accepted form; there are none or too many; a label is not among the labels; a
            value is missing, of another kind than the column, or has two labels where a row has one.
    """
    rows = read_examples(given, column.name, labels.names)
    codes = [_find_labels(row, labels, multiple=multiple) for row in rows]
    encoded = _encode(rows, column, kind)
    missing = next((row for row, code in zip(rows, encoded.codes, strict=True) if code < 0), None)
    if missing is not None:
        raise InvalidInputError(f"examples: {missing.place} has no value ({quote(missing.value)}); leave it out")
    if len(encoded.values) > MAX_EXAMPLES:
        raise InvalidInputError(
            f"examples: {len(encoded.values):,} values are more than {MAX_EXAMPLES:,}; pass the most telling ones of "
            "each label"
        )
    by_value: list[set[int]] = [set() for _ in encoded.values]
    for value, found in zip(encoded.codes.tolist(), codes, strict=True):
        by_value[value].update(found)
    if not multiple:
        _refuse_two_labels(encoded, by_value, labels)
    items = tuple(
        Example(_to_text(value, encoded, labels, found), tuple(sorted(found)), value_content(value, encoded.kind))
        for value, found in zip(encoded.values, by_value, strict=True)
    )
    return Examples(encoded.kind, items, labels)


def check_example_kind(column: Column, applied: AppliedExamples | None) -> None:
    """Check that a column, or a part of it, holds values of the same kind as the examples.

    Raises:
        InvalidInputError: It does not.
    """
    if applied is None or not column.values or column.kind == applied.examples.kind:
        return
    raise _kind_error(column, applied.examples.kind, applied.examples.items[0].value)


def _kind_error(column: Column, kind: str, value: Any) -> InvalidInputError:
    name = "the column" if column.name is None else f"column {column.name!r}"
    return InvalidInputError(
        f"the examples are {kind}s, as {_shown(value)}, but {name} holds {column.kind}s; pass "
        "examples of the same kind, or kind= if one of them was detected wrongly"
    )


def _find_labels(row: LabelledValue, labels: LabelSet, *, multiple: bool) -> list[int]:
    names = [str(to_scalar(name)) for name in row.names]
    unknown = next((name for name in names if name not in labels.names), None)
    if unknown is not None:
        hint = did_you_mean(unknown, labels.names) or f"; the labels are {quote(list(labels.names), 80)}"
        raise InvalidInputError(f"examples: {unknown!r} is not among the labels{hint}")
    if not multiple and len(set(names)) != 1:
        raise InvalidInputError(
            f"examples: {row.place} has {len(names)} labels, but a row has one; pass one, or multiple_labels=True"
        )
    return [labels.names.index(name) for name in names]


def _encode(rows: list[LabelledValue], column: Column, kind: str) -> Column:
    values = [unwrap_image(row.value) for row in rows]
    classes = [class_of(read, kind) if (read := read_value(value)) is not None else "" for value in values]
    if "neither" in classes:
        row = rows[classes.index("neither")]
        raise InvalidInputError(
            f"examples: {row.place} is {_shown(row.value)} ({type(row.value).__name__}), which is neither text nor an "
            "image; convert it to one"
        )
    _refuse_encoded_texts(rows, values, classes, kind)
    if {"text", "image"} <= set(classes):
        text, picture = (_shown(values[classes.index(name)]) for name in ("text", "image"))
        raise InvalidInputError(f"examples: {text} is a text and {picture} an image; pass values of one kind, or kind=")
    try:
        encoded = encode(pd.Series(values, dtype=object), kind)
    except InvalidInputError as error:
        raise InvalidInputError(f"examples: {error}") from None
    if column.values and encoded.values and encoded.kind != column.kind:
        raise _kind_error(column, encoded.kind, encoded.values[0])
    return encoded


def _refuse_encoded_texts(rows: list[LabelledValue], values: list[Any], classes: list[str], kind: str) -> None:
    """Refuse bytes that are texts, among values of which no other one is an image; and images if texts are wanted."""
    images = [i for i, name in enumerate(classes) if name == "image"]
    contents = [values[i] for i in images if isinstance(values[i], bytes)]
    encoding = common_encoding(contents) if len(contents) == len(images) and kind != "image" else None
    if encoding is not None:
        place, value = rows[images[0]].place, quote(contents[0])
        raise InvalidInputError(
            f"examples: {place} is {value}, a text as bytes; pass value.decode({encoding!r}), or kind='image' if it is "
            "an image"
        )
    if kind == "text" and images:
        raise InvalidInputError(
            f"examples: {rows[images[0]].place} is an image ({type(values[images[0]]).__name__}); pass a text, or "
            "kind='image'"
        )


def _shown(value: Any) -> str:
    return quote(describe_value(value)) if isinstance(value, str) else quote(value)


def _refuse_two_labels(encoded: Column, by_value: list[set[int]], labels: LabelSet) -> None:
    value = next((i for i, found in enumerate(by_value) if len(found) > 1), None)
    if value is not None:
        first, second = (labels.names[i] for i in sorted(by_value[value])[:2])
        raise InvalidInputError(
            f"examples: {_shown(encoded.values[value])} is an example of {first!r} and of {second!r}, "
            "but a row has one label; drop one of them, or pass multiple_labels=True"
        )


def _to_text(value: Any, encoded: Column, labels: LabelSet, found: set[int]) -> str:
    """Return a text, or the path, URL or `data:` URI of an image."""
    if encoded.kind == "text":
        return str(value)
    try:
        if hasattr(value, "__array_interface__") and hasattr(value, "ndim"):
            from jsdf.images import open_picture  # imports Pillow

            value = open_picture(value)
        return image(value).value
    except (ImageError, InvalidLabelsError) as error:
        name = labels.names[min(found)] if found else "no label"
        raise InvalidInputError(f"examples: an image of {name!r} cannot be opened: {error}") from None
