"""The files that ship beside this code, checked before they are used."""

from __future__ import annotations

import hashlib
from pathlib import Path

from jsdf.errors import ModelError

#: EfficientNet-Lite0, made by `tests/models/make_image_model.py`.
NETWORK = "network.onnx"
#: WordNet's concepts above ImageNet's classes, made by `tests/models/make_concepts.py`.
CONCEPTS = "concepts.npz"
SHA256 = {
    NETWORK: "460642fa3cbef67ef47fa3e125bf7aef679cf6101a2087338c51effaa74ad042",
    CONCEPTS: "b0e0454f03b07fb01f00267a6718d53b2dbd9409eec0a1b9ea428439fc3f78c7",
}


def read(name: str, folder: Path = Path(__file__).parent) -> bytes:
    """The content of a file.

    Args:
        name: `NETWORK` or `CONCEPTS`.
        folder: Where it is.

    Raises:
        ModelError: It cannot be read, or is not the one that was pinned.
    """
    path = folder / name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: the image model cannot be read ({error.strerror}); {_REINSTALL}") from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256[name]:
        raise ModelError(f"{path}: the image model has sha256 {digest}, not {SHA256[name]}; {_REINSTALL}")
    return content


_REINSTALL = "run pip install --force-reinstall --no-deps jsdf"
