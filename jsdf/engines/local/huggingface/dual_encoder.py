"""CLIP and SigLIP: dual encoders that embed images and texts in one space."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jsdf.engines.local.huggingface.loading import network, tokenizer
from jsdf.engines.local.huggingface.model_location import read_json
from jsdf.engines.local.huggingface.serial_executor import SerialExecutor
from jsdf.engines.local.readability import WORD_START

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    from jsdf.engines.local.huggingface.model_type import LocatedModel

#: Beginning of a description that already names a type of image.
_IMAGE_TYPE = re.compile(
    r"(?:(?:an?|the) )?(?:\w+ )?(?:photo|photograph|picture|image|drawing|painting|sketch|screenshot|scan)\b",
    re.IGNORECASE,
)
#: Longer strips are cropped to their middle: resized to a model's side, they would exhaust memory.
_MAX_ASPECT_RATIO = 8
_DEFAULT_SIDE = 224


@dataclass(frozen=True, eq=False)
class DualEncoder:
    """A loaded dual encoder. Make it with `DualEncoder.load`.

    Args:
        network: A `CLIPModel`, `SiglipModel` or `Siglip2Model`.
        tokenizer: Tokenizer of transformers; not thread-safe, guarded by `lock`.
        processor: Image processor that turns images into tensors.
        scale: Factor from a cosine to a logit, as learnt by the model.
        bias: Number added to each logit; 0 for CLIP, which has none.
        is_sigmoid: True for a model trained with a sigmoid for each label by itself (SigLIP), False for a softmax
            over all labels (CLIP).
        tokens: Number of tokens of an image: its patches and one more.
        lock: Lets one thread at a time use the tokenizer.
        executor: Runs the forward passes one after another.
    """

    network: Any
    tokenizer: Any
    processor: Any
    scale: float
    bias: float
    is_sigmoid: bool
    tokens: int
    lock: Any = field(default_factory=threading.Lock)
    executor: SerialExecutor = field(default_factory=SerialExecutor)

    @classmethod
    def load(cls, model: LocatedModel) -> DualEncoder:
        """Load a model; call it through `loading.load`, which caches models and translates errors."""
        from transformers import AutoModel

        loaded = network(AutoModel, model.path)
        vision = loaded.config.vision_config
        patches = getattr(vision, "num_patches", None) or (getattr(vision, "image_size", 256) // vision.patch_size) ** 2
        is_sigmoid = hasattr(loaded, "logit_bias")
        scale = float(loaded.logit_scale.detach().exp())
        bias = float(loaded.logit_bias.detach()) if is_sigmoid else 0.0
        hf_tokenizer, processor = tokenizer(model.path), _image_processor(model.path)
        return cls(loaded, hf_tokenizer, processor, scale, bias, is_sigmoid, int(patches) + 1)

    def caption(self, description: str) -> str:
        """Return a description as a caption, in lower case for SigLIP, which was trained on lower-case texts."""
        words = " ".join(description.replace("_", " ").split()).rstrip(" .")
        if self.is_sigmoid:
            return (words if _IMAGE_TYPE.match(words) else f"this is a photo of {words}.").lower()
        return f"{words}." if _IMAGE_TYPE.match(words) else f"a photo of {words}."

    def can_read(self, description: str) -> bool:
        """Return False if no token of a description is known."""
        with self.lock:
            tokens = self.tokenizer.tokenize(description)
            unknown = self.tokenizer.unk_token_id
            ids = self.tokenizer.convert_tokens_to_ids(tokens)
        words = [token_id for token_id, token in zip(ids, tokens, strict=True) if token.strip(WORD_START)]
        return any(token_id != unknown for token_id in words)

    def embed_captions(self, captions: Sequence[str]) -> npt.NDArray[np.float32]:
        """Embed captions in one forward pass: float32 of shape (captions, size), each of length 1."""
        max_length = self.network.config.text_config.max_position_embeddings
        with self.lock:
            batch = self.tokenizer(
                list(captions),
                # SigLIP was trained only on texts padded to this length.
                padding="max_length" if self.is_sigmoid else True,
                max_length=max_length,
                truncation=True,
                return_tensors="pt",
            )
        return self._embed(self.network.get_text_features, batch)

    def pixels(self, image: Image) -> Mapping[str, Any]:
        """Return the network's input tensors for one image, with a leading dimension of 1."""
        width, height = image.size
        max_side = _MAX_ASPECT_RATIO * min(width, height)
        if max(width, height) > max_side:
            left, top = max(0, width - max_side) // 2, max(0, height - max_side) // 2
            image = image.crop((left, top, min(width, left + max_side), min(height, top + max_side)))
        # Without input_data_format, an image one pixel high is mistaken for a stack of grey images.
        return dict(self.processor(images=[image], return_tensors="pt", input_data_format="channels_last"))

    def embed_images(self, inputs: Sequence[Mapping[str, Any]]) -> npt.NDArray[np.float32]:
        """Embed images, given as `pixels` returns them, in one forward pass: float32 (images, size), of length 1."""
        import torch

        return self._embed(self.network.get_image_features, {k: torch.cat([i[k] for i in inputs]) for k in inputs[0]})

    def _embed(self, encoder: Any, batch: Mapping[str, Any]) -> npt.NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            output = encoder(**{name: tensor.to(self.network.device) for name, tensor in batch.items()})
            # transformers 4 returns the vectors, transformers 5 an object that holds them.
            vectors = getattr(output, "pooler_output", output)
            unit: npt.NDArray[np.float32] = torch.nn.functional.normalize(vectors, dim=1).cpu().numpy()
        return unit


def image_side(path: Path) -> int:
    """Return the shortest side of a model's input images, in pixels, from its configuration; 224 if it is missing."""
    settings = read_json(path / "preprocessor_config.json")
    size = settings.get("size") if isinstance(settings, dict) else None
    sides = [n for n in size.values() if isinstance(n, int)] if isinstance(size, dict) else [size]
    config = read_json(path / "config.json")
    vision = config.get("vision_config") if isinstance(config, dict) else None
    candidates = [*sides, vision.get("image_size") if isinstance(vision, dict) else None]
    return next((n for n in candidates if isinstance(n, int) and n > 0), _DEFAULT_SIDE)


def _image_processor(folder: Path) -> Any:
    """Load the image processor that uses Pillow, so that answers do not depend on torchvision being installed."""
    import transformers

    major_version = int(transformers.__version__.split(".")[0])
    backend = {"backend": "pil"} if major_version >= 5 else {"use_fast": False}
    return transformers.AutoImageProcessor.from_pretrained(
        folder, trust_remote_code=False, local_files_only=True, **backend
    )
