"""Read the text of a file, and name the encoding where it is another."""

from __future__ import annotations

import codecs
import gzip
import io
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Protocol, cast

from jsdf.cli.tables.file_formats import STREAM, is_compressed
from jsdf.cli.tables.table_options import UTF8
from jsdf.errors import InvalidInputError

_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
#: First bytes of files that are no text, and advice.
_MAGIC = {
    b"\x1f\x8b": "is compressed with gzip; its name must end in .gz, and a pipe needs `gzip -dc`",
    b"PK\x03\x04": "is a ZIP archive or an Excel file; unpack it, or name it .xlsx",
    b"PAR1": "is a Parquet file; name it .parquet",
    b"\xd0\xcf\x11\xe0": "is an old Excel file; name it .xls",
}
_MAX_CHECKED = 1_000  # bytes, or characters
_PIECE_BYTES = 1 << 20
_MARK = "\ufeff"
_CR_LINE = re.compile(r"[^\r]*\r|[^\r]+")


def read_bytes(path: Path) -> bytes:
    """Return the content of a file, or of standard input for `-`.

    Raises:
        OSError: The file cannot be read.
        EOFError: A gzip file is truncated.
    """
    if path == STREAM:
        return sys.stdin.buffer.read()
    return path.read_bytes()


def open_binary(path: Path) -> io.BytesIO | Path:
    """Return a source of bytes for libraries that read either a path or a seekable file."""
    return path if path.is_file() else io.BytesIO(read_bytes(path))


class Text(Protocol):
    """Text of a file, which can be read several times."""

    @property
    def head(self) -> str:
        """The first characters."""

    def lines(self, newline: str) -> Iterator[str]:
        """Yield the lines with their ends, from the first one.

        Args:
            newline: The last character of a line, a line feed or a carriage return; "" for both, alone or together.
        """


class MemoryText:
    """Text in memory.

    Args:
        text: The text.
    """

    def __init__(self, text: str) -> None:
        self._text = text

    @property
    def head(self) -> str:
        """The first characters."""
        return self._text[:_MAX_CHECKED]

    def lines(self, newline: str) -> Iterator[str]:
        """Yield the lines with their ends, as for `Text`."""
        if newline == "\r":  # `StringIO` would change line feeds
            return (found[0] for found in _CR_LINE.finditer(self._text))
        return iter(io.StringIO(self._text, newline=newline))


class FileText:
    """Text of a file, decoded while it is read; `check` has found it to be valid.

    Args:
        path: The file; it is unpacked if its name ends in `.gz`.
        encoding: The encoding; None for UTF-8.
    """

    def __init__(self, path: Path, encoding: str | None) -> None:
        self._path, self._encoding = path, encoding

    def check(self) -> None:
        """Read the file to its end.

        Raises:
            InvalidInputError: The bytes are no text in this encoding; the message suggests another.
            OSError: The file cannot be read.
            EOFError: A gzip file is truncated.
        """
        for _ in _decode(self._path, self._pieces, self._encoding):
            pass

    def _pieces(self) -> Iterator[bytes]:
        with self._open() as file:
            while piece := file.read(_PIECE_BYTES):
                yield piece

    def _open(self) -> IO[bytes]:
        return cast("IO[bytes]", gzip.open(self._path)) if is_compressed(self._path) else self._path.open("rb")

    def _open_text(self, newline: str) -> io.TextIOWrapper:
        return io.TextIOWrapper(self._open(), _with_byte_order(self._encoding, self._pieces), newline=newline)

    @property
    def head(self) -> str:
        """The first characters."""
        with self._open_text("") as text:
            return text.read(_MAX_CHECKED)

    def lines(self, newline: str) -> Iterator[str]:
        """Yield the lines with their ends, as for `Text`."""
        with self._open_text(newline) as text:
            first = text.readline().removeprefix(_MARK)
            if first:
                yield first
            yield from text


def read_text(path: Path, encoding: str | None) -> MemoryText:
    """Return the text of a file, unpacked if its name ends in `.gz`; without a byte order mark.

    Args:
        path: The file; `-` for standard input.
        encoding: The encoding; None for UTF-8.

    Raises:
        InvalidInputError: The bytes are no text in this encoding; the message suggests another.
        OSError: The file cannot be read.
        EOFError: A gzip file is truncated.
    """
    content = read_bytes(path)
    if is_compressed(path):
        content = gzip.decompress(content)
    return MemoryText("".join(_decode(path, lambda: iter([content]), encoding)).removeprefix(_MARK))


def _decode(path: Path, read: Callable[[], Iterator[bytes]], encoding: str | None) -> Iterator[str]:
    """Yield the text of a file piece by piece.

    Args:
        path: The file, for messages.
        read: Returns its content in pieces, from the start.
        encoding: The encoding; None for UTF-8.

    Raises:
        InvalidInputError: The bytes are no text in this encoding.
    """
    decoder = codecs.getincrementaldecoder(_with_byte_order(encoding, read))()
    lines, piece = 0, b""  # line feeds before the piece
    try:
        for i, piece in enumerate(read()):
            if i == 0:
                _refuse_other_formats(path, piece)
            yield decoder.decode(piece)
            lines += piece.count(b"\n")
        piece = b""
        yield decoder.decode(b"", final=True)
    except UnicodeError as error:
        if isinstance(error, UnicodeDecodeError):  # its object ends where the piece does, and may begin before it
            before = error.object[: max(0, len(error.object) - len(piece))]
            start = len(piece) - len(error.object) + error.start
            lines += piece.count(b"\n", 0, start) if start > 0 else -before[error.start :].count(b"\n")
        name = "UTF-8" if encoding is None else encoding
        raise InvalidInputError(
            f"{path} is not {name} text (line {1 + lines}); pass --encoding {_suggest_encoding(read)}, "
            "or the encoding that it was written in"
        ) from None


def _with_byte_order(encoding: str | None, read: Callable[[], Iterator[bytes]]) -> str:
    """Return the encoding, with the byte order of this machine for UTF-16 and UTF-32 without a byte order mark."""
    name = codecs.lookup(encoding or UTF8).name
    if name not in ("utf-16", "utf-32") or next(read(), b"").startswith((*_UTF16_MARKS, b"\0\0\xfe\xff")):
        return name
    return f"{name}-{sys.byteorder[0]}e"


def _refuse_other_formats(path: Path, head: bytes) -> None:
    for magic, advice in _MAGIC.items():
        if head.startswith(magic):
            raise InvalidInputError(f"{path} {advice}")


def utf16_advice(head: str) -> str:
    """Return advice for UTF-16 without a byte order mark, which decodes as UTF-8 with NUL characters; else ""."""
    content = head.encode("utf-8", "replace")
    is_likely = content.count(0) > len(content) // 3
    return f"; pass --encoding {_utf16_by_nuls(content)} if it is UTF-16" if is_likely else ""


def _suggest_encoding(read: Callable[[], Iterator[bytes]]) -> str:
    head = next(read(), b"")
    if head.startswith(_UTF16_MARKS):
        return "utf-16"
    head = head[:_MAX_CHECKED]
    if head.count(0) > len(head) // 4:
        return _utf16_by_nuls(head)
    return next((name for name in ("utf-8", "cp1252") if _is_in(name, read())), "latin-1")  # which decodes any bytes


def _is_in(encoding: str, pieces: Iterator[bytes]) -> bool:
    """Return True if bytes are a text in an encoding."""
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in pieces:
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _utf16_by_nuls(head: bytes) -> str:
    """Return the byte order of UTF-16 by where its NUL bytes are."""
    return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
