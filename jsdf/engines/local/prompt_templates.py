"""Hypothesis templates in which a label is embedded, and synonyms for a few labels such as "positive" and "spam".

The templates were chosen among about 35 on five data sets (BBC news, newsgroups, Reuters, film reviews, tweets): each
of the five is better than "This text is about {}." there, and their mean is better than any of them alone. They were
then measured on other data sets (`tests/benchmarks/local_accuracy.py`).
"""

from __future__ import annotations

from jsdf.engines.local.label_meaning import normalize

TEMPLATES = (
    "words about {}",
    "An article about {}.",
    "Something related to {}",
    "This is a {} review.",
    "The topic is {}.",
)

_POSITIVE = (
    "a favourable opinion",
    "a good experience",
    "it works well",
    "good, great, excellent, wonderful",
    "love, like, happy, pleased, satisfied",
    "beautiful, brilliant, funny, enjoyable",
    "praise",
    "happiness",
    "success",
    "a recommendation",
    "enthusiasm",
)
_NEGATIVE = (
    "an unfavourable opinion",
    "a bad experience",
    "it does not work",
    "bad, poor, awful, terrible",
    "hate, dislike, angry, disappointed, unhappy",
    "ugly, stupid, boring, useless",
    "criticism",
    "sadness",
    "failure",
    "a complaint",
    "disappointment",
)
_NEUTRAL = (
    "a plain statement of fact",
    "information without an opinion",
    "neither good nor bad",
    "a description",
    "a detail",
    "an explanation",
)
_SPAM = (
    "You have won a prize, call now to claim it",
    "free cash offer, text to subscribe",
    "an unsolicited advertisement",
)
#: Labels that name the manner of a text, not its subject: a negative review does not mention the word "negative".
_SYNONYMS = {
    "positive": _POSITIVE,
    "negative": _NEGATIVE,
    "neutral": _NEUTRAL,
    "pos": _POSITIVE,
    "neg": _NEGATIVE,
    "spam": _SPAM,
    "junk": _SPAM,
}
_SUFFIXES = (" review", " sentiment", " feedback", " opinion", " tone", " comment", " tweet", " message", " mail")


def hypotheses(description: str) -> tuple[str, ...]:
    """Return the description inserted into each of the `TEMPLATES`."""
    words = " ".join(description.replace("_", " ").split()).rstrip(" .")
    return tuple(template.format(words) for template in TEMPLATES)


def synonyms(description: str) -> tuple[str, ...]:
    """Return further texts that mean the same as a description; empty for all but a few labels."""
    words = normalize(description)
    for suffix in _SUFFIXES:
        words = words.removesuffix(suffix)
    return _SYNONYMS.get(words, ())
