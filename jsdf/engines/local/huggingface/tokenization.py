"""Texts -> tokens of a model, and rows of tokens -> padded batches of bounded size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jsdf.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

#: Tokens of one forward pass, padding included: enough to keep two cores or a small card busy, and few
#: enough that activations of a large model stay below half a gigabyte.
_BATCH_TOKENS = 4096
#: Characters of a text that are looked at, a token of the limit: prose has about 5 a token.
_CHARACTERS = 24
#: What a model reads that does not say how much it can read.
_USUAL_LIMIT = 512

#: One row: token ids and, for models that want them, the number of the text that each belongs to.
Row = tuple[list[int], list[int]]


class BatchTokenizer:
    """A model's tokenizer. Any number of threads may use it at once.

    A text that spells one of the marks, as "[SEP]", is read as those characters: it cannot end itself.

    Args:
        tokenizer: A fast tokenizer of transformers.
        limit: Tokens of a row that are read, marks included; of a pair, the first text loses its end.
        lower: True to put texts in lower case first.

    Raises:
        ModelError: The tokenizer has no fast form.
    """

    def __init__(self, tokenizer: Any, limit: int, *, lower: bool = False) -> None:
        backend = getattr(tokenizer, "backend_tokenizer", None)
        if backend is None:
            raise ModelError(f"{type(tokenizer).__name__} has no fast form; save the model with its tokenizer.json")
        # A copy of our own: the library changes its tokenizer's settings at each call, under others' feet.
        self._encoder = type(backend).from_str(backend.to_str())
        self._encoder.no_padding()
        self._encoder.enable_truncation(limit, strategy="only_first")
        self._encoder.encode_special_tokens = True
        self._pad_token = tokenizer.pad_token_id or 0
        self._typed = "token_type_ids" in tokenizer.model_input_names
        self._lower = lower
        self.limit = limit

    def encode(self, text: str, beside: str | None = None) -> Row:
        """The tokens of a text, or of a pair."""
        # A lone surrogate cannot be encoded.
        clean = text[: self.limit * _CHARACTERS].encode("utf-8", "replace").decode("utf-8")
        clean = clean.lower() if self._lower else clean
        found = self._encoder.encode(clean) if beside is None else self._encoder.encode(clean, beside)
        return found.ids, found.type_ids

    def pad(self, rows: Sequence[Row]) -> Mapping[str, Any]:
        """Tensors of shape (rows, tokens of the longest) as networks take them, padded at the end."""
        import torch

        longest = max(len(ids) for ids, _ in rows)
        ids = torch.full((len(rows), longest), self._pad_token, dtype=torch.int64)
        mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
        for i, (tokens, kinds) in enumerate(rows):
            ids[i, : len(tokens)], mask[i, : len(tokens)] = torch.tensor(tokens), 1
            types[i, : len(tokens)] = torch.tensor(kinds)
        batch = {"input_ids": ids, "attention_mask": mask}
        return batch | {"token_type_ids": types} if self._typed else batch


def batches(lengths: Sequence[int], tokens: int = _BATCH_TOKENS) -> list[list[int]]:
    """Cut rows into batches: the longest first, each of at most `tokens` with its padding, or of one row.

    Returns:
        Positions in `lengths`, one list a batch.
    """
    found: list[list[int]] = []
    for position in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if found and (len(found[-1]) + 1) * lengths[found[-1][0]] <= tokens:
            found[-1].append(position)
        else:
            found.append([position])
    return found


def max_tokens(tokenizer: Any, network: Any, declared: int | None = None) -> int:
    """Tokens that a model reads: what it declares, what its tokenizer does, and the positions it has."""
    config = network.config
    positions = getattr(config, "max_position_embeddings", None)
    known = [declared, tokenizer.model_max_length, positions and positions - _unused_positions(network)]
    # A tokenizer without a limit says 10**30.
    usable = [int(n) for n in known if n and 0 < n < 10**9]
    return min(usable, default=_USUAL_LIMIT)


def _unused_positions(network: Any) -> int:
    """RoBERTa and its kin count positions from the one after the padding's."""
    for name, module in network.named_modules():
        if name.endswith("position_embeddings") and getattr(module, "padding_idx", None) is not None:
            return int(module.padding_idx) + 1
    return 0
