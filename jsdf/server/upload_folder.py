"""Temporary directory for uploads: removed at the end of the server, or at the next start where it was killed."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

try:
    import fcntl
except ImportError:  # Windows, where what a killed server left stays in the temporary directory
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "jsdf-serve-"


@contextmanager
def upload_folder() -> Iterator[Path]:
    """Create a directory, which is removed at the end of the `with` block; remove those of servers that were killed.

    A server holds a lock on its directory, which the system releases when the process ends in any way. So a directory
    without a lock is nobody's.
    """
    if fcntl is not None:
        for abandoned in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
            _remove_if_abandoned(abandoned)
    folder, lock = _create_locked()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _create_locked() -> tuple[Path, int | None]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        if fcntl is None:
            return folder, None
        lock = _lock(folder)
        if lock is None:  # a file system without locks, where no other server can remove it either
            return folder, None
        if _is_at(folder, lock):
            return folder, lock
        os.close(lock)  # a server that is starting took it for abandoned before it was locked


def _remove_if_abandoned(folder: Path) -> None:
    with suppress(OSError):
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            return
        lock = _lock(folder, wait=False)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(lock)


def _lock(folder: Path, *, wait: bool = True) -> int | None:
    """Lock a directory and return its file descriptor; None where that is not possible."""
    descriptor = None
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if descriptor is not None:
            os.close(descriptor)
        return None
    return descriptor


def _is_at(folder: Path, descriptor: int) -> bool:
    """Return True if the open directory still is the one at this path."""
    try:
        return os.path.samestat(folder.lstat(), os.fstat(descriptor))
    except OSError:
        return False
