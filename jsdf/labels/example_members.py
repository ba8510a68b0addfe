"""Examples as descriptions and example images of their labels, as far as a request has room for them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace

from jsdf.formatting.text import one_line, pluralize, quote
from jsdf.labels.examples import Example, Examples
from jsdf.labels.label_set import Label, LabelClass, LabelSet

#: Characters of a text that is sent as an example; the rest of a longer one is cut off.
MAX_EXAMPLE_CHARS = 200
#: A common estimate of the bytes that a token stands for.
_BYTES_PER_TOKEN = 4


@dataclass(frozen=True)
class AppliedExamples:
    """Examples of a call, and how its engine uses them.

    Attributes:
        examples: The examples.
        labels: The labels that the engine is asked about: with examples among their descriptions, or unchanged for an
            engine that learns from the examples.
        used: Number of examples that the engine gets.
        tokens: Estimated tokens of the texts of examples in each request; 0 if there are none.
        learns: True if the engine learns from the examples, so that requests do not hold them.
    """

    examples: Examples
    labels: LabelSet
    used: int
    tokens: int = 0
    learns: bool = False

    def describe(self) -> str:
        """Return the line of a plan, as in "12 of 20 sent with each request, about 340 tokens a request"."""
        if self.learns:
            return f"the engine learns from {len(self.examples):,}"
        tokens = f", about {pluralize(self.tokens, 'token')} a request" if self.tokens else ""
        return f"{self.used:,} of {len(self.examples):,} sent with each request{tokens}"


def add_examples(labels: LabelSet, examples: Examples, max_labels: int | None) -> AppliedExamples:
    """Add examples to the descriptions of their labels, as far as one request has room for them.

    The labels take turns, in order. Examples never make a run need more requests: labels that fill a request, or need
    several, get none.

    Args:
        labels: The labels.
        examples: The examples.
        max_labels: Maximum number of descriptions and example images in a request; None for no limit.
    """
    described = {m.value for c in labels.classes for m in c.members} | set(labels.names)
    room = None if max_labels is None else max(0, max_labels - sum(len(c.members) for c in labels.classes))
    entries: dict[str, tuple[int, Example, Label]] = {}
    for position, example in examples.in_turns():
        if len(entries) == room:
            break
        entry = _to_entry(labels, position, example, examples.kind)
        if entry is not None and entry.value not in described:
            entries.setdefault(entry.value, (position, example, entry))
    added: defaultdict[int, list[Label]] = defaultdict(list)
    for position, _, entry in entries.values():
        added[position].append(entry)
    classes = tuple(_extended(c, added[i]) for i, c in enumerate(labels.classes))
    used = {example.content for _, example, _ in entries.values()}
    tokens = sum(-(-len(text.encode()) // _BYTES_PER_TOKEN) for text in entries) if examples.kind == "text" else 0
    return AppliedExamples(examples, LabelSet(classes), len(used), tokens)


def _to_entry(labels: LabelSet, position: int, example: Example, kind: str) -> Label | None:
    """Return an example as a description of a label; None for an image of several, whose address would name them all.

    The text of an example of several labels names the others, so that it is another text for each.
    """
    key = labels.names[position]
    others = [labels.names[i] for i in example.labels if i != position]
    if kind == "image":
        return None if others else Label(example.value, key, "image")
    also = f", also of {' and '.join(map(quote, others))}" if others else ""
    return Label(f'Example{also}: "{one_line(example.value, MAX_EXAMPLE_CHARS)}"', key)


def _extended(label_class: LabelClass, added: list[Label]) -> LabelClass:
    """Return a class with more descriptions; all of them need its name as their key."""
    if not added:
        return label_class
    own = tuple(replace(member, key=label_class.name) for member in label_class.members)
    return LabelClass(label_class.name, (*own, *added))
