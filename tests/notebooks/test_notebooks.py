"""Every notebook runs from top to bottom without warnings, and is stored without outputs."""

from pathlib import Path

import pytest

from jsdf.engines.local import available

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.fixture(autouse=True)
def _own_folders(tmp_path, monkeypatch):
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


def test_there_are_notebooks():
    assert [path.name[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04"]


@pytest.mark.skipif(not available(), reason="the local engine is not installed")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_a_notebook_runs_without_output_on_stderr_and_creates_no_files(path):
    before = set(path.parent.iterdir())
    for _ in ("first run", "with stored answers"):
        notebook = nbformat.read(path, as_version=4)
        nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(path.parent)}}).execute()
        outputs = [o for cell in notebook.cells for o in cell.get("outputs", []) if o.get("name") == "stderr"]
        # matplotlib prints this if its first drawing takes long
        assert [o for o in outputs if "building the font cache" not in o["text"]] == []
    assert set(path.parent.iterdir()) == before


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_a_notebook_is_stored_without_outputs(path):
    cells = nbformat.read(path, as_version=4).cells
    assert [c for c in cells if c.get("outputs") or c.get("execution_count")] == []
