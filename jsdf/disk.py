"""What kind of disk a path is on, and which version of a file is there."""

from __future__ import annotations

import os
from pathlib import Path, PurePath

_NETWORK = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "lustre",
    "gpfs",
    "ceph",
    "fuse.sshfs",
    "afs",
    "beegfs",
}


def on_network(path: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """Whether the disk is another machine's, where the system says so (Linux)."""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return False
    points = [(fields[1].replace("\\040", " "), fields[2]) for fields in map(str.split, lines) if len(fields) > 2]
    place = path.parent.resolve()
    # The deepest mount counts, and of those on one point the last, which hides the others.
    inside = [(len(point), line, kind) for line, (point, kind) in enumerate(points) if place.is_relative_to(point)]
    return bool(inside) and max(inside)[2] in _NETWORK


def is_path(value: str) -> bool:
    """Whether an image given as a text is a file of this machine, rather than an address or a `data:` URI."""
    return not value[:8].lower().startswith(("http://", "https://", "data:"))


def version(path: str | PurePath) -> str:
    """Tells a file from others and from what it held before: full path, size and time of the last change.

    The path alone where there is no file.
    """
    full = os.path.abspath(os.path.expanduser(path))  # noqa: PTH100, PTH111 - a Path would drop "./" and more
    try:
        state = os.stat(full)  # noqa: PTH116
    except (OSError, ValueError):
        return full
    return f"{full}\0{state.st_size} {state.st_mtime_ns}"
