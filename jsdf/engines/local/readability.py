"""Find what a model cannot read: unknown tokens, letters of another script, the end of a long text.

Tokens of punctuation and white space alone do not count: beside a symbol that the model does not know, they do not tell
what the symbol says. A text is unreadable if it has no token, or if it has unknown ones and no others. It is mostly
unread if more than half of its words, or of its letters, are unread: with half of the words replaced by unknown ones,
accuracy on three labelled sets fell by up to 0.2.

A model that was trained on English only knows the letters of many other scripts, one by one, but not the words that
they spell: the built-in model filed 52 sentences in Arabic, Greek, Hebrew, Japanese, Korean and Russian under four
English topics hardly better than by chance (0.29). Such letters are therefore unread too.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Reply
from jsdf.engines.embedding import Embeddings
from jsdf.engines.local.label_meaning import IMAGE_PREFIX
from jsdf.errors import InvalidLabelsError
from jsdf.formatting.text import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy as np
    import numpy.typing as npt

    from jsdf.engines.local.label_meaning import Meaning

    Floats32 = npt.NDArray[np.float32]

_UNREADABLE = "the model can read no word of the text"
_MOSTLY_UNREAD = "most of the text consists of symbols or letters that the model cannot read"
#: Words that labels should consist of, for messages.
ENGLISH_WORDS, MODEL_WORDS = "English words", "words that the model knows"
#: Mark of a word's beginning in SentencePiece vocabularies; a token of its own before an unknown word.
WORD_START = "\u2581"
_PRINTABLE = re.compile("[!-~]")


@dataclass(frozen=True)
class Remarks:
    """Remarks on how a model read one text.

    Args:
        unknown: Reason no label can be given, as in `Reply.unknown`; None for a text that can be read.
        note: Remark on a text of which a part was not read, as in `Reply.notes`; None if there is nothing to remark.
    """

    unknown: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Readability:
    """Numbers of words and letters of a text, punctuation left out.

    Args:
        tokens: Number of tokens, those of punctuation too; 0 for a text of which nothing is left.
        known: Words with known tokens.
        foreign: Words with known tokens that hold letters of a script whose words the model does not know.
        unknown: Words with unknown tokens.
        letters: Letters.
        unread_letters: Letters in foreign and in unknown tokens.
    """

    tokens: int
    known: int = 0
    foreign: int = 0
    unknown: int = 0
    letters: int = 0
    unread_letters: int = 0

    @property
    def is_unreadable(self) -> bool:
        """True if no token of the text is known."""
        return not self.known and (self.unknown > 0 or not self.tokens)

    @property
    def is_unreadable_label(self) -> bool:
        """True if the model knows no word of the text, which makes it useless as a label."""
        return self.is_unreadable or 0 < self.known == self.foreign

    def remarks(self, cut: str | None = None) -> Remarks:
        """Return the remarks on this text.

        Args:
            cut: Remark on the part that was cut off; None if nothing was.
        """
        if self.is_unreadable:
            return Remarks(unknown=_UNREADABLE)
        unread = self.unknown + self.foreign
        is_mostly_unread = 2 * unread > unread + self.known - self.foreign or 2 * self.unread_letters > self.letters
        notes = [note for note in (_MOSTLY_UNREAD if is_mostly_unread else None, cut) if note]
        return Remarks(note="; ".join(notes) or None)


def measure(
    text: str, encodings: Sequence[Any], unknown_id: int | None, *, start: int = 0, latin_only: bool = False
) -> Readability:
    """Count the words and letters of a text.

    Args:
        text: The text that was tokenized.
        encodings: Its `tokenizers.Encoding`, and those of the windows that follow.
        unknown_id: Id of the unknown token; None if the vocabulary has none.
        start: Number of characters of a prompt before the text, which do not count.
        latin_only: True for a model that knows words in Latin letters only.
    """
    ids = [i for encoding in encodings for i in encoding.ids]
    if unknown_id not in ids and text.isascii() and _PRINTABLE.search(text, start):
        return Readability(tokens=len(ids), known=len(ids))  # the usual case needs no exact count
    return _count(text, encodings, unknown_id, start, latin_only)


def _count(text: str, encodings: Sequence[Any], unknown_id: int | None, start: int, latin_only: bool) -> Readability:
    known: set[Any] = set()
    foreign: set[Any] = set()
    unknown: set[Any] = set()
    tokens = letters = unread_letters = 0
    for word, token_id, token, part in _text_tokens(text, encodings, start):
        tokens += 1
        token_letters = [c for c in part if c.isalpha()]
        is_unknown = token_id == unknown_id
        is_foreign = latin_only and not is_unknown and any(map(_is_foreign, token_letters))
        if not is_unknown and (not token.strip(WORD_START) or not any(map(_is_content, part))):
            continue
        (unknown if is_unknown else known).add(word)
        foreign.update([word] if is_foreign else [])
        letters += len(token_letters)
        unread_letters += len(token_letters) if is_unknown or is_foreign else 0
    return Readability(tokens, len(known), len(foreign), len(unknown), letters, unread_letters)


def _text_tokens(text: str, encodings: Sequence[Any], start: int) -> Iterable[tuple[Any, int, str, str]]:
    """Iterate over word, id, token and characters of the tokens of the text itself, not of prompt or second text."""
    for encoding in encodings:
        parts = zip(
            encoding.word_ids, encoding.ids, encoding.tokens, encoding.offsets, encoding.sequence_ids, strict=True
        )
        for word, token_id, token, (first, last), sequence in parts:
            if sequence == 0 and last > start:
                yield word, token_id, token, text[first:last]


@lru_cache(maxsize=4096)
def _is_content(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNS"


@lru_cache(maxsize=4096)
def _is_foreign(letter: str) -> bool:
    return "LATIN" not in unicodedata.name(letter, "").split()


def cut_note(limit: int, unit: str = "tokens", *, remedy: str | None = None) -> str:
    """Return the note on a text that is longer than a limit, with what to do about it if anything can be done."""
    return f"the text is longer than the {limit:,} {unit} that are read" + (f"; {remedy}" if remedy else "")


def reply_with_remarks(
    predictions: Sequence[Any], scores: npt.NDArray[Any], remarks: Sequence[Remarks], vectors: Floats32 | None = None
) -> Reply:
    """Make the reply about texts; those that are unreadable have no prediction, and nan scores and vectors.

    Args:
        predictions: One prediction a text.
        scores: float32 of shape (texts, classes).
        remarks: The remarks on each text.
        vectors: Embeddings of the texts, float32 of shape (texts, width); None for a model that has none.
    """
    unknown = {i: remark.unknown for i, remark in enumerate(remarks) if remark.unknown}
    notes = {i: remark.note for i, remark in enumerate(remarks) if remark.note}
    scores[list(unknown)] = float("nan")
    given = [None if i in unknown else prediction for i, prediction in enumerate(predictions)]
    if vectors is not None:
        vectors = embeddings_with_remarks(vectors, remarks).vectors
    return Reply(given, scores, unknown=unknown, notes=notes, vectors=vectors)


def embeddings_with_remarks(vectors: Floats32, remarks: Sequence[Remarks]) -> Embeddings:
    """Return the embeddings of texts, float32 of shape (texts, width); those that are unreadable have none."""
    failures = {i: remark.unknown for i, remark in enumerate(remarks) if remark.unknown}
    vectors[list(failures)] = float("nan")
    return Embeddings(vectors, failures)


def refuse_unreadable_labels(
    names: Sequence[str], meanings: Sequence[Meaning], is_readable: Callable[[str], bool], advice: str
) -> None:
    """Raise if a description has no word that the model knows: its answers would be arbitrary.

    Args:
        names: Names of the labels.
        meanings: Their meanings.
        is_readable: Returns False for a description that the model cannot read.
        advice: Words that a description should consist of: `ENGLISH_WORDS` or `MODEL_WORDS`.

    Raises:
        InvalidLabelsError: A description cannot be read.
    """
    for name, meaning in zip(names, meanings, strict=True):
        for text in meaning.descriptions:
            if text.startswith(IMAGE_PREFIX) or is_readable(text):
                continue
            label = quote(name) if text == name else f"the description {quote(text)} of {quote(name)}"
            example = f"{{{quote(name)}: 'a text about ...'}}"
            raise InvalidLabelsError(
                f"labels: the model can read no word of {label}; describe it in {advice}, as in {example}"
            )
