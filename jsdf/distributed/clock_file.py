"""Clock that the processes of one machine share, in a small SQLite file in the folder for temporary files."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from jsdf.distributed.leases import Lease
from jsdf.distributed.slot_clock import SlotClock

_LOCK_SECONDS = 10.0


class ClockFile:
    """Clock in a file, a `Lessor`.

    Args:
        name: The name of the clock.
        folder: The folder of the file; None for one of this user's own in that for temporary files.
        clock: Monotonic seconds, the same in all processes.
    """

    def __init__(self, name: str, folder: Path | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = (folder or _own_folder()) / f"clock-{name}.sqlite"
        self._clock = clock

    async def lease(self, slots: int, rate: float) -> Lease:
        """Lease slots at a rate per second."""
        return await asyncio.to_thread(self._lease, slots, rate)

    async def pause(self, seconds: float) -> None:
        """Give out no slot for this many seconds."""
        await asyncio.to_thread(self._change, lambda state, now: state.pause(seconds, now))

    def _lease(self, slots: int, rate: float) -> Lease:
        leases: list[Lease] = []

        def change(state: SlotClock, now: float) -> SlotClock:
            changed, *lease = state.lease(slots, rate, now)
            leases.append(Lease(*lease))
            return changed

        self._change(change)
        return leases[-1]

    def _change(self, change: Callable[[SlotClock, float], SlotClock]) -> None:
        with closing(sqlite3.connect(self._path, timeout=_LOCK_SECONDS, isolation_level=None)) as db:
            db.execute("PRAGMA synchronous = OFF")  # after a crash of the machine the clock begins anew anyway
            db.execute("BEGIN IMMEDIATE")  # a deferred BEGIN fails under contention
            db.execute("CREATE TABLE IF NOT EXISTS clock (next_slot REAL)")
            row = db.execute("SELECT next_slot FROM clock").fetchone()
            state = change(SlotClock() if row is None else SlotClock(row[0]), self._clock())
            if row is None:
                db.execute("INSERT INTO clock VALUES (?)", (state.next_slot,))
            else:
                db.execute("UPDATE clock SET next_slot = ?", (state.next_slot,))
            db.execute("COMMIT")


def _own_folder() -> Path:
    """Return a folder that no other user of the machine can write to."""
    user = os.getuid() if hasattr(os, "getuid") else ""
    folder = Path(tempfile.gettempdir()) / f"jsdf-{user}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if user != "" and folder.stat().st_uid != user:
        raise PermissionError(f"{folder} belongs to another user")
    return folder
