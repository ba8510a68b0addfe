"""On a terminal a table is cut to its width, and only the first rows are shown."""

import os
import subprocess
import sys

import pytest
from command_line import OPTIONS, child, write_texts

from jsdf.cli import preview
from jsdf.cli.terminal import format_table
from jsdf.testing import expected


def test_a_table_fits_the_width():
    lines = format_table(("label", "text"), [("good", "短い漢字" * 20), ("bad\n\x1b[1m", "x" * 200)], 40)
    assert lines[0].split() == ["label", "text"]
    assert lines[3] == "bad [1m  " + "x" * 28 + "..."
    assert lines[2].endswith("...")


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_a_terminal_gets_a_preview(workdir, serve):
    pty = pytest.importorskip("pty")
    serve()
    master, slave = pty.openpty()
    with child("classify", write_texts(25), *OPTIONS, stdout=slave, stderr=subprocess.PIPE) as process:
        os.close(slave)
        assert process.wait(20) == 0, process.stderr.read()
        err = process.stderr.read()
    shown = os.read(master, 10_000).decode().splitlines()
    os.close(master)
    assert shown[0].split() == ["label", "text"]
    assert len(shown) == 2 + preview.PREVIEW_ROWS
    assert shown[2].split(maxsplit=1) == [expected("text 0", ["a", "b"]), "text 0"]
    assert "showing 10 of 25 rows; -o OUT.csv writes them all" in err
