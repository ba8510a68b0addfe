"""Read the text of a file, and name the encoding where it is another."""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path

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
_MAX_BYTES_CHECKED = 1_000


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


def read_text(path: Path, encoding: str | None) -> str:
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
    for magic, advice in _MAGIC.items():
        if content.startswith(magic):
            raise InvalidInputError(f"{path} {advice}")
    try:
        text = content.decode(encoding or UTF8)
    except UnicodeError as error:
        position = error.start if isinstance(error, UnicodeDecodeError) else 0
        line = 1 + content.count(b"\n", 0, position)
        name = "UTF-8" if encoding is None else encoding
        raise InvalidInputError(
            f"{path} is not {name} text (line {line}); pass --encoding {_suggest_encoding(content)}, "
            "or the encoding that it was written in"
        ) from None
    return text.removeprefix("\ufeff")


def utf16_advice(text: str) -> str:
    """Return advice for UTF-16 without a byte order mark, which decodes as UTF-8 with NUL characters; else ""."""
    head = text[:_MAX_BYTES_CHECKED].encode("utf-8", "replace")
    return f"; pass --encoding {_utf16_by_nuls(head)} if it is UTF-16" if head.count(0) > len(head) // 3 else ""


def _suggest_encoding(content: bytes) -> str:
    if content.startswith(_UTF16_MARKS):
        return "utf-16"
    head = content[:_MAX_BYTES_CHECKED]
    if head.count(0) > len(head) // 4:
        return _utf16_by_nuls(head)
    for name in ("utf-8", "cp1252"):
        try:
            content.decode(name)
        except UnicodeDecodeError:
            continue
        return name
    return "latin-1"  # decodes any bytes


def _utf16_by_nuls(head: bytes) -> str:
    """Return the byte order of UTF-16 by where its NUL bytes are."""
    return "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
