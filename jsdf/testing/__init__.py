"""A public fake of the classification service, to test a pipeline without a key or a network.

Start one, connect a client to it, and check its counts afterwards:

from jsdf.testing import FakeService, expected, fault

service = FakeService(rate=50, faults=[fault.status(503), None, fault.reset(after=True)])
with service.serve() as server:
    engine = jsdf.Hosted("test-key", server.url)
assert service.billed["a text"] == 1

The request validation, the file store, the rate limiter and the HTTP connection resemble those of `jsdf.server` but
share no code with them on purpose: client and server are tested against this fake, and it does not need FastAPI.
"""

from jsdf.testing import fault
from jsdf.testing.answers import digest, expected
from jsdf.testing.engine import FakeEngine
from jsdf.testing.fault import Fault
from jsdf.testing.request_log import Record
from jsdf.testing.server import LoopbackServer
from jsdf.testing.service import FakeService
from jsdf.testing.transport import FakeTransport
from jsdf.testing.validation import Request

__all__ = [
    "FakeEngine",
    "FakeService",
    "FakeTransport",
    "Fault",
    "LoopbackServer",
    "Record",
    "Request",
    "digest",
    "expected",
    "fault",
]
