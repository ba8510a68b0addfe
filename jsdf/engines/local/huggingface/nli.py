"""NLI classifiers: a text entails "This example is {label}.", contradicts it, or neither."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Reply
from jsdf.engines.local.huggingface.base import TransformersClassifier, refuse_images
from jsdf.engines.local.huggingface.loading import network, tokenizer
from jsdf.engines.local.huggingface.model_type import configuration, nli_label_ids
from jsdf.engines.local.huggingface.serial_executor import SerialExecutor
from jsdf.engines.local.huggingface.tokenization import BatchTokenizer, max_tokens
from jsdf.errors import InvalidLabelsError, ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from jsdf.engines.base import Question
    from jsdf.engines.local.huggingface.model_type import LocatedModel
    from jsdf.engines.local.huggingface.tokenization import Row

#: The one that transformers' zero-shot pipeline uses, so that a model answers as its makers tried it.
_HYPOTHESIS = "This example is {}."
#: Tokens that a hypothesis must leave for the text and for the marks between them.
_LEAST = 32


@dataclass(frozen=True, eq=False)
class NLIModel:
    """A loaded NLI classifier. Make it with `NLIModel.of`.

    Args:
        network: The classifier.
        tokenizer: Its tokenizer.
        positive: The position of its logit for an entailment.
        negative: Likewise for a contradiction.
        options: What every forward pass takes besides the tokens.
        executor: Where its forward passes queue.
    """

    network: Any
    tokenizer: BatchTokenizer
    positive: int
    negative: int
    options: Mapping[str, Any]
    executor: SerialExecutor = field(default_factory=SerialExecutor)

    @classmethod
    def of(cls, found: LocatedModel) -> NLIModel:
        """Load a model; see `loading.load` for what becomes of errors."""
        from transformers import AutoModelForSequenceClassification

        which = nli_label_ids(configuration(found.path, found.name))
        if which is None:
            raise ModelError(f"{found.name!r} has no label 'entailment' any more")
        made, words = network(AutoModelForSequenceClassification, found.path), tokenizer(found.path)
        # A generator's cache of past tokens is of no use to a classifier.
        options = {"use_cache": False} if "use_cache" in inspect.signature(made.forward).parameters else {}
        return cls(made, BatchTokenizer(words, max_tokens(words, made)), *which, options)

    def logits(self, rows: Sequence[Row]) -> npt.NDArray[np.float32]:
        """float32 of shape (rows, 2): the logits of an entailment and of a contradiction."""
        import torch

        batch = {name: tensor.to(self.network.device) for name, tensor in self.tokenizer.pad(rows).items()}
        with torch.inference_mode():
            found = self.network(**batch, **self.options).logits
        both: npt.NDArray[np.float32] = found[:, [self.positive, self.negative]].cpu().numpy()
        return both

    def rows(self, texts: Sequence[str], hypotheses: Sequence[str]) -> list[Row]:
        """The tokens of every text with every hypothesis, a text's own together.

        Raises:
            InvalidLabelsError: A hypothesis leaves no room for a text.
        """
        most = self.tokenizer.limit - min(_LEAST, self.tokenizer.limit // 4)
        for hypothesis in hypotheses:
            if len(self.tokenizer.encode(hypothesis)[0]) > most:
                raise InvalidLabelsError(
                    f"labels: {hypothesis[:80]!r}… leaves no room for a text"
                    f" in the {self.tokenizer.limit} tokens that the model reads"
                )
        return [self.tokenizer.encode(text, hypothesis) for text in texts for hypothesis in hypotheses]


class NLIClassifier(TransformersClassifier):
    """NLI: softmax of the entailments for one label, entailment against contradiction for several; see `Classifier`."""

    async def classify(self, question: Question, values: Sequence[Any], examples: Mapping[str, Any]) -> Reply:  # noqa: ARG002 - no image is read
        """See `Classifier.classify`."""
        import numpy as np

        from jsdf.engines.local.logit_scoring import LogitScorer

        refuse_images(question.labels)
        model = await self._load(NLIModel.of)
        ballot = LogitScorer.of(question.labels)
        hypotheses = [_HYPOTHESIS.format(_clean(text)) for _, text in ballot.members]
        rows = await self._run_in_pool(model.rows, [str(value) for value in values], hypotheses)
        logits = await self._forward_all(model, model.logits, rows, [len(ids) for ids, _ in rows])
        both = logits.astype(np.float64).reshape(len(values), len(hypotheses), 2)
        predictions, scores = ballot.score(both[..., 0], both[..., 0] - both[..., 1], question.multiple)
        return Reply(predictions, scores)


def _clean(description: str) -> str:
    return description.strip().removesuffix(".")
