"""Read and write tables without changing other columns: `007` stays `007`, and `NA` is a text."""

from jsdf.cli.tables.file_formats import STREAM, Format, format_of
from jsdf.cli.tables.json_tables import read_json
from jsdf.cli.tables.output_files import write, write_elsewhere
from jsdf.cli.tables.reading import read
from jsdf.cli.tables.table import Table
from jsdf.cli.tables.table_options import TableOptions
from jsdf.cli.tables.writing import check_labels, dump

__all__ = [
    "STREAM",
    "Format",
    "Table",
    "TableOptions",
    "check_labels",
    "dump",
    "format_of",
    "read",
    "read_json",
    "write",
    "write_elsewhere",
]
