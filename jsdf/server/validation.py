"""Parse and validate the body of a classification request; an error names the first invalid field."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from jsdf.engines.base import Question
from jsdf.labels import Label, LabelSet
from jsdf.labels.label_set import LabelClass, number_to_text
from jsdf.server.errors import RequestRejected, quote_json
from jsdf.server.json_parser import parse_object
from jsdf.server.limits import (
    MAX_KEY,
    MAX_LABEL,
    MAX_LABELS,
    MAX_NUMBER,
    MAX_SAMPLES,
    MAX_TASK,
    MAX_TEXT,
    MAX_URL,
    MIN_LABELS,
)
from jsdf.utils.characters import has_surrogate

if TYPE_CHECKING:
    from jsdf.column.kinds import Kind

_VISIBLE = r"[^\x00-\x20\x7f]"
#: Patterns with the same meaning in Python and JSON Schema: a text that is not blank and has no NUL, which local models
#: may use internally; the URL of an image; and an image in the request itself.
TEXT_PATTERN = rf"^[^\x00]*{_VISIBLE}[^\x00]*$"
HTTP_URL_PATTERN = rf"^[hH][tT][tT][pP][sS]?://{_VISIBLE}+$"
DATA_URI_PATTERN = r"^[dD][aA][tT][aA]:[iI][mM][aA][gG][eE]/[\x21-\x7e]+$"
_DATA_URI_START = re.compile(r"data:image/.", re.IGNORECASE)
_PART_CHARS = 65_536
#: The arrays of a request: name -> maximum length, and what is said of a longer one.
_ARRAY_LIMITS = {
    "dataset": (MAX_SAMPLES, f"dataset has {MAX_SAMPLES + 1} samples or more; pass 1 to {MAX_SAMPLES}"),
    "labels": (MAX_LABELS, f"labels has {MAX_LABELS + 1} entries or more; pass {MIN_LABELS} to {MAX_LABELS}"),
}


@dataclass(frozen=True)
class ValidatedRequest:
    """A valid classification request.

    Args:
        question: The labels, the kind of the samples, and the task.
        values: The samples: texts, or URLs and `data:` URIs of images.
    """

    question: Question
    values: tuple[str, ...]

    def memory(self) -> int:
        """Return the approximate size of all texts and URIs in bytes; a character takes up to four."""
        members = [member for cls in self.question.labels.classes for member in cls.members]
        return sum(map(sys.getsizeof, [*self.values, *(member.value for member in members)]))


def parse_request(body: bytes | bytearray) -> ValidatedRequest:
    """Parse and validate a body; unknown fields are ignored.

    Raises:
        RequestRejected: 400 where the body is not a JSON object, 422 where a field is invalid.
    """
    given = parse_object(body, _ARRAY_LIMITS)
    multiple = given.get("multiple_labels")
    if multiple is not None and not isinstance(multiple, bool):
        _reject("multiple_labels", multiple, "pass true or false")
    task = given.get("task")
    if task is not None:
        _check_text("task", task, MAX_TASK)
    kind, values = _parse_dataset(given.get("dataset"))
    return ValidatedRequest(Question(_parse_labels(given.get("labels")), kind, bool(multiple), task), values)


def _parse_dataset(given: Any) -> tuple[Kind, tuple[str, ...]]:
    if not isinstance(given, list):
        _reject("dataset", given, "pass an array of samples")
    if not given:
        raise RequestRejected(422, f"dataset has 0 samples; pass 1 to {MAX_SAMPLES}")
    kinds = [_check_content(f"dataset[{i}]", sample, MAX_TEXT) for i, sample in enumerate(given)]
    other = next((i for i, kind in enumerate(kinds) if kind != kinds[0]), None)
    if other is not None:
        raise RequestRejected(
            422, f"dataset[{other}] is of type {kinds[other]!r} and dataset[0] is not; pass one type only"
        )
    return kinds[0], tuple(sample["value"] for sample in given)


def _parse_labels(given: Any) -> LabelSet:
    """Return the labels, with labels of the same name merged into one class."""
    if not isinstance(given, list):
        _reject("labels", given, "pass an array of labels")
    if len(given) < MIN_LABELS:
        entries = "1 entry" if len(given) == 1 else f"{len(given)} entries"
        raise RequestRejected(422, f"labels has {entries}; pass {MIN_LABELS} to {MAX_LABELS}")
    groups: dict[str, dict[Label, None]] = {}
    for i, label in enumerate(given):
        parsed = _parse_label(f"labels[{i}]", label)
        groups.setdefault(parsed.name, {})[parsed] = None
    if len(groups) < MIN_LABELS:
        raise RequestRejected(
            422, f"labels are all called {quote_json(next(iter(groups)))}; pass two distinct classes or more"
        )
    return LabelSet(tuple(LabelClass(name, tuple(members)) for name, members in groups.items()))


def _parse_label(field: str, given: Any) -> Label:
    kind = _check_content(field, given, MAX_LABEL)
    text = given.get("text")
    if text is not None:
        _check_text(f"{field}.text", text, MAX_LABEL)
    # The name is always set as the key, so that it stays when the URL of an image is replaced later on.
    return Label(given["value"], _label_name(f"{field}.key", given.get("key"), given["value"]), kind, text)


def _label_name(field: str, key: Any, value: str) -> str:
    if key is None:
        return value
    if isinstance(key, (int, float)) and not isinstance(key, bool):
        if not math.isfinite(key) or abs(key) > MAX_NUMBER:
            raise RequestRejected(422, f"{field} is a number too large to be exact; pass it as a string")
        return number_to_text(key)
    if not isinstance(key, str):
        _reject(field, key, "pass a string or a number")
    _check_text(field, key, MAX_KEY)
    return key


def _check_content(field: str, given: Any, max_chars: int) -> Kind:
    """Validate the value of a sample or label, and return its type."""
    if not isinstance(given, dict):
        _reject(field, given, "pass an object with a type and a value")
    kind, value = given.get("type"), given.get("value")
    if kind != "text" and kind != "image":
        _reject(f"{field}.type", kind, "pass 'text' or 'image'")
    if kind == "text":
        _check_text(f"{field}.value", value, max_chars)
    else:
        _check_image(f"{field}.value", value)
    return "text" if kind == "text" else "image"


def _check_image(field: str, value: Any) -> None:
    if isinstance(value, str) and _is_data_uri(value):
        return
    if not isinstance(value, str) or not re.fullmatch(HTTP_URL_PATTERN, value[: MAX_URL + 1]):
        _reject(field, value, "pass the http:// or https:// URL of an image, or a data:image/ URI")
    if len(value) > MAX_URL:
        raise RequestRejected(422, f"{field} is a URL of {len(value)} characters; pass {MAX_URL} at most")
    if has_surrogate(value):
        _reject(field, value, "remove lone surrogates")


def _is_data_uri(value: str) -> bool:
    """Return True if the value matches `DATA_URI_PATTERN`; in parts, between which other threads have their turn."""
    if _DATA_URI_START.match(value) is None or not value.isascii():
        return False
    parts = (value[start : start + _PART_CHARS] for start in range(0, len(value), _PART_CHARS))
    return all(part.isprintable() and " " not in part for part in parts)


def _check_text(field: str, value: Any, max_chars: int) -> None:
    if isinstance(value, str) and len(value) > max_chars:
        raise RequestRejected(422, f"{field} is a text of {len(value)} characters; pass {max_chars} at most")
    if not isinstance(value, str) or not re.fullmatch(TEXT_PATTERN, value):
        _reject(field, value, "pass a string that is not blank and has no NUL")
    if has_surrogate(value):
        _reject(field, value, "remove lone surrogates")


def _reject(field: str, given: Any, advice: str) -> NoReturn:
    raise RequestRejected(422, f"{field} is {'missing' if given is None else quote_json(given)}; {advice}")
