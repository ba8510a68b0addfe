"""A loop whose time only moves when nothing else can."""

import asyncio
import selectors

import pytest


class WarpSelector(selectors.DefaultSelector):
    """Never waits for time: it says how long it would have."""

    skipped = 0.0

    def select(self, timeout=None):
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout:
            self.skipped += timeout + 1e-9  # a sum of fractions may fall short of its goal for ever
        return ready


class WarpLoop(asyncio.SelectorEventLoop):
    """Sleeps take no time and are exact."""

    def __init__(self):
        self._warp = WarpSelector()
        super().__init__(self._warp)

    def time(self):
        return self._warp.skipped


@pytest.fixture
def warp():
    """Runs a coroutine on a loop of its own in which only sleeping takes time."""
    loop = WarpLoop()
    yield loop
    loop.close()
