"""What the values of a column are, texts or images; and a word where texts may have been meant as images."""

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

#: Texts that are asked whether they may have been meant as images: enough to tell most from some.
_MAX_CHECKED = 1_000


def kind_of(series: pd.Series[Any], codes: npt.NDArray[np.intp], values: list[Any], kind: str) -> Kind:
    """Tell what the values are; warns where most are read as texts and may be images.

    Args:
        series: The column, for messages.
        codes: As for `Column`.
        values: The distinct values.
        kind: `"text"`, `"image"` or `"auto"`.

    Raises:
        InvalidInputError: As for `jsdf.column.encode`.
    """
    plain = all(issubclass(t, str) for t in set(map(type, values)))
    if kind == "text" and plain:
        return "text"
    classify: Callable[[Any], str] = _classify_value if kind == "auto" else _classify_type
    kinds = [classify(v) for v in values]
    wrong = next((i for i, v in enumerate(kinds) if v == "neither" or (kind == "text" and v != "text")), None)
    if wrong is not None:
        wanted = {"auto": "neither text nor an image", "text": "not text", "image": "not an image"}[kind]
        hint = _advice(series, values[wrong]) if kinds[wrong] == "neither" else "pass kind='image'"
        raise InvalidInputError(f"{_where(series, codes, values, wrong)}, which is {wanted}; {hint}")
    if kind == "image":
        return "image"
    if "perhaps" in kinds:
        meant = "text" if "text" in kinds else "image"
        kinds = [meant if v == "perhaps" else v for v in kinds]
    other = next((i for i, v in enumerate(kinds) if v != kinds[0]), None)
    if other is not None:
        here = "an image" if kinds[other] == "image" else "a text"
        raise InvalidInputError(
            f"the column mixes texts and images: {_where(series, codes, values, other)}, which is {here} where the "
            f"rows before hold {kinds[0]}s; split the column, or pass kind='text' or kind='image'"
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
    pil = sys.modules.get("PIL.Image")  # nobody holds a PIL image without having imported it
    return "image" if pil is not None and isinstance(value, pil.Image) else "neither"


def _advice(series: pd.Series[Any], value: Any) -> str:
    """What to pass instead of such a value."""
    if hasattr(value, "read"):
        return "pass what its .read() returns"
    if isinstance(value, Mapping) and "bytes" in value:  # as Hugging Face's data sets hold images
        how = ".struct.field('bytes')" if isinstance(series.dtype, pd.ArrowDtype) else ".str['bytes']"
        return f"pass the column's {how}"
    return "convert the column with .astype('string')"


def _warn_if_images(texts: list[str]) -> None:
    """Warn where most texts are addresses, names or bytes of images: what is paid for would be their spelling."""
    asked = texts[:_MAX_CHECKED]
    found = [t for t in asked if looks_like_image_name(t) or looks_like_url(t) or looks_like_base64(t)]
    if 2 * len(found) > len(asked):
        most = "every value" if len(found) == len(asked) else "most values"
        warn(
            f"{most} could stand for an image, as {quote(found[0])} could, and all are read as texts; "
            "pass kind='image' if they are images, or kind='text' if they are not"
        )


def _where(series: pd.Series[Any], codes: npt.NDArray[np.intp], values: list[Any], value: int) -> str:
    row = int(np.argmax(codes == value))
    (label,) = series.index[row : row + 1].tolist()
    return f"row {label!r} holds {quote(values[value])} ({type(values[value]).__name__})"
