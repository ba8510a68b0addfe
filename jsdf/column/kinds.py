"""Detect if a column holds texts or images, and refuse what is neither."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.column.cells import is_image
from jsdf.errors import InvalidInputError
from jsdf.formatting.text import quote
from jsdf.utils.image_names import is_image_name, looks_like_image_name

Kind: TypeAlias = Literal["text", "image"]


def kind_of(
    series: pd.Series[Any], codes: npt.NDArray[np.intp], values: list[Any], kind: str, conversion: str = ""
) -> Kind:
    """Return the kind of the values; warn if they are texts most of which stand for images.

    Args:
        series: The column, for messages.
        codes: Codes of the rows, as in `Column`.
        values: Distinct values, as `read_value` returns them.
        kind: `"text"`, `"image"` or `"auto"`.
        conversion: Code that makes the Series of what the user passed, for messages; "" if it is one.

    Raises:
        InvalidInputError: A value is neither text nor image or is not of the given kind, or the kinds are mixed.
    """
    if kind == "text" and all(type(value) is str for value in values):
        return "text"
    kinds = [class_of(value, kind) for value in values]
    describe = _RowDescription(series, codes, values, conversion)
    _refuse_others(describe, kinds, kind)
    if kind == "image":
        return "image"
    _refuse_encoded_texts(describe, kinds)
    _refuse_images(describe, kinds, kind)
    if "perhaps" in kinds:
        meant = "text" if "text" in kinds else "image"
        kinds = [meant if k == "perhaps" else k for k in kinds]
    _refuse_mixture(describe, kinds)
    if kinds[:1] == ["image"]:
        return "image"
    from jsdf.column.disguises import warn_of_disguises  # here and below: what only some columns need waits for them

    warn_of_disguises(values, conversion)
    return "text"


class _RowDescription:
    """Description of the first row that holds a value, for messages: `describe(position)`."""

    def __init__(self, series: pd.Series[Any], codes: npt.NDArray[np.intp], values: list[Any], conversion: str) -> None:
        self.series, self.values, self.conversion, self._codes = series, values, conversion, codes

    def __call__(self, position: int) -> str:
        row = int(np.argmax(self._codes == position))
        (label,) = self.series.index[row : row + 1].tolist()
        column = "" if self.series.name is None else f" of column {self.series.name!r}"
        value = self.values[position]
        shown = quote(value) if isinstance(value, str) else " ".join(quote(value).split())
        return f"row {label!r}{column} holds {shown} ({type(value).__name__})"


def class_of(value: Any, kind: str) -> str:
    """Return `"text"`, `"image"`, `"perhaps"` for a text that may stand for an image, or `"neither"`.

    Args:
        value: A value, as `read_value` returns it.
        kind: `"auto"` to tell texts by what they say; else the type alone counts.
    """
    if not isinstance(value, str):
        return "image" if is_image(value) else "neither"
    if kind != "auto":
        return "text"
    return "image" if is_image_name(value) else "perhaps" if looks_like_image_name(value) else "text"


def _refuse_others(describe: _RowDescription, kinds: list[str], kind: str) -> None:
    if "neither" in kinds:
        from jsdf.column.advice import advise, with_conversion

        wrong = kinds.index("neither")
        problem = {"auto": "neither text nor an image", "text": "not text", "image": "not an image"}[kind]
        advice = advise(describe.series, describe.values, describe.values[wrong], kind)
        advice = with_conversion(advice, describe.conversion)
        raise InvalidInputError(f"{describe(wrong)}, which is {problem}; {advice}")


def _refuse_encoded_texts(describe: _RowDescription, kinds: list[str]) -> None:
    """Refuse bytes that are texts, in a column without any image."""
    from jsdf.column.advice import advise_decoding, with_conversion
    from jsdf.column.encoded_texts import common_encoding

    images = [i for i, k in enumerate(kinds) if k == "image"]
    contents = [value for value in (describe.values[i] for i in images) if isinstance(value, bytes)]
    encoding = common_encoding(contents) if len(contents) == len(images) else None
    if encoding is not None:
        advice = with_conversion(advise_decoding(describe.series, describe.values, encoding), describe.conversion)
        raise InvalidInputError(
            f"{describe(images[0])}, which is a text as bytes; {advice}, or pass kind='image' if it is an image"
        )


def _refuse_images(describe: _RowDescription, kinds: list[str], kind: str) -> None:
    if kind == "text" and "image" in kinds:
        raise InvalidInputError(f"{describe(kinds.index('image'))}, which is not text; pass kind='image'")


def _refuse_mixture(describe: _RowDescription, kinds: list[str]) -> None:
    other = next((i for i, k in enumerate(kinds) if k != kinds[0]), None)
    if other is None:
        return
    if all(isinstance(value, str) for value in describe.values):
        cure = "split the column, or pass kind='text' or kind='image'"
    else:
        from jsdf.column.advice import with_conversion

        is_text = "series.map(lambda value: isinstance(value, str))"
        cure = f"split the column into series[is_text] and series[~is_text], where is_text = {is_text}"
        cure = with_conversion(cure, describe.conversion)
    raise InvalidInputError(
        f"the column mixes texts and images: {describe(other)}, which is {_ARTICLES[kinds[other]]}, "
        f"while the rows before it hold {kinds[0]}s; {cure}"
    )


_ARTICLES = {"image": "an image", "text": "a text"}
