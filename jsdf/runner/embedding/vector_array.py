"""Arrays for the vectors of many rows."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

#: Rows up to which the vectors are float32 in memory; more are half as large, in a temporary file.
MAX_ROWS_IN_MEMORY = 100_000


def new_vectors(rows: int, width: int) -> npt.NDArray[Any]:
    """Return an array of NaN, in a temporary file if it is large."""
    if rows <= MAX_ROWS_IN_MEMORY:
        return np.full((rows, width), np.nan, dtype=np.float32)
    with tempfile.TemporaryFile(prefix="jsdf-vectors-") as file:  # the mapping outlives the file object
        vectors = np.memmap(file, dtype=np.float16, mode="w+", shape=(rows, width))
    step = max(1, (1 << 22) // width)
    for start in range(0, rows, step):
        vectors[start : start + step] = np.nan
    return vectors
