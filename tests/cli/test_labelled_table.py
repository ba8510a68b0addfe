"""Paths in a table are relative to the current directory."""

import pytest
from command_line import LABELS_AB, jsdf, write_colour_images
from PIL import Image


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
