"""The user's own `transformers` models, by folder or hub name; torch is imported only when a model is loaded."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from jsdf.engines.local.huggingface.model_location import locate
from jsdf.engines.local.huggingface.model_type import LocatedModel, detect_model_type
from jsdf.errors import MissingExtraError

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from jsdf.column.kinds import Kind
    from jsdf.engines.local.classifier import Classifier

__all__ = ["LocatedModel", "find_model", "make_classifier"]

_REQUIRED_PACKAGES = ("torch", "transformers", "safetensors")
#: Raise whenever a rule, a template or a constant changes an answer: it is part of the key of stored answers.
_RULES = 3


def find_model(model: str, kind: Kind) -> LocatedModel:
    """Locate a model and detect its type, without loading it.

    The files of a folder are read once to compute their digest (about one second per gigabyte). A hub name is looked up
    in the cache of `huggingface_hub` and downloaded if it is missing; a cached snapshot is used without asking the hub
    for a newer one, so answers change only when the cache is changed.

    Args:
        model: A folder, or a model's name on the Hugging Face Hub.
        kind: Kind of the samples that it is to classify, `"text"` or `"image"`.

    Raises:
        MissingExtraError: The `hf` extra is not installed.
        InvalidInputError: `model` is neither a folder nor a valid hub name.
        ModelError: The model is missing, cannot be downloaded, has no `config.json` or no safetensors, or is of an
            unsupported type.
    """
    if any(find_spec(name) is None for name in _REQUIRED_PACKAGES):
        raise MissingExtraError('text_model= and image_model= need torch and transformers; run pip install "jsdf[hf]"')
    location = locate(model)
    model_type = detect_model_type(location, kind)
    return LocatedModel(model, location.path, f"{location.identity}:{model_type}:rules-{_RULES}", model_type)


def make_classifier(model: LocatedModel, pool: Executor) -> Classifier:
    """Make the classifier of a located model; the model itself is loaded at the first request.

    Args:
        model: The model, as `find_model` returns it.
        pool: Threads to run on.
    """
    if model.model_type == "pair":
        from jsdf.engines.local.huggingface.clip import ClipClassifier

        return ClipClassifier(model, pool)
    if model.model_type == "nli":
        from jsdf.engines.local.huggingface.nli import NLIClassifier

        return NLIClassifier(model, pool)
    from jsdf.engines.local.huggingface.sentence_embedder import SentenceEmbeddingClassifier

    return SentenceEmbeddingClassifier(model, pool)
