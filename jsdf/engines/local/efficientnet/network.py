"""EfficientNet-Lite0, loaded once per process; an image's numbers never depend on other images.

Each image is run alone, on one thread: that is as fast as batches (measured on two cores, with 1, 4, 8 and 16 images
per batch), and no image can change the numbers of another.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.engines.local.caching import ForkSafeCache
from jsdf.engines.local.model_files import open_network, read_verified

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL.Image import Image

    Floats = npt.NDArray[np.float64]

#: Width and height of the network's input, in pixels.
SIDE = 224


@dataclass(frozen=True, eq=False)
class ImageFeatures:
    """Output of the network for one image.

    Args:
        probabilities: float64 of shape (1000,): the probability of each ImageNet class.
        features: float64 of shape (1280,), of length 1: the pooled features before the classification layer.
    """

    probabilities: Floats
    features: Floats


@dataclass(frozen=True, eq=False)
class Network:
    """The loaded network. Any number of threads may use it at once.

    Args:
        session: An `onnxruntime.InferenceSession` with one thread.
    """

    session: Any

    def predict(self, image: Image) -> ImageFeatures:
        """Return class probabilities and features of an RGB image of any size."""
        outputs = self.session.run(None, {"image": pixels(image)})
        logits, features = (output[0].astype(np.float64) for output in outputs)
        weights = np.exp(logits - logits.max())
        return ImageFeatures(weights / weights.sum(), features / max(np.sqrt((features * features).sum()), 1e-12))


def pixels(image: Image) -> npt.NDArray[np.uint8]:
    """Resize an RGB image to the network's input: uint8 of shape (1, 224, 224, 3).

    The whole image is scaled to a square, regardless of its aspect ratio. A centre crop was better for photographs
    and worse for objects on a white background; white padding was the opposite; adding a mirrored copy took twice
    the time and gained nothing.
    """
    from PIL.Image import Resampling

    return np.asarray(image.resize((SIDE, SIDE), Resampling.BICUBIC), dtype=np.uint8)[None]


#: Digest of `network.onnx`, which is made by `tests/model_build/make_image_model.py`.
SHA256 = "460642fa3cbef67ef47fa3e125bf7aef679cf6101a2087338c51effaa74ad042"

_cache: ForkSafeCache[Network] = ForkSafeCache()


def load() -> Network:
    """Return the process-wide network; the first call reads and verifies its file (about 0.2 s).

    Raises:
        ModelError: The file is missing or its digest differs.
    """
    return _cache.get_or_create(lambda: Network(open_network(read_file("network.onnx", SHA256))))


def is_loaded() -> bool:
    """True if this process has loaded the network."""
    return "" in _cache


def read_file(name: str, sha256: str, folder: Path = Path(__file__).parent) -> bytes:
    """Read a file of the image model that ships in this folder; see `read_verified`."""
    return read_verified(folder / name, sha256, model="the image model", package="jsdf")
