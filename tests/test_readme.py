"""The README is run: its Python from top to bottom, and what it names exists."""

import re
from pathlib import Path

import pytest

import jsdf
from jsdf.engines.local import available

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


@pytest.mark.skipif(not available(), reason="the local engine is not installed")
def test_the_python_of_the_readme_runs_from_top_to_bottom(capsys):
    blocks = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    assert len(blocks) >= 7
    names = {"jsdf": jsdf}
    for block in blocks:
        exec(compile(block, "README.md", "exec"), names)
    assert "answered" in capsys.readouterr().out


def test_the_files_that_it_names_exist():
    named = re.findall(r"`((?:tests|jsdf|notebooks)/[\w./-]+)`|python (tests/[\w./]+\.py)", README)
    paths = {a or b for a, b in named}
    assert len(paths) >= 8
    assert [p for p in paths if not (ROOT / p).exists()] == []


def test_each_figure_has_the_command_that_prints_it():
    rows = re.findall(r"^\| .* \| `python (tests/benchmarks/\w+\.py)` \|$", README, re.MULTILINE)
    assert len(rows) >= 8
