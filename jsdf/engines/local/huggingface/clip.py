"""Pictures by CLIP and SigLIP: compared with captions, and with example pictures.

- A label in words has the model's own logit: scale x cosine + bias, of its caption.
- Where "none of it" stands: SigLIP learnt its bias so that this is 0. CLIP only ever compares captions, so
  it is the logit of a caption that says nothing ("a photo of something."). A margin is a logit less that.
- A label shown by a picture. Two pictures are nearer to each other than a picture is to its caption, so
  their cosine c is put on the captions' scale: `share = (c - r) / (1 - r)`, where r is the mean cosine of
  the example with a few drawn patterns, says how far it is from "nothing in common" (0) to "the same
  picture" (1), and its margin is `scale / 3 x (share - 1/4)`. The third and the quarter were chosen by
  hand: with CLIP's scale of 100, half way makes a margin of 8, about that of a fitting caption.

What becomes of levels and margins is in `deciding`.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.engines.base import Reply
from jsdf.engines.local.huggingface.base import TransformersClassifier
from jsdf.engines.local.huggingface.dual_encoder import DualEncoder, side
from jsdf.engines.local.label_meaning import IMAGE_PREFIX, with_image_placeholders
from jsdf.engines.local.logit_scoring import LogitScorer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import ThreadPoolExecutor

    import numpy.typing as npt
    from PIL.Image import Image

    from jsdf.engines.base import Question
    from jsdf.engines.local.huggingface.model_type import LocatedModel
    from jsdf.labels import LabelSet

    Floats = npt.NDArray[np.float64]

_NOTHING = ("a photo of something.", "a photo.", "an image.", "a picture of a thing.")
_SHARE_SCALE, _SHARE_NEUTRAL = 1 / 3, 1 / 4
#: Captions of one forward pass.
_CAPTIONS = 32


@dataclass(frozen=True, eq=False)
class ClipLabelScorer:
    """The labels of one question, embedded.

    Args:
        scorer: Whose members are in the order of `members`.
        members: float64 of shape (members, size), each of length 1.
        references: float64 of shape (members,): of a picture its mean cosine with the patterns, nan for a caption.
        nothing: float64 of shape (size,): the caption that says nothing; None where the model needs none.
    """

    scorer: LogitScorer
    members: Floats
    references: Floats
    neutral_caption: Floats | None

    def score(self, rows: Floats, model: DualEncoder, multiple: bool) -> Reply:
        """Judge pictures, float64 of shape (pictures, size), each of length 1."""
        cosines = rows @ self.members.T
        neutral = np.zeros((len(rows), 1))
        if self.neutral_caption is not None:
            neutral = model.scale * (rows @ self.neutral_caption[:, None])
        shown = ~np.isnan(self.references)
        levels = model.scale * cosines + model.bias
        share = (cosines - self.references) / (1 - self.references)
        levels[:, shown] = (neutral + model.scale * _SHARE_SCALE * (share - _SHARE_NEUTRAL))[:, shown]
        return Reply(*self.scorer.score(levels, levels - neutral, multiple))


class ClipClassifier(TransformersClassifier):
    """See `NLIModel`. One label: a softmax of the logits. Any number: the logistic of each margin."""

    def __init__(self, found: LocatedModel, pool: ThreadPoolExecutor) -> None:
        super().__init__(found, pool)
        # Twice what the model looks at: shrinking in two steps then changes next to nothing.
        self.min_side = 2 * side(found.path)

    async def classify(self, question: Question, values: Sequence[Any], examples: Mapping[str, Any]) -> Reply:
        """See `NLIModel.classify`."""
        model = await self._load(DualEncoder.of)
        prepared = await self._prepare_once(question.labels, lambda: self._prepare(model, question.labels, examples))
        rows = await self._pictures(model, values)
        return await self._run_in_pool(prepared.score, rows.astype(np.float64), model, question.multiple)

    async def _prepare(self, model: DualEncoder, labels: LabelSet, examples: Mapping[str, Any]) -> ClipLabelScorer:
        ballot = LogitScorer.of(with_image_placeholders(labels))
        texts = [text for _, text in ballot.members]
        shown = np.array([text.startswith(IMAGE_PREFIX) for text in texts])
        captions = [model.prompt(text) for text in texts if not text.startswith(IMAGE_PREFIX)]
        sources = [examples[text[len(IMAGE_PREFIX) :]] for text in texts if text.startswith(IMAGE_PREFIX)]
        references = np.full(len(texts), np.nan)
        nothing = None if model.sigmoid else (await self._captions(model, _NOTHING)).mean(axis=0)
        parts = [await self._captions(model, captions)] if captions else []
        if sources:
            found = await self._pictures(model, [*sources, *reference_images()])
            of_examples, of_patterns = found[: len(sources)], found[len(sources) :]
            references[shown] = (of_examples @ of_patterns.T).mean(axis=1, dtype=np.float64)
            parts.append(of_examples)
        members = np.empty((len(texts), parts[0].shape[1]))
        members[np.concatenate([np.flatnonzero(~shown), np.flatnonzero(shown)])] = np.concatenate(parts)
        unit = None if nothing is None else nothing / np.linalg.norm(nothing)
        return ClipLabelScorer(ballot, members, references, unit)

    async def _captions(self, model: DualEncoder, captions: Sequence[str]) -> npt.NDArray[np.float32]:
        parts = [captions[i : i + _CAPTIONS] for i in range(0, len(captions), _CAPTIONS)]
        return np.concatenate([await self._forward(model, model.texts, part) for part in parts])

    async def _pictures(self, model: DualEncoder, pictures: Sequence[Image]) -> npt.NDArray[np.float32]:
        inputs = await asyncio.gather(*[self._run_in_pool(model.pixels, picture) for picture in pictures])
        return await self._forward_all(model, model.pictures, inputs, [model.tokens] * len(inputs))


def reference_images(side: int = 224) -> list[Image]:
    """Pictures of nothing, the same at each call: plain grounds, gradients, stripes, squares, a disc, noise."""
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
