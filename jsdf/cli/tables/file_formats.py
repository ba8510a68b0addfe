"""File formats by extension, and the optional packages that some of them need."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias

from jsdf.errors import InvalidInputError

Format: TypeAlias = Literal["csv", "tsv", "json", "jsonl", "parquet", "xlsx"]

#: The file name that stands for standard input or output.
STREAM = Path("-")

_BY_EXTENSION: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
}
#: Other spreadsheets, which can be read but not written.
_READ_ONLY = (".xlsm", ".xlsb", ".xls", ".ods")
NAMES: dict[Format, str] = {
    "csv": "CSV",
    "tsv": "TSV",
    "json": "JSON",
    "jsonl": "JSON lines",
    "parquet": "Parquet",
    "xlsx": "Excel",
}
SEPARATORS = {"csv": ",", "tsv": "\t"}
BINARY: tuple[Format, ...] = ("parquet", "xlsx")
_PACKAGES = {"parquet": ("pyarrow",), "xlsx": ("python_calamine", "openpyxl")}
_EXTRAS = {"parquet": "parquet", "xlsx": "excel"}


def format_of(path: Path, chosen: Format | None = None, *, output: bool = False) -> Format:
    """Return the format that the extension of a file stands for.

    Args:
        path: The file; `-` for standard input or output.
        chosen: The format of `-`, and of files with another extension.
        output: True for a file to write.

    Raises:
        InvalidInputError: The extension is not supported, or a package that the format needs is missing.
    """
    kind = _format_by_extension(path, output=output) or chosen
    if kind is None and path == STREAM:
        name = "standard output" if output else "standard input"
        raise InvalidInputError(f"- is {name}, which has no extension; pass its format, as in --format csv")
    if kind is None:
        raise InvalidInputError(
            f"{path}: its extension is not supported; use .csv, .tsv, .json, .jsonl or .ndjson, each also with .gz, "
            "or .parquet or .xlsx, or name the format, as in --format csv"
        )
    missing = [name for name in _PACKAGES.get(kind, ()) if find_spec(name) is None]
    if missing:
        needed = " and ".join(name.replace("_", "-") for name in missing)
        raise InvalidInputError(f'{path}: {NAMES[kind]} needs {needed}; run pip install "jsdf[{_EXTRAS[kind]}]"')
    return kind


def has_known_extension(path: Path) -> bool:
    """Return True if the extension of a file says its format."""
    return _format_by_extension(path, output=False) is not None


def is_compressed(path: Path) -> bool:
    """Return True if a file is compressed with gzip, by its extension."""
    return path.name.lower().endswith(".gz")


def _format_by_extension(path: Path, *, output: bool) -> Format | None:
    name = path.name.lower()
    suffix = Path(name.removesuffix(".gz")).suffix
    if suffix in _READ_ONLY and not is_compressed(path):
        if output:
            raise InvalidInputError(f"{path}: {suffix} files can be read but not written; write .xlsx")
        return "xlsx"
    kind = _BY_EXTENSION.get(suffix)
    return None if kind in BINARY and is_compressed(path) else kind
