"""Location of the store's file, and detection of network disks."""

import pytest

import jsdf
from jsdf.store.location import is_network_disk, store_path


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
