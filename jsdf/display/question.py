"""What a review asks of its rows: corrections of one question must not be taken for answers to another."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import pandas as pd

from jsdf.results.run import Run

if TYPE_CHECKING:
    from collections.abc import Hashable

    from jsdf.display.labelling import Labelling
    from jsdf.labels import LabelSet


def question(label: Any, found: Labelling, column: Hashable, name: str | None = None) -> list[str]:
    """Words that are the same for the same question; see also `jsdf.display.verdicts.alike`, for the plain labels.

    Args:
        label: The labels as they were passed.
        found: The same, read.
        column: The name of the column that is labelled.
        name: What the user calls the question; it alone counts where it is given.

    Returns:
        The name. Or the label column's name, whatever is in it by now, since a later run may find other labels. Or,
        of a run, its task and the labels that it describes. Or else the labels' names, as of several labels a row:
        a row that was right without a label that came later is open again.
    """
    if name is not None:
        return ["name", _shape(found), name]
    if found.multiple:
        return ["labels", _shape(found), repr(_of_run(label)), *sorted(found.names)]
    if isinstance(label, Run):
        return ["run", _shape(found), repr(_of_run(label))]
    # A run's own labels go by the name of the column that was labelled, which does not tell what was asked.
    if isinstance(label, pd.Series) and label.name is not None and label.name != column:
        return ["column", _shape(found), repr(label.name)]
    return ["labels", _shape(found), *sorted(found.names)]


def _shape(found: Labelling) -> str:
    return "several labels" if found.multiple else "one label"


def _of_run(label: Any) -> list[str]:
    return [label.task or "", *_described(label.label_set)] if isinstance(label, Run) else []


def _described(labels: LabelSet) -> list[str]:
    """The labels that are more than their name, by digests of what they are shown or described by."""
    described = []
    for one in labels.classes:
        members = [[member.type, member.value] for member in one.members]
        if members != [["text", one.name]]:
            digest = blake2b(repr(members).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
            described.append(f"{one.name}: {digest}")
    return sorted(described)
