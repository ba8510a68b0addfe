"""Read labels from `--label` and `--labels`; an example image in a file is `{"image": "red.png"}`."""

from __future__ import annotations

import json
import shlex
import warnings
from pathlib import Path
from typing import Any

from jsdf.cli import tables
from jsdf.cli.group import print_message
from jsdf.cli.option_terms import errors_in_option_terms
from jsdf.errors import InvalidLabelsError
from jsdf.labels import ImageLikeLabelWarning, Label, LabelSet, image, image_like_texts, parse
from jsdf.utils.paths import is_path

_FORMS = 'use a text, {"image": "PATH"}, or a list of them'
_MAX_QUOTED_CHARS = 80


def read_labels(names: tuple[str, ...], file: Path | None) -> list[Label]:
    """Read the labels of a command; warn on stderr about texts that look like an example image.

    Args:
        names: The values of `--label`.
        file: The value of `--labels`; relative paths of example images start in its folder.

    Raises:
        InvalidLabelsError: No labels are given, both options are given, or the labels are invalid.
    """
    if names and file is not None:
        raise InvalidLabelsError("--label and --labels cannot be combined; pass one of them")
    if not names and file is None:
        raise InvalidLabelsError("no labels: give at least two, as --label A --label B, or --labels FILE.json")
    if file is not None and not file.exists():
        raise InvalidLabelsError(f"--labels {file}: there is no such file; {_labels_advice(str(file))}")
    labels = list(names) if file is None else _resolve_paths(tables.read_json(file), file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImageLikeLabelWarning)  # its advice is for the Python API
        label_set = _parse(labels, file)
    image_like = image_like_texts(label_set, None if file is None else file.parent)
    if image_like:
        print_message(_image_like_warning(image_like, file))
    return [member for cls in label_set.classes for member in cls.members]


def _labels_advice(given: str) -> str:
    """Return advice for `--labels a,b`, in which names of labels were taken for a file."""
    names = [name.strip() for name in given.split(",") if name.strip()]
    if len(names) < 2:
        return "it takes a JSON file of labels, and --label takes the name of one label"
    return f"pass names as {' '.join(f'--label {shlex.quote(name)}' for name in names)}"


def _parse(labels: Any, file: Path | None) -> LabelSet:
    try:
        with errors_in_option_terms():
            return parse(labels)
    except InvalidLabelsError as error:
        raise InvalidLabelsError(f"{file}: {error}" if file is not None else str(error)) from None


def _resolve_paths(labels: Any, file: Path) -> Any:
    """Return the contents of a labels file with example images in the form that `jsdf.labels.parse` takes."""
    if isinstance(labels, dict) and not {"type", "value"} <= set(labels):
        return {name: _parse_described(name, description, file) for name, description in labels.items()}
    if not isinstance(labels, list):
        return labels
    if any(isinstance(label, dict) and "image" in label for label in labels):
        raise InvalidLabelsError(f'{file}: an example image needs a label: {{"red": {{"image": "red.png"}}, ...}}')
    return [_resolve_path(label, file) if isinstance(label, dict) else label for label in labels]


def _resolve_path(label: dict[str, Any], file: Path) -> dict[str, Any]:
    """Return a label in the service's own form, with the path of its image resolved."""
    value = label.get("value")
    is_image = label.get("type") == "image" and isinstance(value, str)
    return label | {"value": _relative_to(file, str(value))} if is_image else label


def _parse_described(name: str, description: Any, file: Path) -> list[str | Label]:
    parts = description if isinstance(description, list) else [description]
    return [_parse_part(name, part, file) for part in parts]


def _parse_part(name: str, part: Any, file: Path) -> str | Label:
    if isinstance(part, str):
        return part
    if isinstance(part, dict) and "image" in part and not set(part) - {"image", "text"}:
        value, text = part["image"], part.get("text")
        if isinstance(value, str) and value.strip() and isinstance(text, (str, type(None))):
            return image(_relative_to(file, value), text)
    raise InvalidLabelsError(f"{file}: {name!r} is described by {_quote_json(part)}; {_FORMS}")


def _relative_to(file: Path, value: str) -> str:
    """Resolve a path against the folder of a file; URLs and paths that start with `~` stay as they are."""
    return value if "://" in value or not is_path(value) or value.startswith("~") else str(file.parent / value)


def _image_like_warning(texts: list[str], file: Path | None) -> str:
    more = f" (and {len(texts) - 1:,} more)" if len(texts) > 1 else ""
    problem = f"{_quote_json(texts[0])}{more} is read as text"
    if file is None:
        return (
            f"warning: --label {problem}; pass example images by --labels FILE.json, "
            'as {"red": {"image": "red.png"}}'
        )
    return f'warning: {file}: {problem}; write {{"image": {_quote_json(texts[0])}}} if it is an image'


def _quote_json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MAX_QUOTED_CHARS else text[: _MAX_QUOTED_CHARS - 1] + "…"
