"""A small file system of a child process, which a test can fill while the child runs."""

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from command_line import CHILD_CODE


def can_mount():
    """Return True if this machine lets a process mount a file system that it alone sees."""
    try:
        done = subprocess.run(
            ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False, timeout=10
        )
    except OSError:
        return False
    return done.returncode == 0


needs_mount = pytest.mark.skipif(not can_mount(), reason="no file system can be mounted here")


class SmallDisk:
    """File system in memory, mounted for one child process.

    Args:
        folder: Folder on which it is mounted.
        options: Options of the mount.
    """

    def __init__(self, folder, options="size=1m"):
        self.folder, self._options, self._pid = Path(folder).absolute(), options, None
        self.folder.mkdir(exist_ok=True)

    def start(self, *arguments, **more):
        """Start `jsdf` with these arguments; afterwards the files on the disk are printed, and "old" for an old one."""
        run = (
            f'mount -t tmpfs -o {self._options} tmpfs "$0"; "$@"; code=$?; '
            'cd "$0"; echo -n $(ls -A; cat out* 2>/dev/null); exit $code'
        )
        command = ["unshare", "-Urm", "sh", "-c", run, str(self.folder), sys.executable, "-c", CHILD_CODE, *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process = subprocess.Popen(list(map(str, command)), text=True, **{**pipes, **more})
        self._pid = process.pid
        return process

    def inside(self, name):
        """Return the path by which this process sees a file of the child's file system."""
        return Path(f"/proc/{self._pid}/root{self.folder}") / name

    def fill(self, old):
        """Write a file "old" of this name, and another that leaves no byte."""
        self.inside(old).write_text("old")
        with self.inside("filler").open("wb", buffering=0) as file:
            self._until_full(lambda: file.write(b"x" * 4096))

    def fill_inodes(self):
        """Create files until there can be no more."""
        numbers = iter(range(10_000))
        self._until_full(lambda: self.inside(f"filler-{next(numbers)}").touch())

    def _until_full(self, write):
        with suppress(OSError):
            for _ in range(10_000):
                write()
            pytest.fail("the disk does not fill")


def in_shell(script):
    """Run a script in bash, in which `jsdf` is the command."""
    define = f'jsdf() {{ "{sys.executable}" -m jsdf "$@"; }}; export -f jsdf\n'
    return subprocess.run(["bash", "-c", define + script], capture_output=True, text=True, check=False, timeout=60)


def in_own_mounts(script):
    """Run a script in bash that may mount file systems, which it alone sees."""
    return in_shell(f"unshare -Urm bash -c '{script}'")
