"""NLI classifiers: predict whether a text entails or contradicts "This example is {label}."."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jsdf.engines.local.huggingface.base import TransformersClassifier, refuse_images
from jsdf.engines.local.huggingface.loading import network, tokenizer
from jsdf.engines.local.huggingface.model_type import configuration, nli_label_ids
from jsdf.engines.local.huggingface.serial_executor import SerialExecutor
from jsdf.engines.local.huggingface.tokenization import BatchTokenizer, model_max_tokens
from jsdf.engines.local.readability import MODEL_WORDS, Remarks, refuse_unreadable_labels, reply_with_remarks
from jsdf.errors import InvalidLabelsError, ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from jsdf.engines.base import Question, Reply
    from jsdf.engines.local.huggingface.model_type import LocatedModel
    from jsdf.engines.local.huggingface.tokenization import Row

#: Hypothesis template of transformers' zero-shot pipeline, with which the authors of NLI models test them.
_HYPOTHESIS = "This example is {}."
#: Tokens that a hypothesis must leave for the text and the separators.
_MIN_TEXT_TOKENS = 32


@dataclass(frozen=True, eq=False)
class NLIModel:
    """A loaded NLI classifier. Make it with `NLIModel.load`.

    Args:
        network: The sequence classifier.
        tokenizer: Its tokenizer.
        entailment: Position of the logit for entailment.
        contradiction: Position of the logit for contradiction.
        options: Keyword arguments of every forward pass besides the tokens.
        executor: Runs the forward passes one after another.
    """

    network: Any
    tokenizer: BatchTokenizer
    entailment: int
    contradiction: int
    options: Mapping[str, Any]
    executor: SerialExecutor = field(default_factory=SerialExecutor)

    @classmethod
    def load(cls, model: LocatedModel) -> NLIModel:
        """Load a model; call it through `loading.load`, which caches models and translates errors.

        Raises:
            ModelError: The model has no label 'entailment'.
        """
        from transformers import AutoModelForSequenceClassification

        label_ids = nli_label_ids(configuration(model.path, model.name))
        if label_ids is None:
            raise ModelError(f"{model.name!r} no longer has a label 'entailment'")
        loaded = network(AutoModelForSequenceClassification, model.path)
        base_tokenizer = tokenizer(model.path)
        # A cache of past tokens is useful for text generation only.
        options = {"use_cache": False} if "use_cache" in inspect.signature(loaded.forward).parameters else {}
        batch_tokenizer = BatchTokenizer(base_tokenizer, model_max_tokens(base_tokenizer, loaded))
        return cls(loaded, batch_tokenizer, *label_ids, options)

    def logits(self, rows: Sequence[Row]) -> npt.NDArray[np.float32]:
        """Return the logits of entailment and contradiction, float32 of shape (rows, 2), in one forward pass."""
        import torch

        batch = {name: tensor.to(self.network.device) for name, tensor in self.tokenizer.pad(rows).items()}
        with torch.inference_mode():
            logits = self.network(**batch, **self.options).logits
        selected: npt.NDArray[np.float32] = logits[:, [self.entailment, self.contradiction]].cpu().numpy()
        return selected

    def rows(self, texts: Sequence[str], hypotheses: Sequence[str]) -> list[Row]:
        """Tokenize every text with every hypothesis, text by text.

        Raises:
            InvalidLabelsError: A hypothesis is so long that it leaves no room for a text.
        """
        limit = self.tokenizer.max_tokens
        max_hypothesis_tokens = limit - min(_MIN_TEXT_TOKENS, limit // 4)
        for hypothesis in hypotheses:
            if len(self.tokenizer.encode(hypothesis).ids) > max_hypothesis_tokens:
                raise InvalidLabelsError(
                    f"labels: {hypothesis[:80]!r}… leaves no room for a text in the {limit} tokens that the model reads"
                )
        return [self.tokenizer.encode(text, hypothesis) for text in texts for hypothesis in hypotheses]


class NLIClassifier(TransformersClassifier):
    """Classifier of texts by an NLI model; implements `Classifier`.

    For one label per row, the scores are a softmax of the entailment logits; for any number of labels, each score is
    the softmax of entailment against contradiction.
    """

    async def classify(self, question: Question, values: Sequence[Any], examples: Mapping[str, Any]) -> Reply:  # noqa: ARG002 - no image is read
        """Answer one request; see `Classifier.classify`."""
        import numpy as np

        from jsdf.engines.local.logit_scoring import LogitScorer

        refuse_images(question.labels)
        model = await self._load(NLIModel.load)
        scorer = LogitScorer.from_labels(question.labels)
        refuse_unreadable_labels(scorer.names, scorer.meanings, model.tokenizer.can_read, MODEL_WORDS)
        hypotheses = [_HYPOTHESIS.format(_clean(text)) for _, text in scorer.members]
        rows = await self._run_in_pool(model.rows, [str(value) for value in values], hypotheses)
        logits = await self._forward_all(model, model.logits, rows, [len(row.ids) for row in rows])
        pairs = logits.astype(np.float64).reshape(len(values), len(hypotheses), 2)
        predictions, scores = scorer.score(pairs[..., 0], pairs[..., 0] - pairs[..., 1], question.multiple)
        return reply_with_remarks(predictions, scores, _remarks_on_texts(rows, len(hypotheses)))


def _remarks_on_texts(rows: Sequence[Row], hypotheses: int) -> list[Remarks]:
    """Return the remarks on each text; a long hypothesis leaves less room for it than a short one."""
    of_texts = [rows[start : start + hypotheses] for start in range(0, len(rows), hypotheses)]
    return [max((row.remarks for row in of_text), key=lambda remarks: len(remarks.note or "")) for of_text in of_texts]


def _clean(description: str) -> str:
    return description.strip().removesuffix(".")
