"""Vectors of rows, as the argument `vectors` of `jsdf.review`."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from jsdf.errors import InvalidInputError


def check_vectors(vectors: Any, n_rows: int) -> npt.NDArray[Any]:
    """Return the argument as an array of shape (rows, width).

    Raises:
        InvalidInputError: The vectors are no numbers, or of other rows.
    """
    try:
        given = np.asarray(vectors)
        is_number = np.issubdtype(given.dtype, np.floating) or np.issubdtype(given.dtype, np.integer)
    except ValueError:  # rows of different lengths
        is_number = False
    if not is_number:
        shown = repr(vectors) if isinstance(vectors, str) else f"a {type(vectors).__name__}"
        raise InvalidInputError(f"vectors={shown}: pass numbers of shape (rows, width)")
    if given.ndim != 2 or len(given) != n_rows or not given.shape[1]:
        raise InvalidInputError(
            f"vectors has the shape {given.shape}; pass one line for each of the {n_rows:,} rows: ({n_rows}, width)"
        )
    return given
