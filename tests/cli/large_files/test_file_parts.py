"""Files that are read in parts: those that are large, in formats whose types do not depend on the last row."""

import os
from pathlib import Path

import numpy as np
import pytest
from command_line import OPTIONS, jsdf, write_texts

from jsdf.cli.large_files import file_parts
from jsdf.cli.large_files.file_parts import FileParts, is_large
from jsdf.cli.tables import TableOptions
from jsdf.errors import InvalidInputError

MB = 1 << 20


@pytest.mark.parametrize(
    ("name", "size", "kind", "out", "large"),
    [
        ("in.csv", 64 * MB, "csv", "csv", True),
        ("in.csv", 64 * MB - 1, "csv", "csv", False),
        ("in.csv.gz", 8 * MB, "csv", "tsv", True),
        ("in.csv.gz", 8 * MB - 1, "csv", "tsv", False),
        ("in.tsv", 64 * MB, "tsv", "parquet", True),
        ("in.ndjson", 64 * MB, "jsonl", "csv", True),
        ("in.jsonl", 64 * MB, "jsonl", "parquet", False),
        ("in.jsonl", 64 * MB, "jsonl", "json", False),
        ("in.json", 64 * MB, "json", "csv", False),
        ("in.xlsx", 64 * MB, "xlsx", "csv", False),
        ("in.csv", 64 * MB, "csv", "xlsx", False),
        ("in.parquet", 64 * MB, "parquet", "csv", False),  # it is none
    ],
)
def test_sizes_and_formats(workdir, name, size, kind, out, large):
    Path(name).touch()
    os.truncate(name, size)
    assert is_large(Path(name), kind, out) is large
    assert not is_large(Path("gone"), kind, out)


def test_standard_input_and_other_files_are_read_into_memory(workdir):
    os.mkfifo("pipe.csv")
    Path("folder.csv").mkdir()
    assert not any(is_large(Path(name), "csv", "csv") for name in ("-", "pipe.csv", "folder.csv"))


def test_the_size_of_parquet_is_that_of_its_values(workdir, monkeypatch):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pa.table({"text": [f"{i} " * 100 for i in range(10_000)], "n": np.zeros(10_000)})
    pq.write_table(table, "in.parquet", compression="zstd", use_dictionary=False)
    assert Path("in.parquet").stat().st_size < 1 * MB
    monkeypatch.setattr(file_parts, "MIN_BYTES", 4 * MB)
    assert is_large(Path("in.parquet"), "parquet", "parquet")
    sizes = [len(t.frame) for t in FileParts(Path("in.parquet"), "parquet", "text", TableOptions())._read([])]
    assert sum(sizes) == 10_000
    assert all(size % 32 == 0 and size < 9_600 for size in sizes[:-1])  # rows of half a kilobyte


def test_a_large_file_of_real_size(workdir, serve):
    """No threshold is moved here: 70 MiB, most of it in a column that is not labelled."""
    service = serve()
    with Path("in.csv").open("w") as file:
        file.write("text,n\n")
        file.writelines(f"text {i % 50},{'y' * 7_000}\n" for i in range(10_500))
    result = jsdf("classify", "in.csv", *OPTIONS, "-o", "out.csv")
    assert result.exit_code == 0, result.stderr
    assert service.billed.total() == 50
    assert Path("out.csv").stat().st_size == Path("in.csv").stat().st_size + len(",label\n") - 1 + 10_500 * 2


def test_a_change_is_noticed_at_every_part(workdir, monkeypatch):
    monkeypatch.setattr(file_parts, "PART", file_parts.PART._replace(rows=2))
    parts = FileParts(Path(write_texts(10)), "csv", "text", TableOptions())
    tables = parts.tables(parts.scan("auto"), "csv")
    assert len(next(tables).frame) == 2
    with Path("in.csv").open("a") as file:
        file.write("more\n")
    with pytest.raises(InvalidInputError, match=r"in\.csv was changed while it was read"):
        next(tables)
    with pytest.raises(InvalidInputError, match=r"in\.csv was changed while it was read"):
        next(parts.tables(parts.scan("auto"), "csv"))
