"""NLI classifiers: a text entails "This example is {label}.", contradicts it, or neither."""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Reply
from jsdf.engines.local.huggingface.base import HubReader, refuse_images
from jsdf.engines.local.huggingface.loading import network, tokenizer
from jsdf.engines.local.huggingface.model_type import configuration, entailment
from jsdf.engines.local.huggingface.serial_executor import Turns
from jsdf.engines.local.huggingface.tokenization import Words, limit
from jsdf.errors import InvalidLabelsError, ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from jsdf.engines.base import Question
    from jsdf.engines.local.huggingface.model_type import Found
    from jsdf.engines.local.huggingface.tokenization import Row

#: The one that transformers' zero-shot pipeline uses, so that a model answers as its makers tried it.
_HYPOTHESIS = "This example is {}."
#: Tokens that a hypothesis must leave for the text and for the marks between them.
_LEAST = 32


@dataclass(frozen=True, eq=False)
class Classifier:
    """A loaded NLI classifier. Make it with `Classifier.of`.

    Args:
        network: The classifier.
        words: Its tokenizer.
        positive: The position of its logit for an entailment.
        negative: Likewise for a contradiction.
        options: What every forward pass takes besides the tokens.
        turns: Where its forward passes queue.
    """

    network: Any
    words: Words
    positive: int
    negative: int
    options: Mapping[str, Any]
    turns: Turns = field(default_factory=Turns)

    @classmethod
    def of(cls, found: Found) -> Classifier:
        """Load a model; see `loading.load` for what becomes of errors."""
        from transformers import AutoModelForSequenceClassification

        which = entailment(configuration(found.path, found.name))
        if which is None:
            raise ModelError(f"{found.name!r} has no label 'entailment' any more")
        made, words = network(AutoModelForSequenceClassification, found.path), tokenizer(found.path)
        # A generator's cache of past tokens is of no use to a classifier.
        options = {"use_cache": False} if "use_cache" in inspect.signature(made.forward).parameters else {}
        return cls(made, Words(words, limit(words, made)), *which, options)

    def logits(self, rows: Sequence[Row]) -> npt.NDArray[np.float32]:
        """float32 of shape (rows, 2): the logits of an entailment and of a contradiction."""
        import torch

        batch = {name: tensor.to(self.network.device) for name, tensor in self.words.batch(rows).items()}
        with torch.inference_mode():
            found = self.network(**batch, **self.options).logits
        both: npt.NDArray[np.float32] = found[:, [self.positive, self.negative]].cpu().numpy()
        return both

    def rows(self, texts: Sequence[str], hypotheses: Sequence[str]) -> list[Row]:
        """The tokens of every text with every hypothesis, a text's own together.

        Raises:
            InvalidLabelsError: A hypothesis leaves no room for a text.
        """
        most = self.words.limit - min(_LEAST, self.words.limit // 4)
        for hypothesis in hypotheses:
            if len(self.words.row(hypothesis)[0]) > most:
                raise InvalidLabelsError(
                    f"labels: {hypothesis[:80]!r}… leaves no room for a text"
                    f" in the {self.words.limit} tokens that the model reads"
                )
        return [self.words.row(text, hypothesis) for text in texts for hypothesis in hypotheses]


class EntailmentReader(HubReader):
    """See `Reader`. One label: a softmax of the entailments. Any number: each entailment against its contradiction."""

    async def classify(self, question: Question, values: Sequence[Any], examples: Mapping[str, Any]) -> Reply:  # noqa: ARG002 - no image is read
        """See `Reader.classify`."""
        import numpy as np

        from jsdf.engines.local.logit_scoring import Ballot

        refuse_images(question.labels)
        model = await self._load(Classifier.of)
        ballot = Ballot.of(question.labels)
        hypotheses = [_HYPOTHESIS.format(_clean(text)) for _, text in ballot.members]
        rows = await self._do(model.rows, [str(value) for value in values], hypotheses)
        logits = await self._passes(model, model.logits, rows, [len(ids) for ids, _ in rows])
        both = logits.astype(np.float64).reshape(len(values), len(hypotheses), 2)
        predictions, scores = ballot.decide(both[..., 0], both[..., 0] - both[..., 1], question.multiple)
        return Reply(predictions, scores)


def _clean(description: str) -> str:
    return description.strip().removesuffix(".")
