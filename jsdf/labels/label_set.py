"""Labels as the package knows them: classes of descriptions, their wire form, and answers -> classes."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import PurePath
from typing import Any, Literal

from jsdf.errors import InvalidLabelsError
from jsdf.utils.paths import file_version, is_path

_DIGEST_BYTES = 16
_MAX_SHOWN = 120  # characters of an address in a message; its end tells most
#: What PNG can hold as it is; anything else is made RGB.
_PNG_MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")


@dataclass(frozen=True)
class Label:
    """One label as the service takes it.

    Args:
        value: The label's text, or an image's address.
        key: Its name in the result, by default the value. Labels that share a key are one class.
        type: `"text"` or `"image"`.
        text: A description of an image label.
    """

    value: str
    key: str | None = None
    type: Literal["text", "image"] = "text"
    text: str | None = None

    @property
    def name(self) -> str:
        """What the result calls it: the key, else the value."""
        return self.value if self.key is None else self.key

    def __repr__(self) -> str:
        """As any dataclass, but for an image's bytes, which would fill the screen."""
        value = _short(self.value) if self.value[:5] == "data:" else self.value
        return f"Label(value={value!r}, key={self.key!r}, type={self.type!r}, text={self.text!r})"

    def to_json(self) -> dict[str, str]:
        """The service's own form, with nothing that was not given."""
        body = {"type": self.type, "value": self.value}
        if self.key is not None:
            body["key"] = self.key
        if self.text is not None:
            body["text"] = self.text
        return body


def image(url_or_path: Any, text: str | None = None) -> Label:
    """An example image, to stand for a label: `{"hotdog": ["a sausage in a bun", jsdf.image(url)]}`.

    Args:
        url_or_path: The image's address, path or `data:` URI; or the image itself as `bytes` or `PIL.Image`.
        text: What it shows, in words.

    Returns:
        A `Label` of type `"image"`.

    Raises:
        InvalidLabelsError: It is none of these, or empty.
    """
    content = url_or_path
    if hasattr(content, "save") and hasattr(content, "mode"):  # a PIL image, without importing PIL
        file = io.BytesIO()
        (content if content.mode in _PNG_MODES else content.convert("RGB")).save(file, "PNG")
        content = file.getvalue()
    if isinstance(content, (bytes, bytearray)):
        value = f"data:image;base64,{base64.b64encode(content).decode()}" if content else ""
    elif isinstance(content, (str, PurePath)):
        value = str(content)
    else:
        hint = ", such as what its .read() returns" if hasattr(content, "read") else ""
        raise InvalidLabelsError(
            f"jsdf.image() got a value of type {type(content).__name__}; "
            f"pass an address, a path, bytes or a PIL image{hint}"
        )
    if not value.strip():
        raise InvalidLabelsError(f"jsdf.image({url_or_path!r}) is empty; pass an address, a path, bytes or a PIL image")
    return Label(value, type="image", text=text)


def invalid_example_error(name: str, value: str, reason: object) -> InvalidLabelsError:
    """What to raise for an example image that cannot be used."""
    return InvalidLabelsError(f"labels: the example image {_short(value)!r} of {name[:_MAX_SHOWN]!r}: {reason}")


def _short(value: str) -> str:
    return value if len(value) <= _MAX_SHOWN else f"{value[: _MAX_SHOWN // 4]}…{value[-_MAX_SHOWN * 3 // 4 :]}"


@dataclass(frozen=True)
class LabelClass:
    """What an answer can be: a name, and the descriptions and example images that stand for it."""

    name: str
    members: tuple[Label, ...]

    @cached_property
    def digest(self) -> bytes:
        """16 bytes over the set of descriptions; the name and the order are not in it.

        An example image in a file counts by the file's present version.
        """
        parts = sorted(repr((m.type, _content(m), m.text)).encode("utf-8", "surrogatepass") for m in self.members)
        return blake2b(b"\0".join(parts), digest_size=_DIGEST_BYTES).digest()


@dataclass(frozen=True)
class LabelSet:
    """At least two classes in the caller's order. Build it with `parse`."""

    classes: tuple[LabelClass, ...]

    def __len__(self) -> int:
        return len(self.classes)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The label names in the caller's order."""
        return tuple(c.name for c in self.classes)

    @cached_property
    def canonical_order(self) -> tuple[int, ...]:
        """Positions sorted by class digest: the order in which the store numbers the classes."""
        return tuple(sorted(range(len(self)), key=lambda i: self.classes[i].digest))

    @cached_property
    def digest(self) -> bytes:
        """16 bytes over the classes as a set: renaming a described label or reordering keeps it."""
        parts = b"".join(self.classes[i].digest for i in self.canonical_order)
        return blake2b(parts, digest_size=_DIGEST_BYTES).digest()

    def to_json(self) -> list[dict[str, str]]:
        """The `labels` array of a request."""
        return [m.to_json() for c in self.classes for m in c.members]

    def subset(self, positions: Iterable[int]) -> LabelSet:
        """Only the classes at these positions, in this order."""
        return LabelSet(tuple(self.classes[i] for i in positions))

    @cached_property
    def _exact(self) -> dict[str, int]:
        # Names are entered last so that they win over another class's description.
        table = _unambiguous((text, i) for i, c in enumerate(self.classes) for text in _spellings(c))
        return table | {name: i for i, name in enumerate(self.names)}

    @cached_property
    def _folded(self) -> dict[str, int]:
        table = _unambiguous((_fold(text), i) for i, c in enumerate(self.classes) for text in _spellings(c))
        return table | _unambiguous((_fold(name), i) for i, name in enumerate(self.names))

    def find(self, prediction: object) -> int | None:
        """The position of the class that a prediction names, None where it names none.

        Compared with names and descriptions exactly, then stripped and case-folded. What two classes
        share once folded names neither: a guess would be a coerced answer.
        """
        if isinstance(prediction, bool) or not isinstance(prediction, (str, int, float)):
            return None
        text = number_to_text(prediction)
        found = self._exact.get(text)
        return self._folded.get(_fold(text)) if found is None else found


def _content(label: Label) -> str:
    return file_version(label.value) if label.type == "image" and is_path(label.value) else label.value


def _spellings(cls: LabelClass) -> set[str]:
    return {m.value for m in cls.members} | {m.text for m in cls.members if m.text} | {cls.name}


def _unambiguous(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    owners: dict[str, set[int]] = {}
    for text, i in pairs:
        owners.setdefault(text, set()).add(i)
    return {text: next(iter(who)) for text, who in owners.items() if len(who) == 1}


def number_to_text(given: str | float) -> str:
    """As text, with 1 and 1.0 alike, as they are in JSON."""
    return str(int(given)) if isinstance(given, float) and given.is_integer() else str(given)


def _fold(text: str) -> str:
    return text.strip().casefold()
