"""Refuse labels that all-MiniLM-L6-v2 cannot read; images are compared with labels by this model too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jsdf.engines.local.minilm.windows import readability
from jsdf.engines.local.readability import ENGLISH_WORDS, refuse_unreadable_labels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jsdf.engines.local.label_meaning import Meaning
    from jsdf.engines.local.minilm.model import Model


def check_descriptions(names: Sequence[str], meanings: Sequence[Meaning], model: Model) -> None:
    """Raise if a description has no word that the model knows.

    Args:
        names: Names of the labels.
        meanings: Their meanings; descriptions that stand for images are not checked.
        model: The model that will embed the descriptions.

    Raises:
        InvalidLabelsError: A description cannot be read.
    """
    refuse_unreadable_labels(
        names, meanings, lambda text: not readability(text, model).is_unreadable_label, ENGLISH_WORDS
    )
