"""A classification request's body -> what is asked, or the first field that breaks the contract."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from jsdf.engines.base import Question
from jsdf.labels import Label, LabelSet
from jsdf.labels.label_set import LabelClass, number_to_text
from jsdf.server.errors import RequestRejected, quote_json
from jsdf.server.limits import (
    MAX_ADDRESS,
    MAX_KEY,
    MAX_LABEL,
    MAX_LABELS,
    MAX_NUMBER,
    MAX_SAMPLES,
    MAX_TASK,
    MAX_TEXT,
    MIN_LABELS,
)

if TYPE_CHECKING:
    from jsdf.column.kinds import Kind

_VISIBLE = r"[^\x00-\x20\x7f]"
#: Patterns that Python and JSON Schema read alike: a text that is not blank, without the NUL that local models may
#: use as a mark of their own; an image that is downloaded; and one that is there already.
WORDS = rf"^[^\x00]*{_VISIBLE}[^\x00]*$"
WEB = rf"^[hH][tT][tT][pP][sS]?://{_VISIBLE}+$"
DATA = rf"^[dD][aA][tT][aA]:[iI][mM][aA][gG][eE]/{_VISIBLE}+$"
#: What UTF-8 cannot carry and JSON can spell.
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class ValidatedRequest:
    """A request that keeps the contract.

    Args:
        question: What is asked of every sample.
        values: The samples: texts, or images' addresses.
    """

    question: Question
    values: tuple[str, ...]


def parse_request(body: bytes) -> ValidatedRequest:
    """Read and check a body; fields that the contract does not know are passed over.

    Raises:
        Refused: 400 where it is no JSON object, 422 where a field breaks the contract.
    """
    given = parse_object(body)
    multiple = given.get("multiple_labels")
    if multiple is not None and not isinstance(multiple, bool):
        _refuse("multiple_labels", multiple, "pass true or false")
    task = given.get("task")
    if task is not None:
        _check_text("task", task, MAX_TASK)
    kind, values = _samples(given.get("dataset"))
    return ValidatedRequest(Question(_classes(given.get("labels")), kind, bool(multiple), task), values)


def parse_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object, strictly.

    Raises:
        Refused: 400 where it is anything else, names a field twice, or is nested deeper than Python follows.
    """
    try:
        given = json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant)
    except UnicodeDecodeError:
        raise RequestRejected(400, "the body is not UTF-8; encode the JSON in it") from None
    except RecursionError:
        raise RequestRejected(400, "the body is nested too deeply; the contract needs three levels") from None
    except ValueError as error:
        raise RequestRejected(400, f"the body is not JSON ({_reason(error)}); send an object") from None
    if not isinstance(given, dict):
        raise RequestRejected(400, f"the body is {quote_json(given)}; send a JSON object")
    return given


def _reason(error: ValueError) -> str:
    # Only the decoder's own words are known to be short, and to hold nothing that was sent.
    return f"{error.msg} at character {error.pos}" if isinstance(error, json.JSONDecodeError) else "a number too long"


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RequestRejected(400, f"the body names {quote_json(twice)} twice in one object; name each field once")
    return found


def _constant(name: str) -> NoReturn:
    raise RequestRejected(400, f"the body holds {name}, which is not JSON; leave it out")


def _samples(given: Any) -> tuple[Kind, tuple[str, ...]]:
    if not isinstance(given, list):
        _refuse("dataset", given, "pass an array of samples")
    if not 1 <= len(given) <= MAX_SAMPLES:
        raise RequestRejected(422, f"dataset has {len(given)} samples; pass 1 to {MAX_SAMPLES}")
    kinds = [_check_content(f"dataset[{i}]", sample, MAX_TEXT) for i, sample in enumerate(given)]
    other = next((i for i, kind in enumerate(kinds) if kind != kinds[0]), None)
    if other is not None:
        raise RequestRejected(
            422, f"dataset[{other}] is of type {kinds[other]!r} and dataset[0] is not; pass one type only"
        )
    return kinds[0], tuple(sample["value"] for sample in given)


def _classes(given: Any) -> LabelSet:
    """The labels, those of one name merged into one class."""
    if not isinstance(given, list):
        _refuse("labels", given, "pass an array of labels")
    if not MIN_LABELS <= len(given) <= MAX_LABELS:
        entries = "1 entry" if len(given) == 1 else f"{len(given)} entries"
        raise RequestRejected(422, f"labels has {entries}; pass {MIN_LABELS} to {MAX_LABELS}")
    groups: dict[str, dict[Label, None]] = {}
    for i, label in enumerate(given):
        found = _label(f"labels[{i}]", label)
        groups.setdefault(found.name, {})[found] = None
    if len(groups) < MIN_LABELS:
        raise RequestRejected(
            422, f"labels are all called {quote_json(next(iter(groups)))}; pass two distinct classes or more"
        )
    return LabelSet(tuple(LabelClass(name, tuple(members)) for name, members in groups.items()))


def _label(where: str, given: Any) -> Label:
    kind = _check_content(where, given, MAX_LABEL)
    text = given.get("text")
    if text is not None:
        _check_text(f"{where}.text", text, MAX_LABEL)
    # Always with its name as the key, so that an image's address may be replaced later on.
    return Label(given["value"], _name(f"{where}.key", given.get("key"), given["value"]), kind, text)


def _name(where: str, key: Any, value: str) -> str:
    if key is None:
        return value
    if isinstance(key, (int, float)) and not isinstance(key, bool):
        if not math.isfinite(key) or abs(key) > MAX_NUMBER:
            raise RequestRejected(422, f"{where} is a number too large to be told apart; pass it as a string")
        return number_to_text(key)
    if not isinstance(key, str):
        _refuse(where, key, "pass a string or a number")
    _check_text(where, key, MAX_KEY)
    return key


def _check_content(where: str, given: Any, most: int) -> Kind:
    """The type of a sample or label whose value fits it."""
    if not isinstance(given, dict):
        _refuse(where, given, "pass an object with a type and a value")
    kind, value = given.get("type"), given.get("value")
    if kind != "text" and kind != "image":
        _refuse(f"{where}.type", kind, "pass 'text' or 'image'")
    if kind == "text":
        _check_text(f"{where}.value", value, most)
    elif not isinstance(value, str) or not (re.fullmatch(WEB, value) or re.fullmatch(DATA, value)):
        _refuse(f"{where}.value", value, "pass an image's http:// or https:// address, or a data:image/ URI")
    elif len(value) > MAX_ADDRESS and re.fullmatch(WEB, value):
        raise RequestRejected(
            422, f"{where}.value is an address of {len(value)} characters; pass {MAX_ADDRESS} at most"
        )
    elif _SURROGATE.search(value):
        _refuse(f"{where}.value", value, "write it without lone surrogates")
    return "text" if kind == "text" else "image"


def _check_text(where: str, value: Any, most: int) -> None:
    if not isinstance(value, str) or not re.fullmatch(WORDS, value):
        _refuse(where, value, "pass a string that is not blank and holds no NUL")
    if len(value) > most:
        raise RequestRejected(422, f"{where} is a text of {len(value)} characters; pass {most} at most")
    if _SURROGATE.search(value):
        _refuse(where, value, "it holds a lone surrogate, which no text does")


def _refuse(where: str, given: Any, advice: str) -> NoReturn:
    raise RequestRejected(422, f"{where} is {'missing' if given is None else quote_json(given)}; {advice}")
