"""Labels, and sets of labels, as numbers that are equal where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jsdf.engines.cascade_settings import MAX_LABELS_OF_SETS

if TYPE_CHECKING:
    import numpy.typing as npt


class LabelCodes:
    """Numbers of labels: their positions; of sets of labels, a bit each, or the order in which they were first met.

    Args:
        labels: Number of labels; sets of more than `MAX_LABELS_OF_SETS` are numbered as they are met.
    """

    def __init__(self, labels: int) -> None:
        self._bits = 1 << np.arange(labels, dtype=np.int64) if labels <= MAX_LABELS_OF_SETS else None
        self._codes: dict[bytes, int] = {}

    def of(self, chosen: npt.NDArray[np.int32] | npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
        """Return the numbers, int64 of shape (values,).

        Args:
            chosen: Positions of labels, int of shape (values,); or the sets, bool of shape (values, labels).
        """
        if chosen.ndim == 1:
            return chosen.astype(np.int64)
        if self._bits is not None:
            bits: npt.NDArray[np.int64] = chosen @ self._bits
            return bits
        codes = [self._codes.setdefault(row.tobytes(), len(self._codes)) for row in np.packbits(chosen, axis=1)]
        return np.array(codes, np.int64)
