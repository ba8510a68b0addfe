"""What kind of disk a path is on."""

from __future__ import annotations

from pathlib import Path

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
