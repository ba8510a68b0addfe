"""Models of the user's own, by folder or hub name; nothing here imports torch before a model is loaded."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from jsdf.engines.local.huggingface.model_location import locate
from jsdf.engines.local.huggingface.model_type import LocatedModel, detect_model_type
from jsdf.errors import MissingExtraError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from jsdf.column.kinds import Kind
    from jsdf.engines.local.classifier import Classifier

__all__ = ["LocatedModel", "find_model", "make_classifier"]

_NEEDED = ("torch", "transformers", "safetensors")
#: Raise it whenever a rule, a template or a constant changes an answer: the store keeps answers by it.
_RULES = 1


def find_model(model: str, kind: Kind) -> LocatedModel:
    """Find a model and see what it is, without loading it.

    A folder's files are read once to make their digest, about a second a gigabyte. A hub name is looked for
    in the hub library's cache and downloaded if it is not there; what is there is used as it stands, and
    never looked up again, so that answers change only when somebody changes the cache.

    Args:
        model: A folder, or a name on the hub.
        kind: What it is to read, `"text"` or `"image"`.

    Raises:
        MissingExtraError: The `hf` extra is not installed.
        InvalidInputError: It is neither a folder nor a name that the hub would allow.
        ModelError: It is not there, has no `config.json` or no safetensors, cannot be fetched, or is of a
            sort that is not read here.
    """
    if any(find_spec(name) is None for name in _NEEDED):
        raise MissingExtraError('models of your own need torch and transformers; run pip install "jsdf[hf]"')
    place = locate(model)
    sort = detect_model_type(place, kind)
    return LocatedModel(model, place.path, f"{place.identity}:{sort}:rules-{_RULES}", sort)


def make_classifier(model: LocatedModel, pool: ThreadPoolExecutor) -> Classifier:
    """Make the classifier of a located model; it loads the model when it is first asked.

    Args:
        model: The model, as `find_model` returns it.
        pool: Threads to work on.
    """
    if model.model_type == "pair":
        from jsdf.engines.local.huggingface.clip import ClipClassifier

        return ClipClassifier(model, pool)
    if model.model_type == "nli":
        from jsdf.engines.local.huggingface.nli import NLIClassifier

        return NLIClassifier(model, pool)
    from jsdf.engines.local.huggingface.sentence_embedder import SentenceEmbeddingClassifier

    return SentenceEmbeddingClassifier(model, pool)
