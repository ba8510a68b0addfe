"""Arrays of objects made without looking into the objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt


def to_object_array(values: Sequence[Any]) -> npt.NDArray[np.object_]:
    """Return an object array of shape (values,).

    NumPy, and pandas before version 3, ask each object of a list for its content as an array. An image that Pillow has
    opened would be decoded by that, and one that cannot be read would raise.
    """
    array = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        array[i] = value
    return array
