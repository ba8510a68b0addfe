"""Turns of the attempts of one partition: as long as one asks, a second attempt elsewhere waits.

Without turns two attempts at the same rows, as speculation starts them, would send the same requests side by side: each
asks the store before a request, but the answer of the other one is still on its way.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

#: Seconds between two tries to get a turn, and until the turn of a process that died on another machine ends.
POLL_SECONDS, TURN_SECONDS = 0.2, 5.0


class Lock(Protocol):
    """Lock between processes. Where it cannot be used, everybody has it: rows may then be paid for twice."""

    def try_acquire(self) -> bool:
        """Take the lock if it is free."""

    def renew(self) -> None:
        """Keep the lock for `TURN_SECONDS` more."""

    def release(self) -> None:
        """Give the lock back."""


class FileLock:
    """Lock between the processes of one machine, which ends with its process; a process uses one at a time.

    Args:
        folder: The folder of the file.
        name: The name of the lock; all locks are bytes of one file.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._path = folder / "turns.lock"
        self._offset = int.from_bytes(hashlib.sha256(name.encode()).digest()[:7], "big")
        self._file: int | None = None

    def try_acquire(self) -> bool:
        """Take the lock if it is free."""
        try:
            import fcntl
        except ImportError:  # Windows
            return True
        try:
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, self._offset)
        except BlockingIOError:
            return False
        except OSError:  # the folder cannot be written to, or its disk has no locks
            return True
        return True

    def renew(self) -> None:
        """Do nothing: the lock lasts as long as its process."""

    def release(self) -> None:
        """Give the lock back."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


class RedisLock:
    """Lock between machines on a Redis server.

    Args:
        url: The URL of the server and database.
        name: The name of the lock.
    """

    def __init__(self, url: str, name: str) -> None:
        import redis

        self._error = redis.RedisError
        server = redis.Redis.from_url(url, socket_connect_timeout=TURN_SECONDS, socket_timeout=TURN_SECONDS)
        self._lock = server.lock(f"jsdf:turn:{name}", timeout=TURN_SECONDS, thread_local=False)

    def try_acquire(self) -> bool:
        """Take the lock if it is free."""
        try:
            return bool(self._lock.acquire(blocking=False))
        except self._error:
            return True

    def renew(self) -> None:
        """Keep the lock for `TURN_SECONDS` more."""
        with suppress(self._error):
            self._lock.reacquire()

    def release(self) -> None:
        """Give the lock back."""
        with suppress(self._error):
            self._lock.release()


class AttemptTurns:
    """Turns of this process; the windows of a stream that run at a time share one.

    Args:
        lock: The lock between processes.
        poll_seconds: Seconds between two tries to get a turn.
    """

    def __init__(self, lock: Lock, poll_seconds: float = POLL_SECONDS) -> None:
        self._lock, self._poll_seconds = lock, poll_seconds
        self._holders = 0
        self._renewal: asyncio.Task[None] | None = None
        self._mutex = asyncio.Lock()

    @asynccontextmanager
    async def __call__(self, is_stopped: Callable[[], bool]) -> AsyncIterator[None]:
        """Have a turn for the time of the block, or go on without one if the caller stops while it waits."""
        async with self._mutex:
            if self._holders == 0:
                self._renewal = await self._acquire(is_stopped)
            self._holders += 1
        try:
            yield
        finally:
            async with self._mutex:
                self._holders -= 1
                if self._holders == 0 and self._renewal is not None:
                    self._renewal.cancel()
                    await asyncio.to_thread(self._lock.release)

    async def _acquire(self, is_stopped: Callable[[], bool]) -> asyncio.Task[None] | None:
        while not is_stopped():
            if await asyncio.to_thread(self._lock.try_acquire):
                return asyncio.create_task(self._renew())
            await asyncio.sleep(self._poll_seconds)
        return None

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(TURN_SECONDS / 5)
            await asyncio.to_thread(self._lock.renew)
