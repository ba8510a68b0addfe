"""Write and read the file of a `LearnedLocal`: an uncompressed npz with a JSON header; nothing in it is ever executed.

A file may come from anywhere. Its directory is checked before anything is read: three arrays, none larger than the file
itself, since they are not compressed; then the header, the shapes and the numbers.
"""

from __future__ import annotations

import io
import json
import math
import os
import struct
import tokenize
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jsdf.engines.local.learned.head import Head
from jsdf.errors import InvalidInputError, InvalidLabelsError
from jsdf.labels import parse
from jsdf.utils.paths import part_file

if TYPE_CHECKING:
    from jsdf.column.kinds import Kind
    from jsdf.labels import LabelSet

_FORMAT, _VERSION = "jsdf learned engine", 1
_MEMBERS = ("header.npy", "bias.npy", "weights.npy")
#: Bytes of a file; 1,000 labels over 4,096 features are 33 MB.
_MAX_BYTES = 1 << 28
_MAX_HEADER_BYTES = 1 << 24
_KINDS = ("text", "image")
#: Raised by zipfile and numpy for damaged content.
_READ_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, struct.error, tokenize.TokenError, EOFError, ValueError, SyntaxError, TypeError),
    *(NotImplementedError, RuntimeError, IndexError, OverflowError, MemoryError),
)
_FOREIGN = "it is not a file that LearnedLocal.save wrote"
_DAMAGED = "it is damaged; save the engine again"


@dataclass(frozen=True, eq=False)
class Contents:
    """Content of a file.

    Args:
        head: The head.
        labels: The labels.
        kind: Kind of the samples.
        model: Identity of the model whose scores and vectors the head takes.
        arguments: Arguments of `Local` that choose this model.
    """

    head: Head
    labels: LabelSet
    kind: Kind
    model: str
    arguments: dict[str, Any]


def write(path: Path, contents: Contents) -> None:
    """Write a file atomically.

    Raises:
        InvalidInputError: The file cannot be written.
    """
    head = contents.head
    header = {
        "format": _FORMAT,
        "version": _VERSION,
        "kind": contents.kind,
        "labels": contents.labels.to_json(),
        "slope": head.slope,
        "multiple": head.multiple,
        "has_vectors": head.has_vectors,
        "model": contents.model,
        "arguments": contents.arguments,
    }
    text = np.frombuffer(json.dumps(header).encode("ascii"), dtype=np.uint8)
    archive = io.BytesIO()
    np.savez(archive, header=text, bias=head.bias.astype("<f8"), weights=head.weights.astype("<f8"))
    with part_file(path) as (target, part):
        if target.is_dir():
            raise InvalidInputError(f"{path} is a directory; name a file in it")
        with part.open("xb") as file:
            file.write(archive.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)


def read(path: Path) -> Contents:
    """Read a file.

    Raises:
        InvalidInputError: The file is missing, damaged, of a newer version or no such file.
    """
    try:
        return _to_contents(*_read_arrays(path))
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror or error}") from None
    except _FileError as error:
        raise InvalidInputError(f"{path} cannot be loaded: {error}") from None


def damaged_error(path: Path) -> InvalidInputError:
    """Return the error about a file whose content cannot be used."""
    return InvalidInputError(f"{path} cannot be loaded: {_DAMAGED}")


class _FileError(Exception):
    """Reason that the content of a file cannot be used."""


def _read_arrays(path: Path) -> tuple[dict[str, Any], Any, Any]:
    if path.stat().st_size > _MAX_BYTES:
        raise _FileError(_FOREIGN)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if sorted(member.filename for member in members) != sorted(_MEMBERS):
                raise _FileError(_FOREIGN)
            # Without compression no member is larger than the file, and an array is as large as its member.
            if any(m.compress_type != zipfile.ZIP_STORED or m.file_size != m.compress_size for m in members):
                raise _FileError(_FOREIGN)
            header, bias, weights = (_read_array(archive.read(name)) for name in _MEMBERS)
    except _READ_ERRORS:
        raise _FileError(_DAMAGED if _is_archive(path) else _FOREIGN) from None
    return _read_header(header), bias, weights


def _is_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PK\3\4"


def _read_array(content: bytes) -> Any:
    """Return the array of an npy file, whose header must agree with its size."""
    file = io.BytesIO(content)
    version = np.lib.format.read_magic(file)
    if version != (1, 0):
        raise _FileError(_FOREIGN)
    shape, _, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.hasobject or math.prod(shape) * dtype.itemsize != len(content) - file.tell():
        raise _FileError(_DAMAGED)
    file.seek(0)
    return np.lib.format.read_array(file, allow_pickle=False)


def _read_header(array: Any) -> dict[str, Any]:
    if array.dtype != np.uint8 or array.ndim != 1 or array.size > _MAX_HEADER_BYTES:
        raise _FileError(_FOREIGN)
    try:
        header = json.loads(array.tobytes())
    except (ValueError, RecursionError):
        raise _FileError(_DAMAGED) from None
    if not isinstance(header, dict) or header.get("format") != _FORMAT:
        raise _FileError(_FOREIGN)
    if header.get("version") != _VERSION:
        raise _FileError(f"its version is {header.get('version')!r}, and this one reads {_VERSION}; update jsdf")
    return header


def _to_contents(header: dict[str, Any], bias: Any, weights: Any) -> Contents:
    slope, arguments = header.get("slope"), header.get("arguments")
    flags = header.get("multiple"), header.get("has_vectors")
    is_valid = header.get("kind") in _KINDS and isinstance(slope, float) and math.isfinite(slope)
    is_valid &= all(isinstance(flag, bool) for flag in flags) and isinstance(header.get("model"), str)
    is_valid &= isinstance(arguments, dict) and isinstance(header.get("labels"), list)
    for array, dimensions in ((bias, 1), (weights, 2)):
        is_valid &= array.dtype == np.float64 and array.ndim == dimensions and bool(np.isfinite(array).all())
    if not is_valid:
        raise _FileError(_DAMAGED)
    try:
        labels = parse(header["labels"])
    except InvalidLabelsError:
        raise _FileError(_DAMAGED) from None
    width = weights.shape[1] if header["has_vectors"] else len(labels)
    if bias.shape != (len(labels),) or weights.shape != (len(labels), width) or not width:
        raise _FileError(_DAMAGED)
    head = Head(header["slope"], bias, weights, header["multiple"], header["has_vectors"])
    return Contents(head, labels, header["kind"], header["model"], header["arguments"])
