"""Paths in a table are relative to the current directory, and bytes are previewed by their size."""

import pytest
from command_line import LABELS_AB, jsdf, write_colour_images
from PIL import Image

from jsdf.cli import labelled_table


@pytest.mark.parametrize("command", ["classify", "plan"])
@pytest.mark.parametrize("kind", ["auto", "image"])
def test_paths_relative_to_the_table_are_reported(workdir, serve, command, kind):
    service = serve()
    write_colour_images(workdir / "data")
    arguments = (command, "data/in.csv", "-c", "p", *LABELS_AB, "--kind", kind)
    result = jsdf(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "jsdf: data/in.csv: 'rose.png' is not in the current directory, where paths start, but beside the table; "
        "run jsdf in data\n"
    )
    assert service.requests == []
    assert jsdf("plan", "data/in.csv", "-c", "p", *LABELS_AB, "--kind", "text").exit_code == 0
    Image.new("RGB", (8, 8)).save("sky.png")
    assert (
        jsdf("plan", "data/in.csv", "-c", "p", *LABELS_AB).exit_code == 0
    )  # some exist here: the others may be missing on purpose


def test_bytes_are_previewed_by_their_size():
    assert [labelled_table._format_value(value) for value in (b"\x89" * 1234, None, "a")] == ["1,234 bytes", "", "a"]
