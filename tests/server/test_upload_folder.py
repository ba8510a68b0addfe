"""The temporary directory for uploads: those of killed servers are removed, those of others are left alone."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from jsdf.server.upload_folder import upload_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there are no such locks")
HOLD = (
    "import sys\n"
    "from jsdf.server.upload_folder import upload_folder\n"
    "with upload_folder() as folder:\n"
    "    (folder / 'upload').write_bytes(b'x' * 1000)\n"
    "    print(folder, flush=True)\n"
    "    sys.stdin.read()\n"
)


@pytest.fixture(autouse=True)
def parent(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def hold(parent):
    """Return a function that starts a process with a directory of its own, and waits for it."""
    started = []

    def hold():
        child = subprocess.Popen(
            [sys.executable, "-c", HOLD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": str(parent)},
        )
        started.append(child)
        return child, child.stdout.readline().strip()

    yield hold
    for child in started:
        child.kill()
        child.communicate()


def test_it_is_removed_at_the_end(parent):
    with upload_folder() as folder:
        assert folder.parent == parent
        assert list(folder.iterdir()) == []
        (folder / "upload").write_bytes(b"x")
    assert list(parent.iterdir()) == []


def test_it_is_removed_after_an_error(parent):
    with pytest.raises(ZeroDivisionError), upload_folder():
        1 / 0  # noqa: B018 - it is the error of the server
    assert list(parent.iterdir()) == []


def test_that_of_a_killed_server_is_removed_and_that_of_a_live_one_is_not(parent, hold):
    killed, _ = hold()
    _, live_folder = hold()
    killed.kill()
    killed.wait()
    with upload_folder() as folder:
        assert {str(path) for path in parent.iterdir()} == {live_folder, str(folder)}
    assert [path.name for path in Path(live_folder).iterdir()] == ["upload"]


def test_several_servers_that_start_at_once_keep_their_directories(parent, hold):
    folders = [hold()[1] for _ in range(3)]
    assert sorted(map(str, parent.iterdir())) == sorted(folders)


@pytest.mark.parametrize("name", ["jsdf-serve-link", "jsdf-serve-file", "jsdf-other", "other-jsdf-serve-x"])
def test_what_is_no_directory_of_a_server_is_left_alone(parent, tmp_path_factory, name):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "precious").write_text("x")
    path = parent / name
    if name == "jsdf-serve-link":
        path.symlink_to(elsewhere)
    elif name == "jsdf-serve-file":
        path.write_text("x")
    else:
        path.mkdir()
    with upload_folder():
        pass
    assert path.exists()
    assert (elsewhere / "precious").exists()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a directory away")
def test_that_of_another_user_is_left_alone(parent):
    path = parent / "jsdf-serve-other"
    path.mkdir()
    os.chown(path, 12_345, 12_345)
    with upload_folder():
        pass
    assert path.exists()
