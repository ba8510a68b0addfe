"""What sort of model a folder holds, by its `config.json` alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from jsdf.engines.local.huggingface.model_location import (
    ModelLocation,
    has_all_weights,
    module_path,
    modules,
    read_json,
)
from jsdf.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from jsdf.column.kinds import Kind

#: A sentence embedder, an NLI classifier, or towers for images and texts in one space.
ModelType: TypeAlias = Literal["embedder", "nli", "pair"]

_PAIRS = frozenset({"clip", "siglip", "siglip2"})
#: How the names of networks end whose hidden states make an embedding: no head, or one that was trained
#: to fill in words. A causal model's name ends in "ForCausalLM" or "LMHeadModel".
_ENCODERS = ("Model", "ForMaskedLM", "ForPreTraining")
_READS_TEXT = "text_model= takes a sentence embedder or an NLI classifier"
_READS_IMAGES = "image_model= takes a CLIP or SigLIP model"


@dataclass(frozen=True)
class LocatedModel:
    """A model that is there and can be loaded.

    Args:
        name: The folder or the hub name, as it was given.
        path: The folder that holds it.
        identity: The digest of its files or the commit of its snapshot, its sort, and the version of the rules.
        model_type: What sort of model it is.
    """

    name: str
    path: Path
    identity: str
    model_type: ModelType


def detect_model_type(place: ModelLocation, kind: Kind) -> ModelType:
    """The sort of a model.

    Raises:
        ModelError: Its configuration or its weights are missing, or it is no model for samples of this kind.
    """
    folder = transformer(place.path)
    config = configuration(folder, place.name)
    sort = _model_type(place, config, kind)
    if not has_all_weights(folder):
        raise ModelError(_no_weights(place.name, folder))
    return sort


def transformer(path: Path) -> Path:
    """The folder of the network itself: the model's own, or that of its first module.

    Raises:
        ModelError: `modules.json` does not begin with a transformer.
    """
    steps = modules(path)
    if steps and step_name(steps[0]) != "Transformer":
        raise ModelError(f"{str(path)!r} begins with the module {steps[0].get('type')!r}; {_READS_TEXT}")
    return module_path(path, steps[0]) if steps else path


def step_name(step: dict[str, Any]) -> str:
    """The class of a module: "sentence_transformers.models.Pooling" -> "Pooling"."""
    return str(step.get("type", "")).rsplit(".", 1)[-1]


def configuration(folder: Path, name: str) -> dict[str, Any]:
    """The content of `config.json`.

    Raises:
        ModelError: It is missing, or no object.
    """
    config = read_json(folder / "config.json")
    if config is None:
        raise ModelError(f"{name!r} holds no config.json; pass the folder of a model that transformers can load")
    if not isinstance(config, dict):
        raise ModelError(f"{name!r}: its config.json is no object")
    return config


def nli_label_ids(config: dict[str, Any]) -> tuple[int, int] | None:
    """Positions of the logits "entailment" and "contradiction", None for a classifier of another kind.

    Where no label is called a contradiction, it is the one that begins with "not" ("not_entailment"), else
    the first that is not the entailment, or the last where the entailment is the first.
    """
    given = config.get("id2label")
    named = {int(i): str(label).casefold() for i, label in given.items()} if isinstance(given, dict) else {}
    positive = next((i for i, label in named.items() if label.startswith("entail")), None)
    if positive is None:
        return None
    negative = next((i for i, label in named.items() if label.startswith(("contradict", "not"))), None)
    return positive, (len(named) - 1 if positive == 0 else 0) if negative is None else negative


def _model_type(place: ModelLocation, config: dict[str, Any], kind: Kind) -> ModelType:
    architecture = str((config.get("architectures") or [config.get("model_type")])[0])
    if kind == "image":
        if config.get("model_type") in _PAIRS and architecture.casefold() in _PAIRS | {f"{p}model" for p in _PAIRS}:
            return "pair"
        raise ModelError(f"{place.name!r} is a {architecture}; {_READS_IMAGES}")
    if config.get("model_type") in _PAIRS:
        raise ModelError(f"{place.name!r} is a {architecture}, which reads images; pass it as image_model=")
    if modules(place.path):
        return "embedder"
    if architecture.endswith("ForSequenceClassification"):
        if nli_label_ids(config) is None:
            labels = list((config.get("id2label") or {}).values())[:5]
            raise ModelError(
                f"{place.name!r} is a {architecture} with the labels {labels}, none of them 'entailment'; {_READS_TEXT}"
            )
        return "nli"
    if architecture.endswith(_ENCODERS) and not architecture.endswith("LMHeadModel"):
        return "embedder"
    raise ModelError(f"{place.name!r} is a {architecture}; {_READS_TEXT}")


def _no_weights(name: str, folder: Path) -> str:
    others = sorted(file.name for pattern in ("*.bin", "*.pt", "*.h5", "*.ckpt") for file in folder.glob(pattern))
    if others:
        return (
            f"{name!r} has its weights in {others[0]!r} alone, which may run code when it is opened;"
            " save the model as safetensors"
        )
    return f"{name!r} has no model.safetensors, or only some of its pieces"
