"""Values of a column in the few forms that engines know: text, bytes, path, PIL image or array."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.utils.characters import escapes_bytes, has_surrogate, is_blank, is_invisible, repair_surrogates
from jsdf.utils.missing import is_missing


def read_value(value: Any) -> Any:
    """Return a value in the form in which engines take it, or None if it is missing.

    Args:
        value: Any value of a column.

    Returns:
        A `str`, `bytes`, a path, a PIL image or an array: for a mapping with `bytes` and `path`, as data sets of
        Hugging Face hold images, its bytes or else its path; bytes of what is `bytes` in another form; a path for what
        has `__fspath__`, an array for what has `__array__`. A text has no surrogates, unless they are escaped bytes and
        it may be the name of a file. None for nulls, and for texts and bytes that are empty or blank. Any other value
        as it is.
    """
    if isinstance(value, str):
        text = str.__str__(value)
        if has_surrogate(text) and not escapes_bytes(text):
            text = repair_surrogates(text)
        return None if is_blank(text) else text
    if isinstance(value, (bytes, bytearray, memoryview)):
        content = bytes(value)
        return None if not content or content.isspace() else content
    if isinstance(value, (PurePath, np.ndarray)) or _is_picture(value):
        return value
    # pandas takes a tensor for a scalar.
    if pd.api.types.is_scalar(value) and not is_array_like(value):
        return None if pd.isna(value) else value
    return _read_object(value)


def is_plain(value: Any) -> bool:
    """Return True if `read_value` certainly returns this value itself, which is so for most texts."""
    if type(value) is not str:
        return False
    first = value[:1]
    if value.isascii():
        return "!" <= first <= "~"
    return first.isalnum() and not is_invisible(first) and not has_surrogate(value)


def is_image(value: Any) -> bool:
    """Return True for what engines take as an image, texts apart: bytes, a path, a PIL image or an array of pixels."""
    if isinstance(value, np.ndarray):
        return value.ndim in (2, 3) and value.dtype.kind in "biuf"
    return isinstance(value, (bytes, PurePath)) or _is_picture(value)


def is_array_like(value: Any) -> bool:
    """Return True for an array of another library, such as a tensor."""
    return hasattr(value, "__array__") and not isinstance(value, (np.generic, type))


def to_array(value: Any) -> npt.NDArray[Any] | None:
    """Return an array of another library as one of NumPy; None for anything else, and if that is not possible."""
    try:
        return np.asarray(value) if is_array_like(value) else None
    except (TypeError, ValueError, RuntimeError):  # a tensor on another device, or with a gradient
        return None


def is_image_struct(value: Any) -> bool:
    """Return True for a mapping that holds an image as data sets of Hugging Face do: its bytes, its path or both."""
    if not isinstance(value, Mapping) or not ("bytes" in value or "path" in value):
        return False
    content, path = _or_none(value.get("bytes")), _or_none(value.get("path"))
    return (content is None or isinstance(content, (bytes, bytearray, memoryview))) and (
        path is None or isinstance(path, (str, os.PathLike))
    )


def _read_object(value: Any) -> Any:
    if is_image_struct(value):
        content, path = read_value(value.get("bytes")), read_value(value.get("path"))
        return _path(path) if content is None else content
    if hasattr(value, "as_py"):  # a scalar of Arrow
        return read_value(value.as_py())
    if isinstance(value, os.PathLike):
        return Path(os.fsdecode(value))
    array = to_array(value)
    return value if array is None else array


def _is_picture(value: Any) -> bool:
    pil = sys.modules.get("PIL.Image")  # a PIL image can only exist if PIL is imported
    return pil is not None and isinstance(value, pil.Image)


def _or_none(value: Any) -> Any:
    return None if is_missing(value) else value


def _path(path: Any) -> Any:
    """Return the path of a struct as a path, which is an image whatever its name, or as a text if it is a URL."""
    return Path(path) if isinstance(path, str) and "://" not in path and path[:5].lower() != "data:" else path
