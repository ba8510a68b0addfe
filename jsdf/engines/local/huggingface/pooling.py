"""What a sentence embedder does with its network's hidden states: pooling, then dense layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsdf.engines.local.huggingface.model_location import ModelLocation, module_path, modules, read_json
from jsdf.engines.local.huggingface.model_type import step_name
from jsdf.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    #: From and to a float tensor of shape (rows, size).
    Step = Callable[[Any], Any]

#: The modes in the order in which several are joined, each with the flag of the older `config.json`.
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
    """One vector a row.

    Args:
        hidden: Float tensor of shape (rows, tokens, size).
        mask: Tensor of shape (rows, tokens): 1 for tokens, 0 for the padding after them.
        modes: Keys of `_FLAGS`; what several give is joined.

    Returns:
        Float tensor of shape (rows, size x modes).
    """
    import torch

    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return torch.cat([_pooled(hidden, weights, mode) for mode in modes], dim=1)


def _pooled(hidden: Any, weights: Any, mode: str) -> Any:
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


def steps(place: ModelLocation) -> tuple[tuple[str, ...], list[Step]]:
    """The pooling modes of a model, and what follows; the mean and nothing for a model that lists no modules.

    Raises:
        ModelError: A module is of a sort that is not known here.
    """
    modes: tuple[str, ...] = ("mean",)
    then: list[Step] = []
    for step in modules(place.path)[1:]:
        folder, name = module_path(place.path, step), step_name(step)
        if name == "Pooling":
            modes = _modes(folder, place.name)
        elif name == "Dense":
            then.append(_dense(folder, place.name))
        elif name == "Normalize":
            then.append(_normalised)
        else:
            raise ModelError(f"{place.name!r} has a module {step.get('type')!r}, which is not known here")
    return modes, then


def _modes(folder: Path, name: str) -> tuple[str, ...]:
    config = read_json(folder / "config.json") or {}
    given = config.get("pooling_mode")
    if given is None:
        given = [mode for mode, flag in _FLAGS.items() if config.get(flag)]
    named = (given,) if isinstance(given, str) else tuple(given)
    if not named or set(named) - set(_FLAGS):
        raise ModelError(f"{name!r} pools its tokens by {list(named)}; {', '.join(_FLAGS)} are known here")
    if config.get("include_prompt") is False:
        raise ModelError(f"{name!r} leaves its prompt out of the pooling (include_prompt), which is not known here")
    return named


def _dense(folder: Path, name: str) -> Step:
    import torch
    from safetensors.torch import load_file

    config = read_json(folder / "config.json") or {}
    activation = str(config.get("activation_function", "torch.nn.modules.activation.Tanh")).rsplit(".", 1)[-1]
    weights = folder / "model.safetensors"
    if activation not in _ACTIVATIONS or not weights.is_file():
        raise ModelError(f"{name!r} has a dense layer with {activation}, or without safetensors, in {folder.name!r}")
    tensors = load_file(weights)
    active = getattr(torch.nn, activation)()
    weight, bias = tensors["linear.weight"].float(), tensors.get("linear.bias")
    bias = None if bias is None else bias.float()
    return lambda vectors: active(torch.nn.functional.linear(vectors.cpu(), weight, bias))


def _normalised(vectors: Any) -> Any:
    import torch

    return torch.nn.functional.normalize(vectors, dim=1)
