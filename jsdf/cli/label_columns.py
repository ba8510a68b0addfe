"""The columns that `jsdf classify` adds to a table: the labels, and with `--details` everything about each row."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.errors import InvalidInputError
from jsdf.results.frame import DETAILS

if TYPE_CHECKING:
    from jsdf.results.run import Run

#: Decimals of a score in the output.
_DECIMALS = 6


class LabelColumns:
    """Names and values of the added columns; the types of the values do not depend on the rows.

    Args:
        label_names: The names of the labels.
        multiple: True if each label has a column.
        into: The name of the column of a single label; None for `label`.
        has_details: True for the columns `status`, `score`, `source` and `reason`, too.

    Attributes:
        names: The names of the columns, in order.
        label_count: Number of columns with labels, which are the first.

    Raises:
        InvalidInputError: `into` does not fit, or two columns would have the same name.
    """

    def __init__(
        self, label_names: Sequence[str], *, multiple: bool, into: str | None = None, has_details: bool = False
    ) -> None:
        if into is not None and multiple:
            raise InvalidInputError("--into names one column, but --multiple adds one column a label; pass one of them")
        labels = list(label_names) if multiple else [into or "label"]
        self._details = list(DETAILS) if has_details else []
        self.names, self.label_count = [*labels, *self._details], len(labels)
        taken = next((name for name in labels if name in self._details), None)
        if taken is not None:
            advice = "rename the label" if multiple else "choose another name with --into"
            raise InvalidInputError(f"--details adds a column {taken!r}, which is a column of labels already; {advice}")

    def check_names(self, file: Path, names: Sequence[Any]) -> None:
        """Check that a file has none of these columns.

        Raises:
            InvalidInputError: It has one of them.
        """
        taken = next((name for name in self.names if name in names), None)
        if taken is None:
            return
        if taken in self._details:
            advice = "rename it, or leave out --details"
        else:
            advice = "choose another name with --into" if self.label_count == 1 else "rename it, or the label"
        raise InvalidInputError(f"{file} has a column {taken!r} already; {advice}")

    def values(self, run: Run) -> list[Any]:
        """Return the values of a run for each column."""
        labels = run.labels
        if isinstance(labels, pd.DataFrame):
            arrays: list[Any] = [labels.iloc[:, i].astype("boolean").array for i in range(labels.shape[1])]
        else:
            arrays = [labels.array]
        if not self._details:
            return arrays
        # A prefix, since a label may have the name of another column of the frame.
        frame = run.to_frame(prefix="label ")
        frame["score"] = frame["score"].astype("Float64").round(_DECIMALS)
        return [*arrays, *(frame[name].array for name in self._details)]
