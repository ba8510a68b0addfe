"""Files <-> frames, with every other column as it was: `007` stays `007`, and `NA` is a text."""

from __future__ import annotations

import gzip
import io
import json
import math
import os
import shutil
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias

import pandas as pd

from jsdf.errors import InvalidInputError

Format: TypeAlias = Literal["csv", "tsv", "jsonl", "parquet"]

_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_SEPARATORS = {"csv": ",", "tsv": "\t"}


def format_of(path: Path) -> Format:
    """What the extension says.

    Raises:
        InvalidInputError: It says nothing that is known, or Parquet where pyarrow is missing.
    """
    name = path.name.lower()
    found = _FORMATS.get(Path(name.removesuffix(".gz")).suffix)
    if found is None or (found == "parquet" and name.endswith(".gz")):
        raise InvalidInputError(
            f"{path}: its extension is none that is known; use .csv, .tsv, .jsonl or .ndjson, "
            "each also with .gz, or .parquet"
        )
    if found == "parquet" and find_spec("pyarrow") is None:
        raise InvalidInputError(f'{path}: Parquet needs pyarrow; run pip install "jsdf[parquet]"')
    return found


def read(path: Path) -> pd.DataFrame:
    """A file as a frame: CSV and TSV as texts alone, JSON lines as Python objects, Parquet with its own types.

    Raises:
        InvalidInputError: The file cannot be read; the message says what to do.
    """
    kind = format_of(path)
    if not path.is_file():
        why = "is a directory; name a file in it" if path.is_dir() else "does not exist"
        raise InvalidInputError(f"{path} {why}")
    try:
        if kind == "parquet":
            return pd.read_parquet(path, engine="pyarrow", dtype_backend="pyarrow")
        return _read_lines(path) if kind == "jsonl" else _read_separated(path, _SEPARATORS[kind])
    except InvalidInputError:
        raise
    except UnicodeDecodeError:
        raise InvalidInputError(f"{path} is not UTF-8 text; convert it to UTF-8 first") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise InvalidInputError(f"{path} is no gzip file, or is cut short") from None
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:  # pandas' ParserError and pyarrow's ArrowInvalid are such
        why = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise InvalidInputError(f"{path} cannot be read as {kind.upper()}: {why}") from None


def _read_separated(path: Path, separator: str) -> pd.DataFrame:
    # As a header, pandas would rename duplicates in the first line, and take surplus fields for an index.
    try:
        rows = pd.read_csv(path, sep=separator, header=None, dtype=str, na_filter=False, encoding="utf-8-sig")
    except pd.errors.EmptyDataError:
        raise InvalidInputError(f"{path} is empty; its first line names the columns") from None
    names = rows.iloc[0].tolist()
    rows = rows.iloc[1:].reset_index(drop=True)
    rows.columns = pd.Index(names)
    return rows


def _read_lines(path: Path) -> pd.DataFrame:
    records = []
    opener: Any = gzip.open if path.name.lower().endswith(".gz") else open
    with opener(path, "rt", encoding="utf-8-sig", newline="\n") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                record = json.loads(line, parse_constant=_refuse_constant)
            except ValueError as error:
                raise InvalidInputError(f"{path} line {number} is not JSON: {error}") from None
            if not isinstance(record, dict):
                raise InvalidInputError(f"{path} line {number} is not a JSON object")
            records.append(record)
    if not records:
        raise InvalidInputError(f"{path} is empty; each line is to be a JSON object")
    return pd.DataFrame(records, dtype=object)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON value")


def write(frame: pd.DataFrame, path: Path, *, rehearse: bool = False) -> None:
    """Write a file whole or not at all.

    Args:
        frame: What to write.
        path: Where; its extension says how.
        rehearse: Do everything but put the file in its place, to learn whether it can be done.

    Raises:
        InvalidInputError: It cannot be written.
    """
    kind = format_of(path)
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise InvalidInputError(f"{path} is a directory; name a file in it")
    if not target.parent.is_dir():
        raise InvalidInputError(f"{path} cannot be written: there is no directory {path.parent}")
    if target.exists() and not os.access(target, os.W_OK):
        raise InvalidInputError(f"{path} cannot be written: it is read-only")
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with _opened(part, zipped=target.name.lower().endswith(".gz")) as file:
            dump(frame, kind, file)
        if not rehearse:
            with suppress(FileNotFoundError):
                shutil.copymode(target, part)
            part.replace(target)
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written: {error.strerror or error}") from None
    except (ValueError, TypeError, NotImplementedError) as error:  # pyarrow's, for columns of mixed types
        raise InvalidInputError(f"{path} cannot be written as {kind.upper()}: {error}") from None
    finally:
        with suppress(OSError):
            part.unlink()


@contextmanager
def _opened(path: Path, *, zipped: bool) -> Iterator[IO[bytes]]:
    with path.open("xb") as file:
        if not zipped:
            yield file
            return
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as inner:
            yield inner  # type: ignore[misc]


def dump(frame: pd.DataFrame, kind: Format, file: IO[bytes]) -> None:
    """Write a frame to an open binary file, which stays open."""
    if kind == "parquet":
        whole = io.BytesIO()  # pandas closes what it is given
        frame.to_parquet(whole, engine="pyarrow")
        file.write(whole.getbuffer())
        return
    if not isinstance(frame.index, pd.RangeIndex):  # a Parquet file may bring an index, which is a column to others
        frame = frame.reset_index()
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        if kind == "jsonl":
            text.writelines(_lines(frame))
        else:
            frame.to_csv(text, sep=_SEPARATORS[kind], index=False, lineterminator="\n")
        text.flush()
    finally:
        text.detach()


def _lines(frame: pd.DataFrame) -> Iterator[str]:
    names = list(frame.columns)
    for row in frame.itertuples(index=False, name=None):
        # Where a line of the input lacked a key, its column holds NaN, which JSON does not know.
        record = {k: _plain(v) for k, v in zip(names, row, strict=True) if not (isinstance(v, float) and math.isnan(v))}
        line = json.dumps(record, ensure_ascii=False, default=str)
        try:
            line.encode()
        except UnicodeEncodeError:  # a lone surrogate, which only an escape can carry
            line = json.dumps(record, default=str)
        yield line + "\n"


def _plain(value: Any) -> Any:
    if value is pd.NA or value is pd.NaT:
        return None
    return value.tolist() if hasattr(value, "tolist") else value


def grid(header: Sequence[str], rows: Iterable[Sequence[str]], width: int) -> list[str]:
    """Lines of an aligned table; the last column takes what is left of the width.

    Args:
        header: A name a column.
        rows: A text a column; line breaks and control characters become blanks.
        width: Columns of the terminal.
    """
    cells = [[_printable(text) for text in row] for row in (header, *rows)]
    widths = [max(_cells(row[i]) for row in cells) for i in range(len(header) - 1)]
    widths = [min(w, max(8, width // 3)) for w in widths]
    last = max(8, width - sum(widths) - 2 * len(widths))
    lines = [[_fit(t, w) for t, w in zip(row, [*widths, last], strict=True)] for row in cells]
    rule = ["-" * w for w in [*widths, min(last, max(_cells(row[-1]) for row in cells))]]
    return ["  ".join(line).rstrip() for line in (lines[0], rule, *lines[1:])]


def _printable(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _cells(text: str) -> int:
    """Columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF") for c in text)


def _fit(text: str, width: int) -> str:
    if _cells(text) > width:
        while _cells(text) > width - 3:
            text = text[: -max(1, (_cells(text) - width + 3) // 2)]
        text += "..."
    return text + " " * (width - _cells(text))
