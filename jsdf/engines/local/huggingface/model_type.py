"""Detect the type of a model from its `config.json` and `modules.json`, without loading it."""

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

#: A sentence embedder, an NLI classifier, or a dual encoder for images and texts.
ModelType: TypeAlias = Literal["embedder", "nli", "pair"]

_DUAL_ENCODERS = frozenset({"clip", "siglip", "siglip2"})
#: Endings of the class names of encoders, whose hidden states can be pooled to an embedding: they have no head, or one
#: that predicts masked words. The name of a causal model ends in "ForCausalLM" or "LMHeadModel".
_ENCODER_ENDINGS = ("Model", "ForMaskedLM", "ForPreTraining")
_TEXT_MODEL_ADVICE = "text_model= takes a sentence embedder or an NLI classifier"
_IMAGE_MODEL_ADVICE = "image_model= takes a CLIP or SigLIP model"


@dataclass(frozen=True)
class LocatedModel:
    """A model that was located and is of a supported type.

    Args:
        name: Folder or hub name, as the caller passed it.
        path: The folder that holds the model.
        identity: Digest of its files or commit of its snapshot, its type, and the version of the scoring rules.
        model_type: Type of the model.
    """

    name: str
    path: Path
    identity: str
    model_type: ModelType


def detect_model_type(location: ModelLocation, kind: Kind) -> ModelType:
    """Return the type of a model that is to classify samples of a kind.

    Raises:
        ModelError: The configuration or weights are missing, or the model cannot classify samples of this kind.
    """
    folder = transformer_path(location.path)
    config = configuration(folder, location.name)
    model_type = _model_type(location, config, kind)
    if not has_all_weights(folder):
        raise ModelError(_missing_weights_message(location.name, folder))
    return model_type


def transformer_path(path: Path) -> Path:
    """Return the folder of the network itself: the model's folder, or that of its first module.

    Raises:
        ModelError: `modules.json` does not begin with a transformer.
    """
    listed = modules(path)
    if listed and module_class(listed[0]) != "Transformer":
        raise ModelError(f"{str(path)!r} begins with the module {listed[0].get('type')!r}; {_TEXT_MODEL_ADVICE}")
    return module_path(path, listed[0]) if listed else path


def module_class(module: dict[str, Any]) -> str:
    """Return the class name of a module: "sentence_transformers.models.Pooling" -> "Pooling"."""
    return str(module.get("type", "")).rsplit(".", 1)[-1]


def configuration(folder: Path, name: str) -> dict[str, Any]:
    """Return the content of a model's `config.json`.

    Raises:
        ModelError: The file is missing or does not hold an object.
    """
    config = read_json(folder / "config.json")
    if config is None:
        raise ModelError(f"{name!r} holds no config.json; pass the folder of a model that transformers can load")
    if not isinstance(config, dict):
        raise ModelError(f"{name!r}: its config.json does not hold an object")
    return config


def nli_label_ids(config: dict[str, Any]) -> tuple[int, int] | None:
    """Return the positions of the logits of entailment and contradiction; None if no label begins with "entail".

    Contradiction is the label that begins with "contradict" or "not" ("not_entailment"). If there is none, it is the
    first label, or the last one if the first is the entailment.
    """
    declared = config.get("id2label")
    names = {int(i): str(label).casefold() for i, label in declared.items()} if isinstance(declared, dict) else {}
    entailment = next((i for i, label in names.items() if label.startswith("entail")), None)
    if entailment is None:
        return None
    contradiction = next((i for i, label in names.items() if label.startswith(("contradict", "not"))), None)
    return entailment, (len(names) - 1 if entailment == 0 else 0) if contradiction is None else contradiction


def _model_type(location: ModelLocation, config: dict[str, Any], kind: Kind) -> ModelType:
    architecture = str((config.get("architectures") or [config.get("model_type")])[0])
    if kind == "image":
        classes = _DUAL_ENCODERS | {f"{name}model" for name in _DUAL_ENCODERS}
        if config.get("model_type") in _DUAL_ENCODERS and architecture.casefold() in classes:
            return "pair"
        raise ModelError(f"{location.name!r} is a {architecture}; {_IMAGE_MODEL_ADVICE}")
    if config.get("model_type") in _DUAL_ENCODERS:
        raise ModelError(f"{location.name!r} is a {architecture}, which reads images; pass it as image_model=")
    if modules(location.path):
        return "embedder"
    if architecture.endswith("ForSequenceClassification"):
        if nli_label_ids(config) is None:
            labels = list((config.get("id2label") or {}).values())[:5]
            raise ModelError(
                f"{location.name!r} is a {architecture} with the labels {labels}, none of them 'entailment';"
                f" {_TEXT_MODEL_ADVICE}"
            )
        return "nli"
    if architecture.endswith(_ENCODER_ENDINGS) and not architecture.endswith("LMHeadModel"):
        return "embedder"
    raise ModelError(f"{location.name!r} is a {architecture}; {_TEXT_MODEL_ADVICE}")


def _missing_weights_message(name: str, folder: Path) -> str:
    others = sorted(file.name for pattern in ("*.bin", "*.pt", "*.h5", "*.ckpt") for file in folder.glob(pattern))
    if others:
        return (
            f"{name!r} has its weights in {others[0]!r} alone, which may run code when it is loaded;"
            " save the model as safetensors"
        )
    return f"{name!r} has no model.safetensors, or only some of its pieces"
