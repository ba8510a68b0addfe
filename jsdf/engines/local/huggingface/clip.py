"""Classify images with CLIP and SigLIP: compare them with captions and with example images.

- A label with a description has the model's own logit: scale x cosine + bias, of its caption.
- The margin of a label is its logit minus a neutral logit. For SigLIP the neutral logit is 0, since the model learnt
  its bias for that. CLIP only compares captions with each other, so the neutral logit is that of a caption that
  describes nothing ("a photo of something.").
- A label with an example image. Two images are more similar to each other than an image is to its caption, so their
  cosine c is mapped to the scale of captions. `share = (c - r) / (1 - r)`, where r is the mean cosine of the example
  with a few reference images, is 0 for images with nothing in common and 1 for identical ones; the margin is
  `scale / 3 x (share - 1/4)`. The constants 1/3 and 1/4 were chosen by hand: with CLIP's scale of 100, a share of 1/2
  has a margin of 8, about that of a fitting caption.

`logit_scoring` turns logits and margins into scores and predictions.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.engines.base import Reply
from jsdf.engines.embedding import Embeddings
from jsdf.engines.local.huggingface.base import TransformersClassifier
from jsdf.engines.local.huggingface.dual_encoder import DualEncoder, image_side
from jsdf.engines.local.label_meaning import IMAGE_PREFIX, with_image_placeholders
from jsdf.engines.local.logit_scoring import LogitScorer
from jsdf.engines.local.readability import MODEL_WORDS, refuse_unreadable_labels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Executor

    import numpy.typing as npt
    from PIL.Image import Image

    from jsdf.engines.base import Question
    from jsdf.engines.local.huggingface.model_type import LocatedModel
    from jsdf.labels import LabelSet

    Floats = npt.NDArray[np.float64]

#: Captions that describe nothing; their mean is the neutral caption of a CLIP model.
_NEUTRAL_CAPTIONS = ("a photo of something.", "a photo.", "an image.", "a picture of a thing.")
_SHARE_SCALE, _NEUTRAL_SHARE = 1 / 3, 1 / 4
#: Captions per forward pass.
_CAPTIONS_PER_BATCH = 32


@dataclass(frozen=True, eq=False)
class ClipLabelScorer:
    """Scorer for the embedded labels of one question.

    Args:
        scorer: Turns logits into predictions; its members are in the order of `members`.
        members: Captions and example images, float64 of shape (members, size), each of length 1.
        references: Mean cosine of each example image with the reference images, float64 of shape (members,); nan for a
            caption.
        neutral_caption: A caption that describes nothing, float64 of shape (size,); None if the model needs none.
    """

    scorer: LogitScorer
    members: Floats
    references: Floats
    neutral_caption: Floats | None

    def score(self, rows: Floats, model: DualEncoder, multiple: bool) -> Reply:
        """Score embedded images, float64 of shape (images, size), each of length 1."""
        cosines = rows @ self.members.T
        neutral = np.zeros((len(rows), 1))
        if self.neutral_caption is not None:
            neutral = model.scale * (rows @ self.neutral_caption[:, None])
        is_example = ~np.isnan(self.references)
        logits = model.scale * cosines + model.bias
        share = (cosines - self.references) / (1 - self.references)
        example_logits = neutral + model.scale * _SHARE_SCALE * (share - _NEUTRAL_SHARE)
        logits[:, is_example] = example_logits[:, is_example]
        return Reply(*self.scorer.score(logits, logits - neutral, multiple))


class ClipClassifier(TransformersClassifier):
    """Classifier of images by CLIP or SigLIP; implements `Classifier`.

    For one label per image, the scores are a softmax of the logits; for any number of labels, the logistic of each
    margin.
    """

    def __init__(self, model: LocatedModel, pool: Executor) -> None:
        super().__init__(model, pool)
        # Twice the side of the model's input, so that resizing in two steps changes next to nothing.
        self.min_side = 2 * image_side(model.path)

    async def classify(self, question: Question, values: Sequence[Any], examples: Mapping[str, Any]) -> Reply:
        """Answer one request; see `Classifier.classify`."""
        model = await self._load(DualEncoder.load)
        scorer = await self._prepare_once(question.labels, lambda: self._prepare(model, question.labels, examples))
        rows = await self._embed_images(model, values)
        reply = await self._run_in_pool(scorer.score, rows.astype(np.float64), model, question.multiple)
        return replace(reply, vectors=rows)

    async def embed(self, values: Sequence[Any]) -> Embeddings:
        """Embed images; see `Classifier.embed`."""
        model = await self._load(DualEncoder.load)
        if not values:  # a forward pass needs an image; this one tells the width
            return Embeddings((await self._embed_images(model, reference_images(8)[:1]))[:0])
        return Embeddings(await self._embed_images(model, values))

    async def _prepare(self, model: DualEncoder, labels: LabelSet, examples: Mapping[str, Any]) -> ClipLabelScorer:
        scorer = LogitScorer.from_labels(with_image_placeholders(labels))
        refuse_unreadable_labels(scorer.names, scorer.meanings, model.can_read, MODEL_WORDS)
        texts = [text for _, text in scorer.members]
        is_example = np.array([text.startswith(IMAGE_PREFIX) for text in texts])
        captions = [model.caption(text) for text in texts if not text.startswith(IMAGE_PREFIX)]
        example_images = [examples[text[len(IMAGE_PREFIX) :]] for text in texts if text.startswith(IMAGE_PREFIX)]
        references = np.full(len(texts), np.nan)
        neutral = None if model.is_sigmoid else (await self._embed_captions(model, _NEUTRAL_CAPTIONS)).mean(axis=0)
        parts = [await self._embed_captions(model, captions)] if captions else []
        if example_images:
            vectors = await self._embed_images(model, [*example_images, *reference_images()])
            of_examples, of_references = vectors[: len(example_images)], vectors[len(example_images) :]
            references[is_example] = (of_examples @ of_references.T).mean(axis=1, dtype=np.float64)
            parts.append(of_examples)
        members = np.empty((len(texts), parts[0].shape[1]))
        members[np.concatenate([np.flatnonzero(~is_example), np.flatnonzero(is_example)])] = np.concatenate(parts)
        unit = None if neutral is None else neutral / np.linalg.norm(neutral)
        return ClipLabelScorer(scorer, members, references, unit)

    async def _embed_captions(self, model: DualEncoder, captions: Sequence[str]) -> npt.NDArray[np.float32]:
        parts = [captions[i : i + _CAPTIONS_PER_BATCH] for i in range(0, len(captions), _CAPTIONS_PER_BATCH)]
        return np.concatenate([await self._forward(model, model.embed_captions, part) for part in parts])

    async def _embed_images(self, model: DualEncoder, images: Sequence[Image]) -> npt.NDArray[np.float32]:
        inputs = await asyncio.gather(*[self._run_in_pool(model.pixels, image) for image in images])
        return await self._forward_all(model, model.embed_images, inputs, [model.tokens] * len(inputs))


def reference_images(side: int = 224) -> list[Image]:
    """Draw the reference images, the same at each call: plain colours, gradients, stripes, squares, a disc, noise."""
    from PIL import Image

    y, x = np.mgrid[0:side, 0:side] / side
    noise = np.random.default_rng(0).random((side, side, 3))
    planes = [
        np.full((side, side, 3), 1.0),
        np.full((side, side, 3), 0.5),
        np.stack([x, 1 - x, y], axis=2),
        np.stack([y, y, 1 - x], axis=2),
        np.repeat((x * 12 % 2 < 1)[..., None], 3, axis=2),
        np.repeat(((x * 8 % 2 < 1) ^ (y * 8 % 2 < 1))[..., None], 3, axis=2),
        np.stack([(x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.1, y, x], axis=2),
        noise,
    ]
    return [Image.fromarray((plane * 255).astype(np.uint8)) for plane in planes]
