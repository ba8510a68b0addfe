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
        """Return the rows to embed for an order by likeness to `row`: as many of the candidates as the limit allows.

        Without a limit, these are all rows of the column. Which candidates are taken does not depend on their order;
        the same ones are taken every time.
        """
        rows = np.arange(len(self._positions)) if self._max_rows is None else np.union1d(candidates, [row])
        if self._max_rows is not None and len(rows) > self._max_rows:
            # Each row of the column has its place in one random order, whatever the candidates are.
            place = np.random.default_rng(0).permutation(len(self._positions))
            rows = np.union1d(rows[np.argsort(place[rows])[: self._max_rows]], [row])
        missing: Rows = rows[self._positions[rows] < 0]
        return missing

    def make(self, rows: Rows) -> npt.NDArray[np.float32]:
        """Return the embeddings of these rows; changes nothing."""
        return np.asarray(self._embed(rows), np.float32) if len(rows) else np.empty((0, 0), np.float32)

    def keep(self, rows: Rows, vectors: npt.NDArray[np.float32]) -> None:
        """Keep the embeddings of these rows, as `make` returned them."""
        if not len(rows):
            return
        before = self._vectors
        if before is None:
            self._positions[rows], self._vectors = np.arange(len(rows)), vectors
            return
        width = max(before.shape[1], vectors.shape[1])
        self._positions[rows] = len(before) + np.arange(len(rows))
        self._vectors = np.concatenate([_widen(before, width), _widen(vectors, width)])

    def likeness(self, row: int) -> npt.NDArray[np.float32]:
        """Return the cosine of each row's embedding and that of `row`, float32 of shape (rows,), nan where unknown."""
        cosines = np.full(len(self._positions), np.nan, np.float32)
        if self._vectors is not None and self._positions[row] >= 0:
            known = self._positions >= 0
            wanted = self._vectors[self._positions[row]]
            lengths = np.sqrt(np.einsum("ij,ij->i", self._vectors, self._vectors))
            with np.errstate(invalid="ignore", divide="ignore"):
                of_vectors = (self._vectors @ wanted) / (lengths * np.linalg.norm(wanted))
            cosines[known] = of_vectors[self._positions[known]]
        return cosines

    def has_vector(self, row: int) -> bool:
        """Return True if the row was embedded, and has an embedding that is not zero."""
        at = self._positions[row]
        if self._vectors is None or at < 0:
            return False
        length = float(np.linalg.norm(self._vectors[at]))
        return 0 < length < float("inf")


def _widen(vectors: npt.NDArray[np.float32], width: int) -> npt.NDArray[np.float32]:
    """Return embeddings of this width; those of no width, which rows without values have, become nan."""
    return vectors if vectors.shape[1] == width else np.full((len(vectors), width), np.nan, np.float32)
