"""A column as rows to look at: nothing is compared with anything, so that 100,000 open as fast as 100."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from jsdf.column import Column, encode, fingerprint

#: Rows that tell texts from images; `encode` would judge every one, and find the distinct ones first.
_JUDGED = 500


class Rows(Column):
    """A column whose every row has a value of its own; `codes` says where, -1 for a missing one."""

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint64]:
        """64 bits a row, equal for equal values; a path counts by its name, since to look at files takes long."""
        texts = [value if isinstance(value, str) else _named(value) for value in self.values]
        try:
            found = pd.util.hash_array(np.array([*texts, ""], dtype=object), categorize=False)
        except UnicodeEncodeError:  # a lone surrogate
            found = np.array([int.from_bytes(fingerprint(text)[:8], "big") for text in [*texts, ""]], dtype=np.uint64)
        return found[self.codes]  # the code -1 picks the last, which is that of nothing


def as_rows(series: pd.Series[Any], kind: str = "auto") -> Rows:
    """Read a column.

    Args:
        series: Texts or images; null, empty and white-space-only values are missing.
        kind: As for `encode`; what the first 500 rows with a value are is what all are taken for.

    Raises:
        InvalidInputError: One of these rows is neither text nor image, or they are mixed.
    """
    values = series.to_numpy(dtype=object)
    present = ~series.isna().to_numpy(dtype=bool)
    present[present] = [not isinstance(v, str) or bool(v and not v.isspace()) for v in values[present]]
    judged = encode(series[present][:_JUDGED], kind)
    codes = np.where(present, np.cumsum(present) - 1, -1).astype(np.intp)
    return Rows(series.index, series.name, codes, values[present].tolist(), judged.kind)


def _named(value: Any) -> str:
    return str(value) if hasattr(value, "__fspath__") else fingerprint(value).hex()
