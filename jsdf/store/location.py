"""Location of the store's file, and detection of network disks."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from jsdf.config import options
from jsdf.errors import InvalidInputError
from jsdf.utils.paths import expand_path

_FILE = Path("v1", "store.sqlite")
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

    A blank setting counts as none.

    Raises:
        InvalidInputError: The configured directory is no valid path, or there is none and the user has no home
            directory.
    """
    for source, value in (
        ("jsdf.options.cache_dir", options.cache_dir),
        ("JSDF_CACHE_DIR", os.environ.get("JSDF_CACHE_DIR")),
    ):
        if value is not None and str(value).strip():
            return _configured_directory(source, str(value)) / _FILE
    return _default_directory() / _FILE


def _configured_directory(source: str, value: str) -> Path:
    try:
        return expand_path(value)
    except LookupError:
        raise InvalidInputError(f"{source}={value!r}: there is no such home directory; give the full path") from None
    except ValueError:
        raise InvalidInputError(f"{source}={value!r} is not a valid path; give the path of a directory") from None


def _default_directory() -> Path:
    # For a user without a home directory, some versions of platformdirs raise an error and others return "~/.cache".
    try:
        directory = platformdirs.user_cache_path("jsdf", appauthor=False)
    except RuntimeError:
        directory = Path()
    if not directory.is_absolute():
        raise InvalidInputError("no home directory was found for the store; set JSDF_CACHE_DIR to a directory")
    return directory


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
