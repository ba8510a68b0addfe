"""Fixture `warp`: an event loop with simulated time, in which sleeps return at once."""

import pytest
from warp_loop import WarpLoop


@pytest.fixture
def warp():
    """Yield an event loop on which sleeps take no real time and are exact."""
    loop = WarpLoop()
    yield loop
    loop.close()
