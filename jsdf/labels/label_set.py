"""`LabelSet`: classes with their descriptions, their JSON form, and the matching of answers to classes."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any, Literal

from jsdf.errors import InvalidLabelsError
from jsdf.utils.opened_images import encode_lossless, source_path
from jsdf.utils.paths import file_version, is_path, shorten_middle
from jsdf.utils.signed_urls import unsigned_url

_DIGEST_BYTES = 16
_MAX_SHOWN = 120  # characters of a path or URL in a message


@dataclass(frozen=True)
class Label:
    """One label, or one of several descriptions and example images of a label.

    Args:
        value: The text, or the URL, path or `data:` URI of an example image.
        key: The label's name in the result; None uses the value. Labels that share a key are one class.
        type: `"text"` or `"image"`.
        text: Description of an example image.
    """

    value: str
    key: str | None = None
    type: Literal["text", "image"] = "text"
    text: str | None = None

    @property
    def name(self) -> str:
        """Name in the result: the key, or the value if there is none."""
        return self.value if self.key is None else self.key

    def __repr__(self) -> str:
        """Show all fields, with the bytes of an image shortened."""
        value = shorten_middle(self.value, _MAX_SHOWN) if self.value[:5] == "data:" else self.value
        return f"Label(value={value!r}, key={self.key!r}, type={self.type!r}, text={self.text!r})"

    def to_json(self) -> dict[str, str]:
        """Return the label in the service's JSON form, without fields that are None."""
        body = {"type": self.type, "value": self.value}
        if self.key is not None:
            body["key"] = self.key
        if self.text is not None:
            body["text"] = self.text
        return body


def image(url_or_path: Any, text: str | None = None) -> Label:
    """Return an example image for a label, as in `{"hotdog": ["a sausage in a bun", jsdf.image(url)]}`.

    Args:
        url_or_path: URL, path or `data:` URI of the image; or the image itself as `bytes`, in any form that holds
            bytes, or `PIL.Image`.
        text: Description of what the image shows.

    Returns:
        A `Label` of type `"image"`.

    Raises:
        InvalidLabelsError: The image is of another type, empty, or a PIL image that cannot be read.
    """
    source = url_or_path
    if hasattr(source, "save") and hasattr(source, "mode"):  # a PIL image, recognised without importing PIL
        try:
            source = encode_lossless(source)
        except Exception as error:  # noqa: BLE001 - of a damaged image Pillow raises almost any exception
            raise InvalidLabelsError(_unreadable(source, error)) from None
    if isinstance(source, (bytes, bytearray, memoryview)):
        value = f"data:image;base64,{base64.b64encode(source).decode()}" if source else ""
    elif isinstance(source, str) or hasattr(source, "__fspath__"):
        value = source if isinstance(source, str) else os.fsdecode(source)
    else:
        hint = ", such as what its .read() returns" if hasattr(source, "read") else ""
        hint = ", such as PIL.Image.fromarray(array)" if hasattr(source, "__array__") else hint
        raise InvalidLabelsError(
            f"jsdf.image() got a value of type {type(source).__name__}; pass a URL, a path, bytes or a PIL image{hint}"
        )
    if not value.strip():
        raise InvalidLabelsError(f"jsdf.image({url_or_path!r}) is empty; pass a URL, a path, bytes or a PIL image")
    return Label(value, type="image", text=text)


def _unreadable(picture: Any, error: Exception) -> str:
    path = source_path(picture)
    of_file = "" if path is None else f" of {shorten_middle(path, _MAX_SHOWN)!r}"
    why = str(error) or "its file is closed or damaged"
    return f"jsdf.image() got an image{of_file} whose pixels cannot be read: {why}; pass its path, or load() it first"


def invalid_example_error(name: str, value: str, reason: object) -> InvalidLabelsError:
    """Return the error for an example image that cannot be used; `name` is its label."""
    shown = shorten_middle(value, _MAX_SHOWN)
    return InvalidLabelsError(f"labels: the example image {shown!r} of {name[:_MAX_SHOWN]!r}: {reason}")


@dataclass(frozen=True)
class LabelClass:
    """Class that an answer can be: a name, with its descriptions and example images."""

    name: str
    members: tuple[Label, ...]

    @cached_property
    def digest(self) -> bytes:
        """Digest (16 bytes) of the set of descriptions; it does not depend on the name or the order.

        For an example image in a file, the file's current version is part of the digest; for a signed URL, its
        signature is not.
        """
        parts = sorted(repr((m.type, _content(m), m.text)).encode("utf-8", "surrogatepass") for m in self.members)
        return blake2b(b"\0".join(parts), digest_size=_DIGEST_BYTES).digest()


@dataclass(frozen=True)
class LabelSet:
    """Two or more classes in the caller's order, built by `parse`."""

    classes: tuple[LabelClass, ...]

    def __len__(self) -> int:
        return len(self.classes)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Label names in the caller's order."""
        return tuple(c.name for c in self.classes)

    @cached_property
    def canonical_order(self) -> tuple[int, ...]:
        """Positions of the classes sorted by digest; the store numbers classes in this order."""
        return tuple(sorted(range(len(self)), key=lambda i: self.classes[i].digest))

    @cached_property
    def digest(self) -> bytes:
        """Digest (16 bytes) of the set of classes; renaming a described label or reordering does not change it."""
        return digest_classes(self.classes[i].digest for i in self.canonical_order)

    def to_json(self) -> list[dict[str, str]]:
        """Return the `labels` array of a request."""
        return [m.to_json() for c in self.classes for m in c.members]

    def subset(self, positions: Iterable[int]) -> LabelSet:
        """Return a label set of the classes at these positions, in this order."""
        return LabelSet(tuple(self.classes[i] for i in positions))

    @cached_property
    def _exact(self) -> dict[str, int]:
        # Names are added last, so that a name takes precedence over another class's description.
        table = _unambiguous((text, i) for i, c in enumerate(self.classes) for text in _spellings(c))
        return table | {name: i for i, name in enumerate(self.names)}

    @cached_property
    def _folded(self) -> dict[str, int]:
        table = _unambiguous((_fold(text), i) for i, c in enumerate(self.classes) for text in _spellings(c))
        return table | _unambiguous((_fold(name), i) for i, name in enumerate(self.names))

    def find(self, prediction: object) -> int | None:
        """Return the position of the class that a prediction names, or None.

        Names and descriptions are compared exactly, then stripped and case-folded. A text that matches two
        classes after folding gives None rather than a guess.
        """
        if isinstance(prediction, bool) or not isinstance(prediction, (str, int, float)):
            return None
        text = number_to_text(prediction)
        position = self._exact.get(text)
        return self._folded.get(_fold(text)) if position is None else position


def digest_classes(digests: Iterable[bytes]) -> bytes:
    """Return the digest of a set of classes from their digests, in ascending order."""
    return blake2b(b"".join(digests), digest_size=_DIGEST_BYTES).digest()


def _content(label: Label) -> str:
    if label.type == "text":
        return label.value
    return file_version(label.value) if is_path(label.value) else unsigned_url(label.value)


def _spellings(cls: LabelClass) -> set[str]:
    return {m.value for m in cls.members} | {m.text for m in cls.members if m.text} | {cls.name}


def _unambiguous(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    owners: dict[str, set[int]] = {}
    for text, i in pairs:
        owners.setdefault(text, set()).add(i)
    return {text: next(iter(positions)) for text, positions in owners.items() if len(positions) == 1}


def number_to_text(number: str | float) -> str:
    """Return a number as text, the same for 1 and 1.0, which JSON does not distinguish."""
    return str(int(number)) if isinstance(number, float) and number.is_integer() else str(number)


def _fold(text: str) -> str:
    return text.strip().casefold()
