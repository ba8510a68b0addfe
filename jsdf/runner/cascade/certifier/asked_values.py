"""Values of a column with their cheap labels, and the answers that were paid for so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Counts = npt.NDArray[np.int64]
    Positions = npt.NDArray[np.intp]
    Flags = npt.NDArray[np.bool_]

#: Codes in place of a label: not asked; asked without an answer; no cheap label.
UNPAID: Final = -1
FAILED: Final = -2
UNLABELLED: Final = -3


@dataclass(frozen=True, eq=False)
class AskedValues:
    """Distinct values, their cheap labels and the strong engine's.

    Args:
        weights: Rows of each value, of shape (values,).
        predicted: Code of the cheap label, `UNLABELLED` where there is none.
        answers: Code of the strong engine's label, `UNPAID`, or `FAILED`. It is written to.
        multiple: True if a code is a set of labels: bit i stands for label i.
    """

    weights: Counts
    predicted: Counts
    answers: Counts
    multiple: bool = False

    @property
    def rows(self) -> int:
        """Number of rows of the column."""
        return int(self.weights.sum())

    @property
    def unpaid(self) -> Flags:
        """Values that keep the cheap label as it stands."""
        return np.equal(self.answers, UNPAID)

    @property
    def failed_rows(self) -> int:
        """Number of rows whose value was asked without an answer."""
        return int(self.weights[self.answers == FAILED].sum())

    def carries(self, codes: Counts, label: int) -> Flags:
        """Return True for each code that is this label, or contains it; not for codes below 0."""
        if self.multiple:
            has: Flags = np.greater_equal(codes, 0) & np.equal((codes >> label) & 1, 1)
            return has
        return np.equal(codes, label)

    def is_wrong(self, values: Positions, label: int | None) -> Flags:
        """Return True for each answered value whose cheap label the strong engine did not give.

        Args:
            values: Positions of the values.
            label: The one label that is compared, or None for the whole code.
        """
        if label is None:
            return np.not_equal(self.answers[values], self.predicted[values])
        right = self.carries(self.answers[values], label)
        wrong: Flags = self.carries(self.predicted[values], label) & ~right
        return wrong
