"""Event loop with simulated time, in which sleeps return at once."""

import asyncio
import selectors


class WarpSelector(selectors.DefaultSelector):
    """Selector that skips timeouts and adds them up in `skipped`."""

    skipped = 0.0

    def select(self, timeout=None):
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout:
            self.skipped += timeout + 1e-9  # rounding errors could keep the sum below a deadline forever
        return ready


class WarpLoop(asyncio.SelectorEventLoop):
    """Event loop whose clock is the sum of the skipped timeouts."""

    def __init__(self):
        self._warp = WarpSelector()
        super().__init__(self._warp)

    def time(self):
        return self._warp.skipped
