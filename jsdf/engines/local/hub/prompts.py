"""The words that a sentence embedder wants before what it reads, where its configuration declares them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jsdf.engines.local.hub.places import read_json

if TYPE_CHECKING:
    from pathlib import Path

_DOCUMENTS = ("document", "passage", "corpus")


def prompts(path: Path) -> tuple[str, str]:
    """What stands before labels and before samples, both empty where nothing is declared.

    The default prompt and one for classification serve both sides. Otherwise a label is a query, and the
    sample is the document that may answer it.
    """
    config = read_json(path / "config_sentence_transformers.json") or {}
    declared = {str(name): str(text) for name, text in (config.get("prompts") or {}).items() if text is not None}
    folded = {name.casefold(): text for name, text in declared.items()}
    for name in (str(config.get("default_prompt_name") or "").casefold(), "classification"):
        if folded.get(name):
            return folded[name], folded[name]
    return folded.get("query", ""), next((folded[name] for name in _DOCUMENTS if name in folded), "")
