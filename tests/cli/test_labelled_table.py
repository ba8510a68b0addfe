"""Paths in a table start where the command is run, and bytes are shown by their size."""

import pytest
from command_line import AB, colours, jsdf
from PIL import Image

from jsdf.cli import labelled_table


@pytest.mark.parametrize("command", ["classify", "plan"])
@pytest.mark.parametrize("kind", ["auto", "image"])
def test_paths_that_start_at_the_table_are_told(desk, serve, command, kind):
    service = serve()
    colours(desk / "data")
    words = (command, "data/in.csv", "-c", "p", *AB, "--kind", kind)
    result = jsdf(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "jsdf: data/in.csv: 'rose.png' is not here, where paths start, but beside the table; run jsdf in data\n"
    )
    assert service.requests == []
    assert jsdf("plan", "data/in.csv", "-c", "p", *AB, "--kind", "text").exit_code == 0
    Image.new("RGB", (8, 8)).save("sky.png")
    assert jsdf("plan", "data/in.csv", "-c", "p", *AB).exit_code == 0  # some are here: the others may be meant to fail


def test_bytes_are_previewed_by_their_size():
    assert [labelled_table._shown(value) for value in (b"\x89" * 1234, None, "a")] == ["1,234 bytes", "", "a"]
