"""Modules of a sentence embedder after the network: pooling of the hidden states, then dense layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsdf.engines.local.huggingface.model_location import ModelLocation, module_path, modules, read_json
from jsdf.engines.local.huggingface.model_type import module_class
from jsdf.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    #: Function from and to a float tensor of shape (rows, size).
    Layer = Callable[[Any], Any]

#: Pooling modes, in the order in which several are concatenated, each with its flag in older `config.json` files.
_FLAGS = {
    "cls": "pooling_mode_cls_token",
    "max": "pooling_mode_max_tokens",
    "mean": "pooling_mode_mean_tokens",
    "mean_sqrt_len_tokens": "pooling_mode_mean_sqrt_len_tokens",
    "weightedmean": "pooling_mode_weightedmean_tokens",
    "lasttoken": "pooling_mode_lasttoken",
}
_ACTIVATIONS = {"Tanh", "Identity", "ReLU", "GELU", "Sigmoid", "SiLU"}


def pool(hidden: Any, mask: Any, modes: tuple[str, ...]) -> Any:
    """Pool the hidden states of each row to one vector.

    Args:
        hidden: Float tensor of shape (rows, tokens, size).
        mask: Tensor of shape (rows, tokens): 1 for tokens, 0 for the padding after them.
        modes: Keys of `_FLAGS`; the vectors of several modes are concatenated.

    Returns:
        Float tensor of shape (rows, size x modes).
    """
    import torch

    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return torch.cat([_pool_by_mode(hidden, weights, mode) for mode in modes], dim=1)


def _pool_by_mode(hidden: Any, weights: Any, mode: str) -> Any:
    import torch

    if mode == "cls":
        return hidden[:, 0]
    if mode == "max":
        return hidden.masked_fill(weights == 0, -torch.inf).max(dim=1).values
    if mode == "lasttoken":
        last = weights.squeeze(-1).sum(dim=1).long() - 1
        return hidden[torch.arange(len(hidden), device=hidden.device), last]
    if mode == "weightedmean":
        weights = weights * torch.arange(1, hidden.shape[1] + 1, device=hidden.device).view(1, -1, 1)
    total = weights.sum(dim=1)
    return (hidden * weights).sum(dim=1) / (total.sqrt() if mode == "mean_sqrt_len_tokens" else total)


def pooling_and_layers(location: ModelLocation) -> tuple[tuple[str, ...], list[Layer]]:
    """Return the pooling modes and the layers after them; the mean and no layers if a model lists no modules.

    Raises:
        ModelError: A module, a pooling mode or an activation is not supported.
    """
    modes: tuple[str, ...] = ("mean",)
    layers: list[Layer] = []
    for module in modules(location.path)[1:]:
        folder, name = module_path(location.path, module), module_class(module)
        if name == "Pooling":
            modes = _pooling_modes(folder, location.name)
        elif name == "Dense":
            layers.append(_dense_layer(folder, location.name))
        elif name == "Normalize":
            layers.append(_normalize)
        else:
            raise ModelError(f"{location.name!r} has a module {module.get('type')!r}, which is not supported")
    return modes, layers


def _pooling_modes(folder: Path, name: str) -> tuple[str, ...]:
    config = read_json(folder / "config.json") or {}
    declared = config.get("pooling_mode")
    if declared is None:
        declared = [mode for mode, flag in _FLAGS.items() if config.get(flag)]
    modes = (declared,) if isinstance(declared, str) else tuple(declared)
    if not modes or set(modes) - set(_FLAGS):
        raise ModelError(f"{name!r} has the pooling modes {list(modes)}; supported are {', '.join(_FLAGS)}")
    if config.get("include_prompt") is False:
        raise ModelError(f"{name!r} excludes its prompt from the pooling (include_prompt), which is not supported")
    return modes


def _dense_layer(folder: Path, name: str) -> Layer:
    import torch
    from safetensors.torch import load_file

    config = read_json(folder / "config.json") or {}
    activation = str(config.get("activation_function", "torch.nn.modules.activation.Tanh")).rsplit(".", 1)[-1]
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise ModelError(f"{name!r} has a dense layer in {folder.name!r} without model.safetensors")
    if activation not in _ACTIVATIONS:
        raise ModelError(
            f"{name!r} has a dense layer in {folder.name!r} with the activation {activation}, which is not supported"
        )
    tensors = load_file(weights)
    activate = getattr(torch.nn, activation)()
    weight, bias = tensors["linear.weight"].float(), tensors.get("linear.bias")
    bias = None if bias is None else bias.float()
    return lambda vectors: activate(torch.nn.functional.linear(vectors.cpu(), weight, bias))


def _normalize(vectors: Any) -> Any:
    import torch

    return torch.nn.functional.normalize(vectors, dim=1)
