"""A fake service on a socket, and an engine that connects to it."""

from contextlib import contextmanager

import jsdf
from jsdf.testing import FakeService

KEY = "sk-of-the-tests-0123456789"


@contextmanager
def serving(**settings):
    """Serve a fake service; yield it, with a function that makes an engine."""
    service = FakeService(api_key=KEY, **settings)
    with service.serve() as server:
        service.engine = lambda **more: jsdf.Hosted(KEY, server.url, **more)
        yield service
