"""Sentence embedders: compare texts with labels by cosine, mapped to the built-in model's scale."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jsdf.engines.local.huggingface.base import TransformersClassifier, refuse_images
from jsdf.engines.local.huggingface.loading import network, tokenizer
from jsdf.engines.local.huggingface.model_location import ModelLocation, read_json
from jsdf.engines.local.huggingface.model_type import transformer_path
from jsdf.engines.local.huggingface.pooling import pool, pooling_and_layers
from jsdf.engines.local.huggingface.serial_executor import SerialExecutor
from jsdf.engines.local.huggingface.tokenization import BatchTokenizer, model_max_tokens
from jsdf.engines.local.readability import (
    MODEL_WORDS,
    embeddings_with_remarks,
    refuse_unreadable_labels,
    reply_with_remarks,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from jsdf.engines.base import Question, Reply
    from jsdf.engines.embedding import Embeddings
    from jsdf.engines.local.cosine_scoring import CosineScorer
    from jsdf.engines.local.huggingface.cosine_calibration import CosineCalibration
    from jsdf.engines.local.huggingface.model_type import LocatedModel
    from jsdf.engines.local.huggingface.pooling import Layer
    from jsdf.engines.local.huggingface.tokenization import Row
    from jsdf.engines.local.label_meaning import Meaning
    from jsdf.labels import LabelSet

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class SentenceModel:
    """A loaded sentence embedder. Make it with `SentenceModel.load`.

    Args:
        network: The encoder.
        tokenizer: Its tokenizer.
        modes: Pooling modes.
        layers: Layers after the pooling.
        label_prompt: Prompt before labels.
        text_prompt: Prompt before samples.
        executor: Runs the forward passes one after another.
    """

    network: Any
    tokenizer: BatchTokenizer
    modes: tuple[str, ...]
    layers: Sequence[Layer]
    label_prompt: str
    text_prompt: str
    executor: SerialExecutor = field(default_factory=SerialExecutor)

    @classmethod
    def load(cls, model: LocatedModel) -> SentenceModel:
        """Load a model; call it through `loading.load`, which caches models and translates errors."""
        folder = transformer_path(model.path)
        settings = read_json(folder / "sentence_bert_config.json") or {}
        encoder, base_tokenizer = network(_encoder_class(folder), folder), tokenizer(folder)
        max_tokens = model_max_tokens(base_tokenizer, encoder, settings.get("max_seq_length"))
        modes, layers = pooling_and_layers(ModelLocation(model.name, model.path, model.identity))
        batch_tokenizer = BatchTokenizer(base_tokenizer, max_tokens, lowercase=bool(settings.get("do_lower_case")))
        return cls(encoder, batch_tokenizer, modes, layers, *prompts(model.path))

    def embed(self, rows: Sequence[Row]) -> npt.NDArray[np.float32]:
        """Embed rows in one forward pass: float32 of shape (rows, size), each of length 1."""
        import torch

        batch = {name: tensor.to(self.network.device) for name, tensor in self.tokenizer.pad(rows).items()}
        with torch.inference_mode():
            hidden = self.network(**batch).last_hidden_state
            vectors = pool(hidden, batch["attention_mask"], self.modes)
            for layer in self.layers:
                vectors = layer(vectors)
            unit: npt.NDArray[np.float32] = torch.nn.functional.normalize(vectors, dim=1).cpu().numpy()
        return unit


@dataclass(frozen=True, eq=False)
class Scale:
    """The scorer of a set of labels, and the calibration for the texts that are compared with them."""

    scorer: CosineScorer
    calibration: CosineCalibration

    @classmethod
    def of(
        cls, labels: LabelSet, meanings: tuple[Meaning, ...], descriptions: Floats, calibration: CosineCalibration
    ) -> Scale:
        """Make the scale of labels from the embeddings of their descriptions."""
        from jsdf.engines.local.cosine_scoring import CosineScorer

        return cls(CosineScorer.from_vectors(labels, meanings, calibration.labels(descriptions)), calibration)


@dataclass(frozen=True, eq=False)
class Scales:
    """Scales for the two ways to decide.

    Args:
        thresholds: Where a cosine is compared with a threshold: several labels a row, and complements.
        choice: Where the best label is chosen.
    """

    thresholds: Scale
    choice: Scale


class SentenceEmbeddingClassifier(TransformersClassifier):
    """Classifier of texts by a sentence embedder; implements `Classifier`.

    Labels are inserted into the hypothesis templates of the built-in model, after the prompt that the model declares.
    """

    async def classify(self, question: Question, values: Sequence[Any], examples: Mapping[str, Any]) -> Reply:  # noqa: ARG002 - no image is read
        """Answer one request; see `Classifier.classify`."""
        import numpy as np

        refuse_images(question.labels)
        model = await self._load(SentenceModel.load)
        scales = await self._prepare_once(question.labels, lambda: self._make_scales(model, question.labels))
        scale = scales.thresholds if question.multiple else scales.choice
        rows, embedded = await self._embed_texts(model, values)
        vectors = scale.calibration.texts(embedded.astype(np.float64))
        predicted = await self._run_in_pool(scale.scorer.score, vectors, question.multiple)
        return reply_with_remarks(predicted.predictions, predicted.scores, [row.remarks for row in rows], embedded)

    async def embed(self, values: Sequence[Any]) -> Embeddings:
        """Embed texts, after the model's prompt for samples; see `Classifier.embed`."""
        rows, vectors = await self._embed_texts(await self._load(SentenceModel.load), values)
        return embeddings_with_remarks(vectors, [row.remarks for row in rows])

    async def _embed_texts(
        self, model: SentenceModel, values: Sequence[Any]
    ) -> tuple[list[Row], npt.NDArray[np.float32]]:
        rows = await self._encode(model, [str(value).strip() for value in values], model.text_prompt)
        return rows, await self._embed(model, rows)

    async def _encode(self, model: SentenceModel, texts: Sequence[str], prompt: str) -> list[Row]:
        return await self._run_in_pool(lambda: [model.tokenizer.encode(text, prompt=prompt) for text in texts])

    async def _embed(self, model: SentenceModel, rows: Sequence[Row]) -> npt.NDArray[np.float32]:
        return await self._forward_all(model, model.embed, rows, [len(row.ids) for row in rows])

    async def _make_scales(self, model: SentenceModel, labels: LabelSet) -> Scales:
        """Embed the labels; return how texts are compared with them."""
        import numpy as np

        from jsdf.engines.local.cosine_scoring import described_texts
        from jsdf.engines.local.huggingface.cosine_calibration import PAIRS, CosineCalibration
        from jsdf.engines.local.label_meaning import read_meanings

        meanings = read_meanings(labels)
        refuse_unreadable_labels(labels.names, meanings, model.tokenizer.can_read, MODEL_WORDS)
        subjects = await self._embed_labels(model, list(PAIRS))
        samples = await self._embed(model, await self._encode(model, list(PAIRS.values()), model.text_prompt))
        pairs = subjects, samples.astype(np.float64)
        descriptions = await self._embed_labels(model, described_texts(meanings))
        thresholds = Scale.of(labels, meanings, descriptions, CosineCalibration.fit(*pairs))
        if any(meaning.complement_of for meaning in meanings):
            return Scales(thresholds, thresholds)
        return Scales(thresholds, Scale.of(labels, meanings, descriptions, CosineCalibration.fit_line(*pairs)))

    async def _embed_labels(self, model: SentenceModel, descriptions: Sequence[str]) -> Floats:
        """Embed descriptions: hypotheses and synonyms with equal weight; float64 (descriptions, size), of length 1."""
        import numpy as np

        from jsdf.engines.local.cosine_scoring import unit
        from jsdf.engines.local.prompt_templates import hypotheses, synonyms

        groups = [group for text in descriptions for group in (hypotheses(text), synonyms(text))]
        texts = [text for group in groups for text in group]
        vectors = await self._embed(model, await self._encode(model, texts, model.label_prompt))
        ends = np.cumsum([len(group) for group in groups])
        sums = [part.sum(axis=0, dtype=np.float64) for part in np.split(vectors, ends[:-1])]
        return np.array([unit(unit(a) + unit(b)) for a, b in zip(sums[::2], sums[1::2], strict=True)])


def _encoder_class(folder: Any) -> Any:
    """Return the class that loads an encoder; for T5, the one without the decoder."""
    import transformers

    architecture = str((read_json(folder / "config.json") or {}).get("model_type"))
    return {"t5": transformers.T5EncoderModel, "mt5": transformers.MT5EncoderModel}.get(
        architecture, transformers.AutoModel
    )


#: Names under which models declare the prompt of documents.
_DOCUMENT_PROMPTS = ("document", "passage", "corpus")


def prompts(path: Path) -> tuple[str, str]:
    """Return the prompts before labels and before samples; both are empty if the model declares none.

    The default prompt, or else the one for classification, is used for both. Otherwise a label is treated as a query,
    and a sample as the document that may answer it.
    """
    config = read_json(path / "config_sentence_transformers.json") or {}
    declared = {str(name): str(text) for name, text in (config.get("prompts") or {}).items() if text is not None}
    by_name = {name.casefold(): text for name, text in declared.items()}
    for name in (str(config.get("default_prompt_name") or "").casefold(), "classification"):
        if by_name.get(name):
            return by_name[name], by_name[name]
    return by_name.get("query", ""), next((by_name[name] for name in _DOCUMENT_PROMPTS if name in by_name), "")
