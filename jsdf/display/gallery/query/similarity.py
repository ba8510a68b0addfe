"""Order of rows by likeness to one of them: the cosine of their embeddings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Rows: TypeAlias = npt.NDArray[np.intp]
#: Returns the embeddings of these rows, numbers of shape (rows, width), nan where there is none.
Embed: TypeAlias = Callable[[Rows], npt.NDArray[Any]]


@dataclass(frozen=True)
class RowEmbedder:
    """Embeds rows of a column.

    Attributes:
        embed: Returns the embeddings of rows.
        max_rows: Rows that are embedded for one order, since each takes time; None for all rows.
    """

    embed: Embed
    max_rows: int | None = None

    def __call__(self, rows: Rows) -> npt.NDArray[Any]:
        """Return the embeddings of these rows, numbers of shape (rows, width), nan where there is none."""
        return self.embed(rows)


class RowVectors:
    """Embeddings of rows, each made once.

    Args:
        embed: Embeds rows; if it is not a `RowEmbedder`, without limit.
        n_rows: Number of rows of the column.
    """

    def __init__(self, embed: Embed, n_rows: int) -> None:
        self._embed = embed
        self._max_rows = embed.max_rows if isinstance(embed, RowEmbedder) else None
        self._positions = np.full(n_rows, -1, np.intp)
        self._vectors: npt.NDArray[np.float32] | None = None

    def missing(self, row: int, candidates: Rows) -> Rows:
        """Return the rows to embed for an order by likeness to `row`: all candidates, or as many as the limit allows.

        Which of the candidates are taken does not depend on their order; the same ones are taken every time.
        """
        rows = np.union1d(candidates, [row])
        if self._max_rows is not None and len(rows) > self._max_rows:
            generator = np.random.default_rng(0)
            # Each row of the column has its place in one random order, whatever the candidates are.
            place = generator.permutation(len(self._positions))
            rows = np.union1d(rows[np.argsort(place[rows])[: self._max_rows]], [row])
        missing: Rows = rows[self._positions[rows] < 0]
        return missing

    def make(self, rows: Rows) -> npt.NDArray[np.float32]:
        """Return the embeddings of these rows, scaled to the length 1; changes nothing."""
        vectors = np.asarray(self._embed(rows), np.float32).reshape(len(rows), -1)
        with np.errstate(invalid="ignore", divide="ignore"):
            scaled: npt.NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return scaled

    def keep(self, rows: Rows, vectors: npt.NDArray[np.float32]) -> None:
        """Keep the embeddings of these rows, as `make` returned them."""
        if self._vectors is None or not self._vectors.shape[1]:
            width = vectors.shape[1]
            held = 0 if self._vectors is None else len(self._vectors)
            self._vectors = np.full((held, width), np.nan, np.float32)
        if vectors.shape[1] != self._vectors.shape[1]:  # no row had a value
            vectors = np.full((len(rows), self._vectors.shape[1]), np.nan, np.float32)
        self._positions[rows] = len(self._vectors) + np.arange(len(rows))
        self._vectors = np.concatenate([self._vectors, vectors])

    def likeness(self, row: int) -> npt.NDArray[np.float32]:
        """Return the cosine of each row's embedding and that of `row`, float32 of shape (rows,), nan where unknown."""
        cosines = np.full(len(self._positions), np.nan, np.float32)
        if self._vectors is not None and self._positions[row] >= 0:
            known = self._positions >= 0
            cosines[known] = (self._vectors @ self._vectors[self._positions[row]])[self._positions[known]]
        return cosines

    def has_vector(self, row: int) -> bool:
        """Return True if the row was embedded, and has an embedding."""
        at = self._positions[row]
        return (
            self._vectors is not None
            and at >= 0
            and self._vectors.shape[1] > 0
            and bool(np.isfinite(self._vectors[at]).all())
        )
