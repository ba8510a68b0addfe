"""Validate requests to the fake: API keys, route, and the fields of a classification request."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jsdf.testing.messages import IncomingRequest, ServiceRefusal

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

PATH = "/v1/classification"
MAX_SAMPLES = 32
MAX_LABELS = 24
_KINDS = ("text", "image")
_SECRET_HEADERS = frozenset({"x-api-key", "authorization", "cookie"})


@dataclass(frozen=True)
class Request:
    """A valid classification request.

    Args:
        values: The values of the samples, in order.
        kind: `"text"` or `"image"`, the type of all samples.
        labels: The `labels` array as the client sent it.
        multiple: True if a sample may have any number of labels.
        task: The instruction, None for none.
        headers: The request's headers with names in lower case, without those that carry secrets.
    """

    values: tuple[str, ...]
    kind: str
    labels: tuple[Mapping[str, Any], ...]
    multiple: bool = False
    task: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


class APIKeys:
    """The API keys that the fake knows. Callers are named by a number, so that no record contains a key.

    Args:
        allowed: The keys that are accepted.
        forbidden: The keys that are refused with 403; unknown ones are refused with 401.
    """

    def __init__(self, allowed: Collection[str], forbidden: Collection[str]) -> None:
        self._names = {key: f"key-{i}" for i, key in enumerate(allowed)}
        self._forbidden = frozenset(forbidden)

    def check(self, headers: Mapping[str, str]) -> str:
        """Return the name of the caller, as in `"key-0"`.

        Raises:
            ServiceRefusal: 401 for a missing or unknown key, 403 for a forbidden one.
        """
        key = headers.get("x-api-key")
        if not key:
            raise ServiceRefusal(401, "the header x-api-key is missing")
        if key in self._forbidden:
            raise ServiceRefusal(403, "this key may not use classification")
        if key not in self._names:
            raise ServiceRefusal(401, "the key in x-api-key is not valid")
        return self._names[key]


def check_route(incoming: IncomingRequest) -> None:
    """Raise `ServiceRefusal` with 404 for another path and 405 for another method."""
    if incoming.path != PATH:
        raise ServiceRefusal(404, f"there is nothing at {incoming.path}")
    if incoming.method != "POST":
        raise ServiceRefusal(405, f"{PATH} takes POST, not {incoming.method}", {"allow": "POST"})


def parse_request(incoming: IncomingRequest) -> Request:
    """Parse and validate the body of a request.

    Raises:
        ServiceRefusal: 400 where the body is not a JSON object, 422 where a field is invalid.
    """
    try:
        body = json.loads(incoming.body)
    except ValueError:
        raise ServiceRefusal(400, "the body is not JSON") from None
    if not isinstance(body, dict):
        raise ServiceRefusal(400, "the body is not a JSON object")
    multiple = body.get("multiple_labels", False)
    _require(isinstance(multiple, bool), "multiple_labels must be a boolean")
    task = body.get("task")
    _require(task is None or isinstance(task, str), "task must be a string")
    kind, values = _parse_dataset(body.get("dataset"))
    headers = {name: value for name, value in incoming.headers.items() if name not in _SECRET_HEADERS}
    return Request(values, kind, _parse_labels(body.get("labels")), multiple, task, headers)


def _parse_dataset(samples: Any) -> tuple[str, tuple[str, ...]]:
    _require(isinstance(samples, list), "dataset must be an array")
    _require(
        1 <= len(samples) <= MAX_SAMPLES,
        f"dataset has {len(samples)} samples; 1 to {MAX_SAMPLES} are allowed",
    )
    for i, sample in enumerate(samples):
        _check_content(f"dataset[{i}]", sample)
    kinds = {sample["type"] for sample in samples}
    _require(len(kinds) == 1, "dataset mixes text and image samples")
    return kinds.pop(), tuple(sample["value"] for sample in samples)


def _parse_labels(labels: Any) -> tuple[Mapping[str, Any], ...]:
    _require(isinstance(labels, list), "labels must be an array")
    for i, label in enumerate(labels):
        _check_content(f"labels[{i}]", label)
        key = label.get("key", "")
        is_key = isinstance(key, (str, int, float)) and not isinstance(key, bool)
        _require(is_key, f"labels[{i}].key must be a string or a number")
        _require(isinstance(label.get("text", ""), str), f"labels[{i}].text must be a string")
    classes = {str(label.get("key", label["value"])) for label in labels}
    _require(len(classes) >= 2, "labels must hold at least 2 distinct classes")
    _require(len(labels) <= MAX_LABELS, f"labels has {len(labels)} entries; at most {MAX_LABELS} are allowed")
    return tuple(labels)


def _check_content(path: str, content: Any) -> None:
    _require(isinstance(content, dict), f"{path} must be an object")
    _require(content.get("type") in _KINDS, f"{path}.type must be 'text' or 'image'")
    value = content.get("value")
    _require(isinstance(value, str) and value != "", f"{path}.value must be a string that is not empty")
    if content["type"] == "image":
        _require(value.startswith(("http://", "https://")), f"{path}.value must be the URL of an image")


def _require(is_valid: bool, message: str) -> None:
    if not is_valid:
        raise ServiceRefusal(422, message)
