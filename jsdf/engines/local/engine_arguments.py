"""Check the arguments of `Local`."""

from __future__ import annotations

import os
from typing import Any

from jsdf.errors import InvalidInputError
from jsdf.utils.whole_numbers import to_whole_number


def check_number(name: str, number: Any, maximum: int, default: str) -> int | None:
    """Return a whole number from 1 to `maximum`, also one of numpy's, or None."""
    if number is None:
        return None
    whole = to_whole_number(number)
    if whole is None or not 1 <= whole <= maximum:
        raise InvalidInputError(f"{name}={number!r}: pass a whole number from 1 to {maximum:,}, or None for {default}")
    return whole


def check_model(name: str, model: Any) -> str | None:
    """Return the folder or hub name of a model, or None."""
    if model is None:
        return None
    if not isinstance(model, (str, os.PathLike)) or not str(os.fspath(model)).strip():
        raise InvalidInputError(f"{name}={model!r}: pass a model's folder or its name on the hub, or None")
    return os.fsdecode(model)
