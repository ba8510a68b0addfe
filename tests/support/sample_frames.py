"""Frames of every sort that a user may have."""

import numpy as np
import pandas as pd
import pyarrow as pa

TEXTS = ["good film", "bad film", "good film", None, "", " \t\n", "naïve 🎬"]


def _frame(values, dtype=object, *, column="text", index=None):
    return pd.DataFrame({column: pd.Series(values, dtype=dtype, index=index), "other": range(len(values))}, index=index)


def _with_unused_categories():
    series = pd.Series(TEXTS, dtype="category")
    return pd.DataFrame({"text": series.cat.add_categories(["never seen"]).cat.remove_categories(["bad film"])})


#: The texts are in the first column.
FRAMES = {
    "empty": lambda: _frame([]),
    "empty-string": lambda: _frame([], "string"),
    "empty-category": lambda: _frame([], "category"),
    "one-row": lambda: _frame(["alone"]),
    "nulls-of-every-sort": lambda: _frame(["a", None, np.nan, pd.NA, pd.NaT, "b"]),
    "nulls-alone": lambda: _frame([None, np.nan, pd.NA, pd.NaT]),
    "nulls-in-floats": lambda: _frame([np.nan, np.nan], float),
    "blanks": lambda: _frame(["", " ", "\t\n", "\u3000", "\u00a0", "a", " a "]),
    "duplicate-index": lambda: _frame(TEXTS, index=[1, 1, 0, 0, 1, 2, 2]),
    "multi-index": lambda: _frame(
        TEXTS, index=pd.MultiIndex.from_arrays([list("aabbccd"), range(7)], names=["of", None])
    ),
    "object": lambda: _frame(TEXTS),
    "string": lambda: _frame(TEXTS, "string"),
    "string[python]": lambda: _frame(TEXTS, "string[python]"),
    "string[pyarrow]": lambda: _frame(TEXTS, "string[pyarrow]"),
    "arrow": lambda: _frame(TEXTS, pd.ArrowDtype(pa.string())),
    "large-arrow": lambda: _frame(TEXTS, pd.ArrowDtype(pa.large_string())),
    "str": lambda: pd.DataFrame({"text": TEXTS}),
    "category": lambda: _frame(TEXTS, "category"),
    "unused-categories": _with_unused_categories,
    "integer-column-name": lambda: _frame(TEXTS, column=0),
    "tuple-column-name": lambda: pd.DataFrame({("text", 1): TEXTS, ("text", 2): TEXTS}),
}
