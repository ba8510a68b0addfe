"""Location of the store's file, and detection of network disks."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pandas as pd
import pytest

import jsdf
from jsdf.store.location import is_network_disk, store_path
from jsdf.testing import FakeEngine


def test_the_path_follows_option_and_environment(monkeypatch, tmp_path):
    assert store_path() == tmp_path / "jsdf-cache" / "v1" / "store.sqlite"
    jsdf.options.cache_dir = tmp_path / "chosen"
    assert store_path().is_relative_to(tmp_path / "chosen")
    jsdf.options.cache_dir = None
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JSDF_CACHE_DIR", "~/mine")
    assert store_path().is_relative_to(tmp_path / "mine")


@pytest.mark.parametrize("source", ["JSDF_CACHE_DIR", "jsdf.options.cache_dir"])
def test_a_home_directory_that_does_not_exist_is_blamed_on_what_named_it(monkeypatch, source):
    if source == "JSDF_CACHE_DIR":
        monkeypatch.setenv(source, "~no-such-user/jsdf")
    else:
        jsdf.options.cache_dir = "~no-such-user/jsdf"
    with pytest.raises(jsdf.InvalidInputError, match=rf"^{source}='~no-such-user/jsdf': .*; give the full path$"):
        store_path()


@pytest.mark.parametrize("blank", ["", " ", "\t\n"])
def test_a_blank_setting_counts_as_none(monkeypatch, tmp_path, blank):
    jsdf.options.cache_dir = blank
    assert store_path().is_relative_to(tmp_path / "jsdf-cache")
    monkeypatch.setenv("JSDF_CACHE_DIR", blank)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert store_path().is_absolute()
    if sys.platform == "linux":
        assert store_path() == tmp_path / "xdg" / "jsdf" / "v1" / "store.sqlite"


def test_a_relative_directory_starts_at_the_working_directory(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JSDF_CACHE_DIR", "mine")
    jsdf.run(pd.Series(["a"]), ["x", "y"], engine=FakeEngine(), progress=False)
    assert (tmp_path / "mine" / "v1" / "store.sqlite").is_file()


UNUSABLE = {
    "unknown user": (
        "~no-such-user/x",
        "JSDF_CACHE_DIR='~no-such-user/x': there is no such home directory; give the full path",
    ),
    "a file": ("{file}", "a-file/v1/store.sqlite cannot be used .*(exists|Not a directory)"),
    "below a file": ("{file}/x", "a-file/x/v1/store.sqlite cannot be used .*Not a directory"),
    "a name too long": ("{here}/" + "x" * 300, "cannot be used .*too long"),
}


@pytest.mark.parametrize(("directory", "reason"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_directory_that_cannot_be_used_gives_one_warning(monkeypatch, tmp_path, directory, reason):
    (tmp_path / "a-file").write_text("kept")
    monkeypatch.setenv("JSDF_CACHE_DIR", directory.format(file=tmp_path / "a-file", here=tmp_path))
    check_one_warning(reason)
    assert (tmp_path / "a-file").read_text() == "kept"


@pytest.mark.parametrize("directory", ["a\0b", "\ud800", Path("a\0b")], ids=ascii)
def test_an_option_that_is_no_path_gives_one_warning(directory):
    jsdf.options.cache_dir = directory
    check_one_warning("jsdf.options.cache_dir=.* is not a valid path; give the path of a directory")


def check_one_warning(reason):
    with pytest.warns(UserWarning, match=reason) as caught:
        run = jsdf.run(pd.Series(["a", "b"]), ["x", "y"], engine=FakeEngine(), progress=False)
    assert len(caught) == 1
    assert "the run continues without it" in str(caught[0].message)
    assert run.counts["answered"] == 2
    with pytest.warns(UserWarning, match=reason) as caught:
        assert jsdf.plan(pd.Series(["a", "b"]), ["x", "y"], engine=FakeEngine()).to_send == 2
    assert len(caught) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        jsdf.run(pd.Series(["a"]), ["x", "y"], engine=FakeEngine(), progress=False, cache=False)


#: Runs as a user without a home directory and without an entry in the password file, as many containers do.
HOMELESS = """
import json, os, pwd, warnings
import pandas, platformdirs, sqlite3, jsdf
from jsdf.testing import FakeEngine
def no_entry(uid):
    raise KeyError(uid)
pwd.getpwuid = no_entry
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    run = jsdf.run(pandas.Series(["a", "b"]), ["x", "y"], engine=FakeEngine(), progress=False)
    plan = jsdf.plan(pandas.Series(["a", "b"]), ["x", "y"], engine=FakeEngine())
print(json.dumps([run.counts["answered"], plan.to_send, [str(w.message) for w in caught], os.listdir()]))
"""
NO_HOME = "no home directory was found for the store; set JSDF_CACHE_DIR to a directory"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no password file")
@pytest.mark.parametrize("variables", [{}, {"XDG_CACHE_HOME": "relative"}, {"HOME": ""}, {"HOME": "relative"}], ids=str)
def test_a_user_without_a_home_directory_gets_one_warning(tmp_path, variables):
    removed = ("HOME", "XDG_CACHE_HOME", "JSDF_CACHE_DIR")
    environment = {k: v for k, v in os.environ.items() if k not in removed} | variables
    (tmp_path / "empty").mkdir(mode=0o777)
    code = [sys.executable, "-c", HOMELESS]
    out = subprocess.run(
        code, cwd=tmp_path / "empty", env=environment, capture_output=True, text=True, timeout=60, check=True
    ).stdout
    answered, to_send, messages, created = json.loads(out)
    assert (answered, to_send, created) == (2, 2, [])
    advice = "the run continues without it, and running it again is billed again"
    assert messages == [f"the store cannot be used ({NO_HOME}): {advice}"] * 2


@pytest.mark.skipif(sys.platform == "win32", reason="there is no password file")
@pytest.mark.parametrize("command", ["path", "info", "clear"])
def test_the_command_line_says_in_one_line_that_there_is_no_home_directory(tmp_path, command):
    environment = {k: v for k, v in os.environ.items() if k not in ("XDG_CACHE_HOME", "JSDF_CACHE_DIR")}
    code = "import pwd; pwd.getpwuid = {}.__getitem__; from jsdf.cli import main; main()"
    run = subprocess.run(
        [sys.executable, "-c", code, "cache", command],
        cwd=tmp_path, env=environment | {"HOME": ""}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.splitlines() == [f"jsdf: {NO_HOME}"]


MOUNTS = {
    "local disk": ("/dev/sda1 / ext4 rw 0 0", False),
    "nfs": ("/dev/sda1 / ext4 rw 0 0\nserver:/home {here} nfs4 rw 0 0", True),
    "cifs": ("//server/share {here} cifs rw 0 0", True),
    "sshfs": ("me@server: {here} fuse.sshfs rw 0 0", True),
    "nfs elsewhere": ("/dev/sda1 / ext4 rw 0 0\nserver:/home {here}-not nfs4 rw 0 0", False),
    "nfs root": ("server:/ / nfs rw 0 0", True),
    "local disk on nfs": ("server:/ / nfs rw 0 0\n/dev/sdb {here} ext4 rw 0 0", False),
    "nfs with a space": ("/dev/sda1 / ext4 rw 0 0\nserver:/x {here}/a\\040b nfs rw 0 0", True),
    "mounted by need": ("systemd-1 {here} autofs rw 0 0\nserver:/x {here} 9p rw 0 0", True),
    "mounted over": ("server:/x {here} nfs rw 0 0\ntmpfs {here} ext4 rw 0 0", False),
    "broken lines": ("\n \none two\nserver:/home {here} nfs4 rw 0 0", True),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("mounts", "network"), MOUNTS.values(), ids=MOUNTS)
def test_network_disks(tmp_path, mounts, network):
    file = tmp_path / "mounts"
    file.write_text(mounts.format(here=tmp_path / "disk"))
    assert is_network_disk(tmp_path / "disk" / "a b" / "store.sqlite", file) is network


def test_without_a_list_of_mounts_no_disk_is_a_network_disk(tmp_path):
    assert is_network_disk(tmp_path / "store.sqlite", tmp_path / "none") is False
