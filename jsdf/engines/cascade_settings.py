"""Checks of the settings of a cascade."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from typing import Any

from jsdf.errors import InvalidInputError
from jsdf.utils.call_signature import did_you_mean
from jsdf.utils.whole_numbers import to_whole_number

#: Most labels of a question with several labels a row and a target by label.
MAX_LABELS_OF_SETS = 62


def check_target(target: Any) -> float | dict[str, float]:
    """Return a checked `target`.

    Raises:
        InvalidInputError: It is neither a share nor a mapping of labels to shares.
    """
    if not isinstance(target, Mapping):
        return check_share("target", target)
    if not target:
        raise InvalidInputError("target={}: name at least one label, as in target={'fraud': 0.99}")
    return {str(label): check_share(f"target[{label!r}]", share) for label, share in target.items()}


def check_share(name: str, value: Any) -> float:
    """Return a checked share of rows, or a probability.

    Raises:
        InvalidInputError: It is not between 0 and 1.
    """
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not is_number or not 0 < value < 1:
        raise InvalidInputError(f"{name}={value!r}: pass a share between 0 and 1, as 0.95 or 0.05")
    return float(value)


def check_number(name: str, value: Any) -> int:
    """Return a checked whole number, 0 or more.

    Raises:
        InvalidInputError: It is none.
    """
    number = to_whole_number(value)
    if number is None or number < 0:
        raise InvalidInputError(f"{name}={value!r}: pass a whole number, 0 or more")
    return number


def check_target_labels(target: float | Mapping[str, float], names: Sequence[str], *, multiple: bool) -> None:
    """Check that targets by label fit a question.

    Raises:
        InvalidInputError: They do not.
    """
    if not isinstance(target, Mapping):
        return
    if multiple and len(names) > MAX_LABELS_OF_SETS:
        raise InvalidInputError(
            f"a target by label is for at most {MAX_LABELS_OF_SETS} labels where a row may have several, not "
            f"{len(names)}; pass a share, as in target=0.95"
        )
    unknown = next((label for label in target if label not in names), None)
    if unknown is not None:
        hint = did_you_mean(unknown, list(names)) or f"; the labels are {', '.join(map(repr, names))}"
        raise InvalidInputError(f"target has {unknown!r}, which is no label{hint}")
