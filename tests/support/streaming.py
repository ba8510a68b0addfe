"""Run the command line with every file taken for a large one, read in tiny parts."""

from jsdf.api import stream_windows
from jsdf.cli.large_files import file_parts
from jsdf.cli.tables.table import PartSize

#: Code for a child process, before that of the command.
FORCE = """
from jsdf.api import stream_windows
from jsdf.cli.large_files import file_parts
from jsdf.cli.tables.table import PartSize
file_parts.MIN_BYTES = file_parts.MIN_ZIPPED_BYTES = 0
file_parts.PART = PartSize({rows}, {characters})
stream_windows.WINDOW_REQUESTS = {requests}
"""


def stream_all(monkeypatch, rows=2, characters=40, requests=1):
    """Take all files for large ones in this test."""
    monkeypatch.setattr(file_parts, "MIN_BYTES", 0)
    monkeypatch.setattr(file_parts, "MIN_ZIPPED_BYTES", 0)
    monkeypatch.setattr(file_parts, "PART", PartSize(rows, characters))
    monkeypatch.setattr(stream_windows, "WINDOW_REQUESTS", requests)
