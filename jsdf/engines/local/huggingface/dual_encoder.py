"""CLIP and SigLIP: two networks that put pictures and texts into one space."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jsdf.engines.local.huggingface.loading import network, tokenizer
from jsdf.engines.local.huggingface.model_location import read_json
from jsdf.engines.local.huggingface.serial_executor import SerialExecutor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    from jsdf.engines.local.huggingface.model_type import LocatedModel

#: A description that already says what sort of picture it is.
_ALREADY = re.compile(
    r"(?:(?:an?|the) )?(?:\w+ )?(?:photo|photograph|picture|image|drawing|painting|sketch|screenshot|scan)\b",
    re.IGNORECASE,
)
#: Beyond this, a strip is cropped to its middle: scaled up to a model's side it would fill the memory.
_MOST_OBLONG = 8
_USUAL_SIDE = 224


@dataclass(frozen=True, eq=False)
class DualEncoder:
    """A loaded pair of networks. Make it with `DualEncoder.of`.

    Args:
        network: A `CLIPModel`, `SiglipModel` or `Siglip2Model`.
        tokenizer: Of transformers; `lock` guards it.
        processor: What turns pictures into tensors.
        scale: Logits a cosine, as the model learnt it.
        bias: What is added to each logit; 0 for CLIP, which has none.
        sigmoid: True for a model that was trained to tell each label by itself, with a logistic.
        tokens: Patches of a picture: what a pass over it costs.
        lock: One text at a time.
        executor: Where forward passes queue.
    """

    network: Any
    tokenizer: Any
    processor: Any
    scale: float
    bias: float
    sigmoid: bool
    tokens: int
    lock: Any = field(default_factory=threading.Lock)
    executor: SerialExecutor = field(default_factory=SerialExecutor)

    @classmethod
    def of(cls, found: LocatedModel) -> DualEncoder:
        """Load a model; see `loading.load` for what becomes of errors."""
        from transformers import AutoModel

        made = network(AutoModel, found.path)
        seen = made.config.vision_config
        patches = getattr(seen, "num_patches", None) or (getattr(seen, "image_size", 256) // seen.patch_size) ** 2
        sigmoid = hasattr(made, "logit_bias")
        scale = float(made.logit_scale.detach().exp())
        bias = float(made.logit_bias.detach()) if sigmoid else 0.0
        return cls(made, tokenizer(found.path), _processor(found.path), scale, bias, sigmoid, int(patches) + 1)

    def prompt(self, description: str) -> str:
        """The caption that a description becomes; SigLIP learnt in lower case."""
        words = " ".join(description.replace("_", " ").split()).rstrip(" .")
        if self.sigmoid:
            return (words if _ALREADY.match(words) else f"this is a photo of {words}.").lower()
        return f"{words}." if _ALREADY.match(words) else f"a photo of {words}."

    def texts(self, captions: Sequence[str]) -> npt.NDArray[np.float32]:
        """float32 of shape (captions, size), each of length 1, in one forward pass."""
        most = self.network.config.text_config.max_position_embeddings
        with self.lock:
            batch = self.tokenizer(
                list(captions),
                # SigLIP never saw a shorter text.
                padding="max_length" if self.sigmoid else True,
                max_length=most,
                truncation=True,
                return_tensors="pt",
            )
        return self._unit(self.network.get_text_features, batch)

    def pixels(self, picture: Image) -> Mapping[str, Any]:
        """Tensors of one picture, with the leading dimension 1."""
        width, height = picture.size
        most = _MOST_OBLONG * min(width, height)
        if max(width, height) > most:
            left, top = max(0, width - most) // 2, max(0, height - most) // 2
            picture = picture.crop((left, top, min(width, left + most), min(height, top + most)))
        # Left to guess, it would take a picture that is one pixel high for a stack of grey ones.
        return dict(self.processor(images=[picture], return_tensors="pt", input_data_format="channels_last"))

    def pictures(self, inputs: Sequence[Mapping[str, Any]]) -> npt.NDArray[np.float32]:
        """float32 of shape (pictures, size), each of length 1, in one forward pass."""
        import torch

        return self._unit(self.network.get_image_features, {k: torch.cat([i[k] for i in inputs]) for k in inputs[0]})

    def _unit(self, tower: Any, batch: Mapping[str, Any]) -> npt.NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            found = tower(**{name: tensor.to(self.network.device) for name, tensor in batch.items()})
            # transformers 4 answers with the vectors, 5 with all that the tower knows.
            vectors = getattr(found, "pooler_output", found)
            unit: npt.NDArray[np.float32] = torch.nn.functional.normalize(vectors, dim=1).cpu().numpy()
        return unit


def side(path: Path) -> int:
    """The shortest side in pixels at which a model looks at pictures."""
    settings = read_json(path / "preprocessor_config.json")
    size = settings.get("size") if isinstance(settings, dict) else None
    sides = [n for n in size.values() if isinstance(n, int)] if isinstance(size, dict) else [size]
    config = read_json(path / "config.json")
    seen = config.get("vision_config") if isinstance(config, dict) else None
    known = [*sides, seen.get("image_size") if isinstance(seen, dict) else None]
    return next((n for n in known if isinstance(n, int) and n > 0), _USUAL_SIDE)


def _processor(folder: Path) -> Any:
    """The image processor over Pillow, so that an answer does not hang on whether torchvision is there."""
    import transformers

    newer = int(transformers.__version__.split(".")[0]) >= 5
    choice = {"backend": "pil"} if newer else {"use_fast": False}
    return transformers.AutoImageProcessor.from_pretrained(
        folder, trust_remote_code=False, local_files_only=True, **choice
    )
