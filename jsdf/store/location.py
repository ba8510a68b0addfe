"""Location of the store's file, and whether it is on a network disk."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from jsdf.config import options
from jsdf.errors import InvalidInputError

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


def store_path() -> Path:
    """Where the store is: a directory of its own, named after the store's version, made private."""
    chosen = options.cache_dir or os.environ.get("JSDF_CACHE_DIR")
    try:
        base = Path(chosen).expanduser() if chosen else platformdirs.user_cache_path("jsdf", appauthor=False)
    except RuntimeError as error:
        raise InvalidInputError(f"JSDF_CACHE_DIR={str(chosen)!r}: {error}; write the path out") from None
    return base / "v1" / "store.sqlite"


def is_network_disk(path: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
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
