"""Into which sentences a label is put before it is embedded, and what a few labels stand for.

The templates were chosen on five sets (BBC news, newsgroups, Reuters, film reviews, tweets) among some 35:
each of the five beats "This text is about {}." there, and their mean does better than any of them
alone; they were then measured on others (`tests/benchmarks/local_accuracy.py`).
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
#: Labels that name a text's manner and not its subject: no text that is negative speaks of "negative".
_SYNONYMS = {
    "positive": _POSITIVE,
    "negative": _NEGATIVE,
    "neutral": _NEUTRAL,
    "pos": _POSITIVE,
    "neg": _NEGATIVE,
    "spam": _SPAM,
    "junk": _SPAM,
}
_KINDS = (" review", " sentiment", " feedback", " opinion", " tone", " comment", " tweet", " message", " mail")


def hypotheses(description: str) -> tuple[str, ...]:
    """The sentences that stand for a description."""
    words = " ".join(description.replace("_", " ").split()).rstrip(" .")
    return tuple(template.format(words) for template in TEMPLATES)


def synonyms(description: str) -> tuple[str, ...]:
    """More sentences for the few labels that need them; none for any other label."""
    words = normalize(description)
    for kind in _KINDS:
        words = words.removesuffix(kind)
    return _SYNONYMS.get(words, ())
