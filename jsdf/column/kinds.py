"""Detect if a column holds texts or images, and warn if texts look like images."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.errors import InvalidInputError
from jsdf.formatting.text import quote
from jsdf.utils.call_site import warn
from jsdf.utils.image_names import is_image_name, looks_like_base64, looks_like_image_name, looks_like_url

Kind: TypeAlias = Literal["text", "image"]

#: Texts that are checked for looking like images; enough to tell if most of them do.
_MAX_CHECKED = 1_000


def kind_of(series: pd.Series[Any], codes: npt.NDArray[np.intp], values: list[Any], kind: str) -> Kind:
    """Return the kind of the values; warn if they are texts most of which look like images.

    Args:
        series: The column, for messages.
        codes: Codes of the rows, as in `Column`.
        values: Distinct values.
        kind: `"text"`, `"image"` or `"auto"`.

    Raises:
        InvalidInputError: A value is neither text nor image or is not of the given kind, or the kinds are mixed.
    """
    are_strings = all(issubclass(t, str) for t in set(map(type, values)))
    if kind == "text" and are_strings:
        return "text"
    classify: Callable[[Any], str] = _classify_value if kind == "auto" else _classify_type
    kinds = [classify(v) for v in values]
    wrong = next((i for i, v in enumerate(kinds) if v == "neither" or (kind == "text" and v != "text")), None)
    if wrong is not None:
        problem = {"auto": "neither text nor an image", "text": "not text", "image": "not an image"}[kind]
        hint = _advice(series, values[wrong]) if kinds[wrong] == "neither" else "pass kind='image'"
        raise InvalidInputError(f"{_describe_row(series, codes, values, wrong)}, which is {problem}; {hint}")
    if kind == "image":
        return "image"
    if "perhaps" in kinds:
        meant = "text" if "text" in kinds else "image"
        kinds = [meant if v == "perhaps" else v for v in kinds]
    other = next((i for i, v in enumerate(kinds) if v != kinds[0]), None)
    if other is not None:
        kind_found = "an image" if kinds[other] == "image" else "a text"
        raise InvalidInputError(
            f"the column mixes texts and images: {_describe_row(series, codes, values, other)}, which is {kind_found}, "
            f"while the rows before it hold {kinds[0]}s; split the column, or pass kind='text' or kind='image'"
        )
    if kinds[:1] == ["image"]:
        return "image"
    _warn_if_images(values)
    return "text"


def _classify_value(value: Any) -> str:
    if not isinstance(value, str):
        return _classify_type(value)
    return "image" if is_image_name(value) else "perhaps" if looks_like_image_name(value) else "text"


def _classify_type(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, (bytes, bytearray, PurePath)):
        return "image"
    if isinstance(value, np.ndarray):
        return "image" if value.ndim in (2, 3) else "neither"
    pil = sys.modules.get("PIL.Image")  # a PIL image can only exist if PIL is imported
    return "image" if pil is not None and isinstance(value, pil.Image) else "neither"


def _advice(series: pd.Series[Any], value: Any) -> str:
    """Return advice on what to pass instead of a value of another type."""
    if hasattr(value, "read"):
        return "pass what its .read() returns"
    if isinstance(value, Mapping) and "bytes" in value:  # the form of images in Hugging Face data sets
        accessor = ".struct.field('bytes')" if isinstance(series.dtype, pd.ArrowDtype) else ".str['bytes']"
        return f"pass the column's {accessor}"
    return "convert the column with .astype('string')"


def _warn_if_images(texts: list[str]) -> None:
    """Warn if most texts look like URLs, names or base64 of images, which would be billed and classified as text."""
    checked = texts[:_MAX_CHECKED]
    suspects = [t for t in checked if looks_like_image_name(t) or looks_like_url(t) or looks_like_base64(t)]
    if 2 * len(suspects) > len(checked):
        subject = "every value looks" if len(suspects) == len(checked) else "most values look"
        warn(
            f"{subject} like an image, for example {quote(suspects[0])}, and all are classified as text; "
            "pass kind='image' if they are images, or kind='text' if they are not"
        )


def _describe_row(series: pd.Series[Any], codes: npt.NDArray[np.intp], values: list[Any], value: int) -> str:
    row = int(np.argmax(codes == value))
    (label,) = series.index[row : row + 1].tolist()
    return f"row {label!r} holds {quote(values[value])} ({type(values[value]).__name__})"
