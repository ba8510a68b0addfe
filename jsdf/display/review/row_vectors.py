"""Embeddings of some rows of a review: taken from an array, or made by the local engine when they are needed."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jsdf.engines.local.engine import available
from jsdf.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jsdf.column.kinds import Kind
    from jsdf.display.gallery.row_table import RowTable
    from jsdf.display.review.informative import Embed

Vectors = npt.NDArray[np.float32]


def row_embedder(table: RowTable, vectors: Any) -> Embed | None:
    """Return a function that embeds rows; None if there are no vectors and the local engine is not installed.

    Args:
        table: Data of all rows.
        vectors: The argument `vectors` of `jsdf.review`.

    Raises:
        InvalidInputError: The vectors are no numbers, or of other rows.
    """
    if vectors is not None:
        given = _check_vectors(vectors, len(table))
        return lambda rows: given[rows].astype(np.float32)
    if not available():
        return None
    return lambda rows: _embed_locally(table.column.kind, [table.value(row) for row in rows.tolist()])


def _check_vectors(vectors: Any, n_rows: int) -> npt.NDArray[Any]:
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


def _embed_locally(kind: Kind, values: Sequence[Any]) -> Vectors:
    from jsdf.engines.local.engine import Local

    engine = Local()

    async def embed() -> list[Vectors]:
        async with engine.session() as session:
            return [
                (await session.embed(kind, values[start : start + engine.batch_size])).vectors
                for start in range(0, len(values), engine.batch_size)
            ]

    # On a thread of its own: in a notebook, the caller's thread has a running event loop.
    with ThreadPoolExecutor(1, "jsdf-embed") as pool:
        return np.concatenate(pool.submit(asyncio.run, embed()).result())
