"""Read and write tables without changing other columns: `007` stays `007`, and `NA` is a text."""

from __future__ import annotations

import gzip
import io
import json
import math
import os
import shutil
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any, Literal, TypeAlias

import pandas as pd

from jsdf.errors import InvalidInputError, InvalidLabelsError

Format: TypeAlias = Literal["csv", "tsv", "jsonl", "parquet"]

_FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_NAMES = {"csv": "CSV", "tsv": "TSV", "jsonl": "JSON lines", "parquet": "Parquet"}
_UTF8 = "utf-8-sig"  # skips a byte order mark
_SEPARATORS = {"csv": ",", "tsv": "\t"}


def format_of(path: Path) -> Format:
    """Return the format that the extension of a file stands for.

    Raises:
        InvalidInputError: The extension is not supported, or it is Parquet and pyarrow is missing.
    """
    name = path.name.lower()
    kind = _FORMATS.get(Path(name.removesuffix(".gz")).suffix)
    if kind is None or (kind == "parquet" and name.endswith(".gz")):
        raise InvalidInputError(
            f"{path}: its extension is not supported; use .csv, .tsv, .jsonl or .ndjson, each also with .gz, "
            "or .parquet"
        )
    if kind == "parquet" and find_spec("pyarrow") is None:
        raise InvalidInputError(f'{path}: Parquet needs pyarrow; run pip install "jsdf[parquet]"')
    return kind


def read(path: Path, column: str) -> pd.DataFrame:
    """Read a file into a frame: CSV and TSV as texts only, JSON lines as Python objects, Parquet with its own types.

    Args:
        path: The file; its extension sets the format.
        column: A column that must exist exactly once and hold texts.

    Raises:
        InvalidInputError: The file or the column cannot be used; the message says what to do.
    """
    frame = _read(path, format_of(path))
    if list(frame.columns).count(column) != 1:
        why = f"has more than one column {column!r}" if column in frame.columns else f"has no column {column!r}"
        raise InvalidInputError(f"{path} {why}; its columns are {', '.join(map(repr, frame.columns))}")
    first = frame[column].dropna().head(1).tolist()
    if first and not isinstance(first[0], (str, bytes)):
        kind = type(first[0]).__name__
        advice = "; in Python, classify its .str['bytes']" if kind == "dict" and "bytes" in first[0] else ""
        raise InvalidInputError(f"{path}: the column {column!r} holds {kind} values, not texts{advice}")
    return frame


def read_json(path: Path) -> Any:
    """Return the contents of a JSON file.

    Raises:
        InvalidLabelsError: The file is not JSON in UTF-8.
    """
    try:
        return json.loads(path.read_text(encoding=_UTF8))
    except (ValueError, RecursionError) as error:
        raise InvalidLabelsError(f"{path} is not JSON in UTF-8: {error}") from None


def _read(path: Path, kind: Format) -> pd.DataFrame:
    if not path.is_file():
        why = "is a directory; name a file in it" if path.is_dir() else "does not exist"
        raise InvalidInputError(f"{path} {why}")
    try:
        if kind == "parquet":
            return _read_parquet(path)
        return _read_json_lines(path) if kind == "jsonl" else _read_separated(path, _SEPARATORS[kind])
    except InvalidInputError:
        raise
    except UnicodeDecodeError:
        raise InvalidInputError(f"{path} is not UTF-8 text; convert it to UTF-8 first") from None
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise InvalidInputError(f"{path} is not a gzip file, or is truncated") from None
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError) as error:  # ValueError includes pandas' ParserError, pyarrow's ArrowInvalid
        why = str(error).removeprefix("Error tokenizing data. C error: ").strip()
        raise InvalidInputError(f"{path} cannot be read as {_NAMES[kind]}: {why}") from None


def _read_separated(path: Path, separator: str) -> pd.DataFrame:
    # header=None, since with a header pandas renames duplicate columns and reads surplus fields as an index.
    try:
        rows: pd.DataFrame = pd.read_csv(path, sep=separator, header=None, dtype=str, na_filter=False, encoding=_UTF8)
    except pd.errors.EmptyDataError:
        raise InvalidInputError(f"{path} is empty; its first line names the columns") from None
    names = rows.iloc[0].tolist()
    rows = rows.iloc[1:].reset_index(drop=True)
    rows.columns = pd.Index(names)
    return rows


def _read_json_lines(path: Path) -> pd.DataFrame:
    records = []
    opener: Any = gzip.open if path.name.lower().endswith(".gz") else open
    with opener(path, "rt", encoding=_UTF8, newline="\n") as file:
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
        raise InvalidInputError(f"{path} is empty; each line must be a JSON object")
    frame: pd.DataFrame = pd.DataFrame(records, dtype=object)
    return frame


def _read_parquet(path: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    frame: pd.DataFrame = pd.read_parquet(path, engine="pyarrow", dtype_backend="pyarrow")
    frame.attrs["schema"] = pq.read_schema(path).metadata
    return frame


def _write_parquet(frame: pd.DataFrame, file: IO[bytes]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    without_attrs = frame.copy(deep=False)
    without_attrs.attrs = {}  # pyarrow would write them too
    table = pa.Table.from_pandas(without_attrs)
    if "schema" in frame.attrs:  # keeps the pandas types of the input, instead of the Arrow types used here
        table = table.replace_schema_metadata(frame.attrs["schema"])
    pq.write_table(table, file)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def write(frame: pd.DataFrame, path: Path, *, dry_run: bool = False) -> None:
    """Write a frame to a file atomically.

    Args:
        frame: The table to write.
        path: The file; its extension sets the format.
        dry_run: True to check only that the file can be written; an existing file stays as it is.

    Raises:
        InvalidInputError: The file cannot be written.
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
        with _open_binary(part, zipped=target.name.lower().endswith(".gz")) as file:
            dump(frame, kind, file)
        if not dry_run:
            with suppress(FileNotFoundError):
                shutil.copymode(target, part)
            part.replace(target)
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written: {error.strerror or error}") from None
    except (ValueError, TypeError, NotImplementedError) as error:  # raised by pyarrow for columns of mixed types
        raise InvalidInputError(f"{path} cannot be written as {_NAMES[kind]}: {error}") from None
    finally:
        with suppress(OSError):
            part.unlink()


@contextmanager
def _open_binary(path: Path, *, zipped: bool) -> Iterator[IO[bytes]]:
    with path.open("xb") as file:
        if not zipped:
            yield file
            return
        with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as inner:
            yield inner  # type: ignore[misc]


def dump(frame: pd.DataFrame, kind: Format, file: IO[bytes]) -> None:
    """Write a frame to an open binary file, which stays open."""
    if kind == "parquet":
        _write_parquet(frame, file)
        return
    if kind == "jsonl" and not frame.columns.is_unique:
        raise ValueError("two columns have the same name")
    if not isinstance(frame.index, pd.RangeIndex):  # from a Parquet file; the other formats have no index
        frame = frame.reset_index()
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    try:
        if kind == "jsonl":
            text.writelines(_json_lines(frame))
        else:
            frame.to_csv(text, sep=_SEPARATORS[kind], index=False, lineterminator="\n")
        text.flush()
    finally:
        text.detach()


def _json_lines(frame: pd.DataFrame) -> Iterator[str]:
    names = list(frame.columns)
    for row in frame.itertuples(index=False, name=None):
        # NaN marks a key that was missing in this line of the input. JSON has no NaN.
        pairs = zip(names, row, strict=True)
        record = {k: _to_json_value(v) for k, v in pairs if not (isinstance(v, float) and math.isnan(v))}
        line = json.dumps(record, ensure_ascii=False, default=str)
        try:
            line.encode()
        except UnicodeEncodeError:  # a lone surrogate, which must be escaped
            line = json.dumps(record, default=str)
        yield line + "\n"


def _to_json_value(value: Any) -> Any:
    if value is pd.NA or value is pd.NaT:
        return None
    return value.tolist() if hasattr(value, "tolist") else value
