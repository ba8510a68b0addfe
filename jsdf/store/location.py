"""Location of the store's file, and detection of network disks."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from jsdf.config import options
from jsdf.errors import InvalidInputError

_NETWORK_FILE_SYSTEMS = {
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
    """Return the path of the store's file, in a private directory named after the store's version.

    Raises:
        InvalidInputError: The home directory of a `~` in the configured directory cannot be found.
    """
    cache_dir = options.cache_dir or os.environ.get("JSDF_CACHE_DIR")
    try:
        base = Path(cache_dir).expanduser() if cache_dir else platformdirs.user_cache_path("jsdf", appauthor=False)
    except RuntimeError as error:
        source = "jsdf.options.cache_dir" if options.cache_dir else "JSDF_CACHE_DIR"
        raise InvalidInputError(f"{source}={str(cache_dir)!r}: {error}; give the full path") from None
    return base / "v1" / "store.sqlite"


def is_network_disk(path: Path, mounts: Path = Path("/proc/self/mounts")) -> bool:
    """True if the file is on a network disk, according to the list of mounts (Linux); False on other systems."""
    try:
        lines = mounts.read_text().splitlines()
    except OSError:
        return False
    points = [(fields[1].replace("\\040", " "), fields[2]) for fields in map(str.split, lines) if len(fields) > 2]
    directory = path.parent.resolve()
    # The deepest mount point counts; of several mounts on one point the last one hides the others.
    inside = [(len(point), line, kind) for line, (point, kind) in enumerate(points) if directory.is_relative_to(point)]
    return bool(inside) and max(inside)[2] in _NETWORK_FILE_SYSTEMS
