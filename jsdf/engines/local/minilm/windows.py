"""Read texts in windows of 256 tokens, whose vectors are averaged into one vector a text.

A short text is one window, and has the same vector whatever the number of windows. A long text is cut at token
boundaries into full windows and a shorter last one, each between special tokens of its own. The vectors are weighted by
their number of tokens, so that one more token at the end of a text changes little; equal weights, more weight for the
first window, and means that are not normalised gained and lost on the same sets of long texts, by about as much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.engines.local.minilm.model import MAX_CHARACTERS, MAX_TOKENS, clean
from jsdf.engines.local.readability import Readability, Remarks, cut_note, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from jsdf.engines.local.minilm.model import Model

    Vectors = npt.NDArray[np.float32]

#: Ids of [UNK], and number of special tokens of a window, [CLS] and [SEP].
_UNKNOWN_ID, _SPECIAL_TOKENS = 100, 2
#: Characters that are tokenized first for each window, more than 256 tokens of most texts.
_CHARACTERS = 1_500
_REMEDY = "jsdf.Local(windows=...) reads more"


@dataclass(frozen=True)
class WindowedText:
    """A text as the model reads it.

    Args:
        windows: Token ids of each window, 3 to `MAX_TOKENS` of them; empty if the text is unreadable.
        remarks: Remarks on what could not be read.
    """

    windows: Sequence[Sequence[int]]
    remarks: Remarks


def read(text: str, model: Model, max_windows: int) -> WindowedText:
    """Cut a text into windows.

    Args:
        text: The text, of any length; `MAX_CHARACTERS` are tokenized for each of `max_windows`.
        model: The model.
        max_windows: Maximum number of windows that are read, at least 1.
    """
    max_characters = max_windows * MAX_CHARACTERS
    readable, encodings = _encode(clean(text[:max_characters]), model, max_windows)
    cut = None
    if len(encodings) > max_windows:
        cut = cut_note(max_windows * MAX_TOKENS, remedy=_REMEDY)
    elif text[max_characters:].strip():
        cut = cut_note(max_characters, "characters", remedy=_REMEDY)
    read_encodings = encodings[:max_windows]
    remarks = measure(readable, read_encodings, _UNKNOWN_ID, latin_only=True).remarks(cut)
    return WindowedText([] if remarks.unknown else [encoding.ids for encoding in read_encodings], remarks)


def _encode(readable: str, model: Model, max_windows: int) -> tuple[str, list[Any]]:
    """Tokenize as many words of a cleaned text as show that it is longer than what is read, at most all of them.

    The tokenizer reads word by word, so the windows of a part that ends between two words are those of the whole text;
    a text of 20,000 characters takes fifteen times as long as the part that is read.
    """
    characters = _CHARACTERS * max_windows
    while True:
        is_whole = characters >= len(readable)
        end = len(readable) if is_whole else readable.rfind(" ", 0, characters)
        if end >= 0:
            first = model.tokenizer.encode(readable[:end])
            if is_whole or len(first.overflowing) >= max_windows:
                return readable[:end], [first, *first.overflowing]
        characters *= 4


def readability(text: str, model: Model) -> Readability:
    """Measure the readability of a short text, such as a label."""
    readable = clean(text[:MAX_CHARACTERS])
    return measure(readable, [model.tokenizer.encode(readable)], _UNKNOWN_ID, latin_only=True)


def pool(texts: Sequence[WindowedText], vectors: Vectors) -> Vectors:
    """Average the vectors of windows, each text by itself.

    Args:
        texts: The texts.
        vectors: Vectors of all their windows, one after another, float32 of shape (windows, size), each of length 1.

    Returns:
        float32 of shape (texts, size), each of length 1; zeros for an unreadable text.
    """
    pooled = np.zeros((len(texts), vectors.shape[1]), dtype=np.float32)
    start = 0
    for position, text in enumerate(texts):
        own = vectors[start : start + len(text.windows)]
        start += len(text.windows)
        if len(own) == 1:
            pooled[position] = own[0]
        elif len(own):
            weights = np.array([len(window) - _SPECIAL_TOKENS for window in text.windows], dtype=np.float64)
            mean = (own.astype(np.float64) * weights[:, None]).sum(axis=0)
            pooled[position] = mean / np.sqrt((mean * mean).sum())
    return pooled
