"""Labels as the command line is given them, where an example image is `{"image": "red.png"}`."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

from jsdf.cli import tables
from jsdf.cli.group import print_message
from jsdf.errors import InvalidLabelsError
from jsdf.labels import ImageLikeLabelWarning, Label, image, image_like_texts, parse
from jsdf.utils.paths import is_path

_FORMS = 'use a text, {"image": "PATH"}, or a list of them'
_MAX_SHOWN = 80  # characters of what was given


def read_labels(names: tuple[str, ...], file: Path | None) -> list[Label]:
    """Read the labels of a command; warns, on stderr, where words look like an example image.

    Args:
        names: Those given by `--label`.
        file: The one given by `--labels`; where relative paths of example images start.

    Raises:
        InvalidLabelsError: There are none, or they cannot be used.
    """
    if names and file is not None:
        raise InvalidLabelsError("--label and --labels: give the labels one way or the other")
    if not names and file is None:
        raise InvalidLabelsError("no labels: give at least two, as --label A --label B, or --labels FILE.json")
    given = list(names) if file is None else _resolve_paths(tables.read_json(file), file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImageLikeLabelWarning)  # it speaks of Python
        found = parse(given)
    suspects = image_like_texts(found, None if file is None else file.parent)
    if suspects:
        print_message(_warning(suspects, file))
    return [member for cls in found.classes for member in cls.members]


def _resolve_paths(given: Any, file: Path) -> Any:
    """What a file holds, with example images as `jsdf.labels.parse` takes them."""
    if isinstance(given, dict) and not {"type", "value"} <= set(given):
        return {name: _parse_described(name, described, file) for name, described in given.items()}
    if not isinstance(given, list):
        return given
    if any(isinstance(one, dict) and "image" in one for one in given):
        raise InvalidLabelsError(f'{file}: an example image needs a label: {{"red": {{"image": "red.png"}}, ...}}')
    return [_seen_from(one, file) if isinstance(one, dict) else one for one in given]


def _seen_from(label: dict[str, Any], file: Path) -> dict[str, Any]:
    """A label in the service's own form, which may be an image as well."""
    value = label.get("value")
    shown = label.get("type") == "image" and isinstance(value, str)
    return label | {"value": _path_from(file, str(value))} if shown else label


def _parse_described(name: str, described: Any, file: Path) -> list[str | Label]:
    parts = described if isinstance(described, list) else [described]
    return [_parse_part(name, part, file) for part in parts]


def _parse_part(name: str, part: Any, file: Path) -> str | Label:
    if isinstance(part, str):
        return part
    if isinstance(part, dict) and "image" in part and not set(part) - {"image", "text"}:
        value, text = part["image"], part.get("text")
        if isinstance(value, str) and value.strip() and isinstance(text, (str, type(None))):
            return image(_path_from(file, value), text)
    raise InvalidLabelsError(f"{file}: {name!r} is described by {_quote_json(part)}; {_FORMS}")


def _path_from(file: Path, value: str) -> str:
    """A path as seen from the file's folder; addresses and the home directory's `~` as they are."""
    return value if "://" in value or not is_path(value) or value.startswith("~") else str(file.parent / value)


def _warning(suspects: list[str], file: Path | None) -> str:
    more = f" (and {len(suspects) - 1:,} more)" if len(suspects) > 1 else ""
    said = f"{_quote_json(suspects[0])}{more} is read as words"
    if file is None:
        return (
            f'warning: --label {said}; example images go into --labels FILE.json, as {{"red": {{"image": "red.png"}}}}'
        )
    return f'warning: {file}: {said}; write {{"image": {_quote_json(suspects[0])}}} if it is an image'


def _quote_json(given: Any) -> str:
    text = json.dumps(given, ensure_ascii=False)
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
