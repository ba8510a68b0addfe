"""EfficientNet-Lite0: loaded once a process, and exact for every picture.

Each picture has a run of its own on one thread: that is as fast as batches are (measured on two cores, at
1, 4, 8 and 16 pictures a run), and then no picture can change another's numbers.
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

#: Pixels a side of what the network looks at.
SIDE = 224


@dataclass(frozen=True, eq=False)
class ImageFeatures:
    """What the network makes of one picture.

    Args:
        classes: float64 of shape (1000,): the probability of each ImageNet class.
        features: float64 of shape (1280,), of length 1: what the classes are told by.
    """

    classes: Floats
    features: Floats


@dataclass(frozen=True, eq=False)
class Network:
    """The loaded network. Any number of threads may use it at once.

    Args:
        session: An `onnxruntime.InferenceSession` with one thread.
    """

    session: Any

    def predict(self, picture: Image) -> ImageFeatures:
        """Look at an RGB picture of any size."""
        logits, features = (found[0].astype(np.float64) for found in self.session.run(None, {"image": pixels(picture)}))
        weights = np.exp(logits - logits.max())
        return ImageFeatures(weights / weights.sum(), features / max(np.sqrt((features * features).sum()), 1e-12))


def pixels(picture: Image) -> npt.NDArray[np.uint8]:
    """An RGB picture as the network takes it: uint8 of shape (1, 224, 224, 3).

    The whole picture, made square without a care for its proportions. Cutting out the middle was better on
    photographs and worse on things before a white ground; padding with white the other way round; a mirrored
    copy beside it cost twice the time and gained nothing.
    """
    from PIL.Image import Resampling

    return np.asarray(picture.resize((SIDE, SIDE), Resampling.BICUBIC), dtype=np.uint8)[None]


#: Of `network.onnx`, made by `tests/model_build/make_image_model.py`.
SHA256 = "460642fa3cbef67ef47fa3e125bf7aef679cf6101a2087338c51effaa74ad042"

_cache: ForkSafeCache[Network] = ForkSafeCache()


def load() -> Network:
    """The process's network, read and checked at the first call; about a fifth of a second.

    Raises:
        ModelError: The file is missing or has another digest.
    """
    return _cache.get_or_create(lambda: Network(open_network(read_file("network.onnx", SHA256))))


def read_file(name: str, sha256: str, folder: Path = Path(__file__).parent) -> bytes:
    """Read a file of the image model that ships in this folder; see `read_verified`."""
    return read_verified(folder / name, sha256, model="the image model", package="jsdf")
