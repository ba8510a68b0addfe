"""Sessions of engines that the tasks of one process share, and with them threads, batches and prepared labels."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from jsdf.distributed.settings import with_attributes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from jsdf.engines.base import Engine, Session

_open: dict[tuple[asyncio.AbstractEventLoop, Engine], _SharedSession] = {}


class _SharedSession:
    """Session of an engine, which is opened for its first user and closed after its last."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._session: Session | None = None
        self.users = 0

    async def enter(self) -> Session:
        """Return the session, which is opened by the first caller while the others wait."""
        async with self._lock:
            if self._session is None:
                self._session = await self._stack.enter_async_context(self._engine.session())
            return self._session

    async def close(self) -> None:
        """Close the session."""
        await self._stack.aclose()


def with_shared_session(engine: Engine) -> Engine:
    """Return a copy of an engine that shares its session with all equal engines on the event loop."""

    @asynccontextmanager
    async def session() -> AsyncIterator[Session]:
        key = asyncio.get_running_loop(), engine
        shared = _open.setdefault(key, _SharedSession(engine))
        shared.users += 1
        try:
            yield await shared.enter()
        finally:
            shared.users -= 1
            if not shared.users:
                del _open[key]
                await shared.close()

    return with_attributes(engine, session=session)
