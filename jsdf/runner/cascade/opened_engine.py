"""An engine whose session stays open from one run to the next."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from jsdf.engines.wrapping import WrappedEngine

if TYPE_CHECKING:
    from jsdf.engines.base import Engine, Session


class OpenedEngine(WrappedEngine):
    """An engine that opens its session when it is first needed, and again only after `stack` was closed.

    Args:
        engine: The engine.
        stack: Closes the session.
    """

    def __init__(self, engine: Engine, stack: AsyncExitStack) -> None:
        super().__init__(engine)
        self.first_batch_size = None  # small first requests would be sent in each phase
        self._stack = stack
        self._session: Session | None = None

    def session(self) -> AbstractAsyncContextManager[Session]:
        """Return the open session."""
        return self._keep_open()

    @asynccontextmanager
    async def _keep_open(self) -> AsyncIterator[Session]:
        if self._session is None:
            self._session = await self._stack.enter_async_context(self._engine.session())
        yield self._session
