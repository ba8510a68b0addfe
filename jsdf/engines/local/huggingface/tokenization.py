"""Tokenize texts, and group rows of tokens into padded batches of bounded size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jsdf.engines.local.readability import Remarks, cut_note, measure
from jsdf.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Tokens of one forward pass, including padding: enough to keep two cores or a small GPU busy, and few enough that the
#: activations of a large model stay below half a gigabyte.
_MAX_BATCH_TOKENS = 4096
#: Characters of a text that are tokenized, per token of the model's maximum; prose has about 5 characters per token.
_CHARACTERS_PER_TOKEN = 24
#: Maximum number of tokens for a model that does not declare one.
_DEFAULT_MAX_TOKENS = 512


@dataclass(frozen=True)
class Row:
    """One row of tokens.

    Args:
        ids: Token ids.
        types: Number of the text, 0 or 1, to which each token belongs.
        remarks: Remarks on how the first text was read.
    """

    ids: list[int]
    types: list[int]
    remarks: Remarks


class BatchTokenizer:
    """Thread-safe tokenizer of a model.

    A text that contains the name of a special token, such as "[SEP]", is tokenized as ordinary characters: it cannot
    insert a special token.

    Args:
        tokenizer: A fast tokenizer of transformers.
        max_tokens: Maximum number of tokens of a row, including special tokens; of a pair, the first text is truncated.
        lowercase: True to convert texts to lower case first.

    Raises:
        ModelError: The tokenizer has no fast implementation.
    """

    def __init__(self, tokenizer: Any, max_tokens: int, *, lowercase: bool = False) -> None:
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise ModelError(
                f"{type(tokenizer).__name__} is not a fast tokenizer; save the model with its tokenizer.json"
            )
        # A private copy: transformers changes the settings of its tokenizer at each call, which is not thread-safe.
        self._encoder = type(backend).from_str(backend.to_str())
        self._encoder.no_padding()
        self._encoder.enable_truncation(max_tokens, strategy="only_first")
        self._encoder.encode_special_tokens = True
        self._pad_token = tokenizer.pad_token_id or 0
        self._has_token_types = "token_type_ids" in tokenizer.model_input_names
        self._unknown_id: int | None = tokenizer.unk_token_id
        self._lowercase = lowercase
        self.max_tokens = max_tokens

    def encode(self, text: str, pair: str | None = None, *, prompt: str = "") -> Row:
        """Tokenize a text, or a pair of texts.

        Args:
            text: The text.
            pair: The second text; None for a single text.
            prompt: Words before the text, which make no text readable.
        """
        max_characters = self.max_tokens * _CHARACTERS_PER_TOKEN
        start, whole = self._clean(prompt), prompt + text
        clean = self._clean(whole[:max_characters])
        encoding = self._encoder.encode(clean) if pair is None else self._encoder.encode(clean, pair)
        is_cut = bool(encoding.overflowing or whole[max_characters:].strip())
        readability = measure(clean, [encoding], self._unknown_id, start=len(start))
        return Row(encoding.ids, encoding.type_ids, readability.remarks(cut_note(self.max_tokens) if is_cut else None))

    def can_read(self, text: str) -> bool:
        """Return False if no token of the text is known."""
        return self.encode(text).remarks.unknown is None

    def _clean(self, text: str) -> str:
        # A lone surrogate cannot be encoded.
        clean = text.encode("utf-8", "replace").decode("utf-8")
        return clean.lower() if self._lowercase else clean

    def pad(self, rows: Sequence[Row]) -> Mapping[str, Any]:
        """Return the input tensors of rows, of shape (rows, tokens of the longest row), padded at the end."""
        import torch

        longest = max(len(row.ids) for row in rows)
        ids = torch.full((len(rows), longest), self._pad_token, dtype=torch.int64)
        mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
        for i, row in enumerate(rows):
            length = len(row.ids)
            ids[i, :length], mask[i, :length] = torch.tensor(row.ids), 1
            types[i, :length] = torch.tensor(row.types)
        batch = {"input_ids": ids, "attention_mask": mask}
        return batch | {"token_type_ids": types} if self._has_token_types else batch


def plan_padded_batches(lengths: Sequence[int], max_tokens: int = _MAX_BATCH_TOKENS) -> list[list[int]]:
    """Group rows into batches, the longest rows first.

    Args:
        lengths: Number of tokens of each row.
        max_tokens: Maximum number of tokens of a batch of several rows, including padding.

    Returns:
        Positions in `lengths`, one list per batch.
    """
    batches: list[list[int]] = []
    for position in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batches and (len(batches[-1]) + 1) * lengths[batches[-1][0]] <= max_tokens:
            batches[-1].append(position)
        else:
            batches.append([position])
    return batches


def model_max_tokens(tokenizer: Any, network: Any, declared: int | None = None) -> int:
    """Return the number of tokens that a model reads: the least of what it, its tokenizer and its positions allow."""
    config = network.config
    positions = getattr(config, "max_position_embeddings", None)
    limits = [declared, tokenizer.model_max_length, positions and positions - _unused_positions(network)]
    # A tokenizer without a limit reports about 10**30.
    usable = [int(n) for n in limits if n and 0 < n < 10**9]
    return min(usable, default=_DEFAULT_MAX_TOKENS)


def _unused_positions(network: Any) -> int:
    """Return the number of positions that are never used: RoBERTa's begin after the position of the padding."""
    for name, module in network.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            return int(module.padding_idx) + 1
    return 0
