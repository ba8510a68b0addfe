"""Write a table to a file: atomically to the one that was asked for, or to a new one where that cannot be written."""

from __future__ import annotations

import gzip
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from jsdf.cli.tables.file_formats import BINARY, Format, format_of, is_compressed
from jsdf.cli.tables.table import Table
from jsdf.cli.tables.table_options import DEFAULTS, TableOptions
from jsdf.cli.tables.writing import dump
from jsdf.errors import InvalidInputError
from jsdf.utils.paths import part_file


def write(tables: Iterable[Table], path: Path, options: TableOptions = DEFAULTS, *, dry_run: bool = False) -> None:
    """Write a table to a file atomically.

    Args:
        tables: The table to write, or its parts.
        path: The file; its extension sets the format.
        options: Separator, encoding, quoting, and the format where the extension does not say it.
        dry_run: True to check only that the file can be written; an existing file stays as it is.

    Raises:
        InvalidInputError: The file cannot be written.
    """
    kind = format_of(path, options.format, output=True)
    with part_file(path) as (target, part):
        _check_target(path, target)
        with _open_new(part, zipped=is_compressed(target), is_durable=not dry_run) as file:
            dump(tables, kind, file, options, name=str(path), dry_run=dry_run)
        if not dry_run:
            _check_target(path, target)  # the tables may have taken hours
            with suppress(FileNotFoundError):
                shutil.copymode(target, part)
            part.replace(target)


def _check_target(path: Path, target: Path) -> None:
    try:
        target.lstat()
    except FileNotFoundError:
        if not target.parent.is_dir():
            raise InvalidInputError(f"{path} cannot be written: there is no directory {path.parent}") from None
        return
    except NotADirectoryError:
        raise InvalidInputError(f"{path} cannot be written: {path.parent} is not a directory") from None
    if target.is_dir():
        raise InvalidInputError(f"{path} is a directory; name a file in it")
    if not target.is_file():
        raise InvalidInputError(f"{path} is not a regular file; write to standard output with -o -")
    if not os.access(target, os.W_OK):
        raise InvalidInputError(f"{path} cannot be written: it is read-only")


def write_elsewhere(tables: Iterable[Table], name: str, kind: Format, options: TableOptions) -> Path | None:
    """Write a table to a new file, readable by its owner only, in the first folder that can hold it.

    The folders are that of temporary files, the current directory and the home directory. The format is `kind`, or CSV
    in UTF-8 where that fails, for example since a workbook needs temporary files of its own.

    Args:
        tables: The table to write, or its parts; they can be iterated several times.
        name: Name of the file that cannot be written, which the new one resembles.
        kind: The format.
        options: Separator, encoding and quoting.

    Returns:
        The new file; None if there is no place for it.
    """
    endings = [("." + kind + (".gz" if is_compressed(Path(name)) else ""), kind, options)]
    if kind in BINARY:
        endings.append((".csv", "csv", DEFAULTS))
    for ending, form, form_options in endings:
        for folder in _folders():
            with suppress(OSError, InvalidInputError):
                return _write_new(tables, folder, name, ending, form, form_options)
    return None


def _folders() -> Sequence[Path]:
    found = []
    for place in (tempfile.gettempdir, Path.cwd, Path.home):
        with suppress(OSError, RuntimeError):  # no folder is fit for temporary files, ours was removed, no home
            found.append(Path(place()))
    return list(dict.fromkeys(found))


def _write_new(
    tables: Iterable[Table], folder: Path, name: str, ending: str, kind: Format, options: TableOptions
) -> Path:
    stem = Path(name).name.split(".")[0][:40] or "table"
    path = folder / f"{stem}-{secrets.token_hex(4)}{ending}"
    try:
        with _open_new(path, zipped=is_compressed(path), mode=0o600) as file:
            dump(tables, kind, file, options)
    except BaseException:
        with suppress(OSError):
            path.unlink()
        raise
    return path


@contextmanager
def _open_new(path: Path, *, zipped: bool, is_durable: bool = True, mode: int = 0o666) -> Iterator[IO[bytes]]:
    """Create a file; its content is on the disk at the end of the block, where a full disk may come to light only."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, mode), "wb") as file:
        if zipped:
            with gzip.GzipFile("", "wb", fileobj=file, mtime=0) as inner:
                yield inner  # type: ignore[misc]
        else:
            yield file
        if is_durable:
            file.flush()
            os.fsync(file.fileno())
