"""Sentence embedders: a text is as near to a label as their embeddings are, on the built-in model's scale."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Reply
from jsdf.engines.local.huggingface.base import TransformersClassifier, refuse_images
from jsdf.engines.local.huggingface.loading import network, tokenizer
from jsdf.engines.local.huggingface.model_location import ModelLocation, read_json
from jsdf.engines.local.huggingface.model_type import transformer
from jsdf.engines.local.huggingface.pooling import pool, steps
from jsdf.engines.local.huggingface.serial_executor import SerialExecutor
from jsdf.engines.local.huggingface.tokenization import BatchTokenizer, max_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from jsdf.engines.base import Question
    from jsdf.engines.local.cosine_scoring import CosineScorer
    from jsdf.engines.local.huggingface.cosine_calibration import CosineCalibration
    from jsdf.engines.local.huggingface.model_type import LocatedModel
    from jsdf.engines.local.huggingface.pooling import Step
    from jsdf.engines.local.huggingface.tokenization import Row
    from jsdf.labels import LabelSet

    Floats = npt.NDArray[np.float64]

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, eq=False)
class SentenceModel:
    """A loaded sentence embedder. Make it with `SentenceModel.of`.

    Args:
        network: The encoder.
        tokenizer: Its tokenizer.
        modes: How tokens are pooled.
        layers: What follows.
        label_prompt: The prompt of labels.
        text_prompt: The prompt of samples.
        executor: Where its forward passes queue.
    """

    network: Any
    tokenizer: BatchTokenizer
    modes: tuple[str, ...]
    layers: Sequence[Step]
    label_prompt: str
    text_prompt: str
    executor: SerialExecutor = field(default_factory=SerialExecutor)

    @classmethod
    def of(cls, found: LocatedModel) -> SentenceModel:
        """Load a model; see `loading.load` for what becomes of errors."""
        folder = transformer(found.path)
        settings = read_json(folder / "sentence_bert_config.json") or {}
        encoder, words = network(_automatic(folder), folder), tokenizer(folder)
        most = max_tokens(words, encoder, settings.get("max_seq_length"))
        modes, then = steps(ModelLocation(found.name, found.path, found.identity))
        reading = BatchTokenizer(words, most, lower=bool(settings.get("do_lower_case")))
        return cls(encoder, reading, modes, then, *prompts(found.path))

    def embed(self, rows: Sequence[Row]) -> npt.NDArray[np.float32]:
        """float32 of shape (rows, size), each of length 1, in one forward pass."""
        import torch

        batch = {name: tensor.to(self.network.device) for name, tensor in self.tokenizer.pad(rows).items()}
        with torch.inference_mode():
            hidden = self.network(**batch).last_hidden_state
            vectors = pool(hidden, batch["attention_mask"], self.modes)
            for step in self.layers:
                vectors = step(vectors)
            unit: npt.NDArray[np.float32] = torch.nn.functional.normalize(vectors, dim=1).cpu().numpy()
        return unit


class SentenceEmbeddingClassifier(TransformersClassifier):
    """See `NLIModel`. Labels are put into the built-in model's sentences, after the prompt that the model declares."""

    async def classify(self, question: Question, values: Sequence[Any], examples: Mapping[str, Any]) -> Reply:  # noqa: ARG002 - no image is read
        """See `NLIModel.classify`."""
        import numpy as np

        refuse_images(question.labels)
        model = await self._load(SentenceModel.of)
        scorer, scale = await self._prepare_once(question.labels, lambda: self._make_scorer(model, question.labels))
        vectors = await self._embed(model, [model.text_prompt + str(value).strip() for value in values])
        rows = scale.texts(vectors.astype(np.float64))
        predicted = await self._run_in_pool(scorer.score, rows, question.multiple)
        return Reply(predictions=predicted.predictions, scores=predicted.scores)

    async def _embed(self, model: SentenceModel, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        rows = await self._run_in_pool(lambda: [model.tokenizer.encode(text) for text in texts])
        return await self._forward_all(model, model.embed, rows, [len(ids) for ids, _ in rows])

    async def _make_scorer(self, model: SentenceModel, labels: LabelSet) -> tuple[CosineScorer, CosineCalibration]:
        """The labels, embedded, and the scale on which texts are compared with them."""
        import numpy as np

        from jsdf.engines.local.cosine_scoring import CosineScorer, described_texts
        from jsdf.engines.local.huggingface.cosine_calibration import PAIRS, CosineCalibration
        from jsdf.engines.local.label_meaning import read_meanings

        meanings = read_meanings(labels)
        subjects = await self._labels(model, list(PAIRS))
        samples = await self._embed(model, [model.text_prompt + text for text in PAIRS.values()])
        scale = CosineCalibration.of(subjects, samples.astype(np.float64))
        members = scale.labels(await self._labels(model, described_texts(meanings)))
        return CosineScorer.from_vectors(labels, meanings, members), scale

    async def _labels(self, model: SentenceModel, descriptions: Sequence[str]) -> Floats:
        """Shape (descriptions, size): the mean of a description's sentences, and as much of its glosses."""
        import numpy as np

        from jsdf.engines.local.cosine_scoring import unit
        from jsdf.engines.local.prompt_templates import hypotheses, synonyms

        groups = [group for text in descriptions for group in (hypotheses(text), synonyms(text))]
        vectors = await self._embed(model, [model.label_prompt + text for group in groups for text in group])
        ends = np.cumsum([len(group) for group in groups])
        sums = [part.sum(axis=0, dtype=np.float64) for part in np.split(vectors, ends[:-1])]
        return np.array([unit(unit(a) + unit(b)) for a, b in zip(sums[::2], sums[1::2], strict=True)])


def _automatic(folder: Any) -> Any:
    """The class that loads an encoder; T5's is the half of a model that would also want to write."""
    import transformers

    kind = str((read_json(folder / "config.json") or {}).get("model_type"))
    return {"t5": transformers.T5EncoderModel, "mt5": transformers.MT5EncoderModel}.get(kind, transformers.AutoModel)


_DOCUMENTS = ("document", "passage", "corpus")


def prompts(path: Path) -> tuple[str, str]:
    """What stands before labels and before samples, both empty where nothing is declared.

    The default prompt and one for classification serve both sides. Otherwise a label is a query, and the
    sample is the document that may answer it.
    """
    config = read_json(path / "config_sentence_transformers.json") or {}
    declared = {str(name): str(text) for name, text in (config.get("prompts") or {}).items() if text is not None}
    folded = {name.casefold(): text for name, text in declared.items()}
    for name in (str(config.get("default_prompt_name") or "").casefold(), "classification"):
        if folded.get(name):
            return folded[name], folded[name]
    return folded.get("query", ""), next((folded[name] for name in _DOCUMENTS if name in folded), "")
