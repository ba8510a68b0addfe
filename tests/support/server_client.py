"""The server's application with a fake engine, called without a socket."""

import asyncio
import json
from dataclasses import dataclass, field

from jsdf.engines import Reply
from jsdf.server.admission.rate_limit import FixedWindowRateLimiter
from jsdf.server.app import build
from jsdf.server.classification import Sessions
from jsdf.server.file_store import FileStore

LABELS = [{"type": "text", "value": "good"}, {"type": "text", "value": "bad", "key": "b"}]


def body(**changes):
    """Return a valid request with changed fields; None removes a field."""
    fields = {"dataset": [{"type": "text", "value": "x"}, {"type": "text", "value": "y"}], "labels": LABELS} | changes
    return {name: value for name, value in fields.items() if value is not None}


class FakeSession:
    """A session that answers with the first label and records its calls."""

    def __init__(self):
        self.calls = []
        self.failures = {}
        self.unknown = {}
        self.error = None
        self.gate = None
        self.images_in_turn = []

    async def classify(self, question, values, image_limit=None):
        self.calls.append((question, list(values)))
        await asyncio.gather(*[self._read(image_limit) for _ in values]) if image_limit else await self._wait()
        if self.error is not None:
            raise self.error
        name = question.labels.names[0]
        return Reply(
            [[name] if question.multiple else name for _ in values], failures=self.failures, unknown=self.unknown
        )

    async def _read(self, image_limit):
        async with image_limit():
            self.images_in_turn.append(None)
            await self._wait()
            self.images_in_turn.pop()

    async def _wait(self):
        if self.gate is not None:
            await self.gate.wait()


@dataclass
class HTTPReply:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def message(self):
        assert self.json.keys() == {"success", "message"}
        assert self.json["success"] is False
        return self.json["message"]


@dataclass
class Clock:
    now: float = 1_000.5

    def __call__(self):
        return self.now


@dataclass
class Service:
    """The application, its engine, its files and its clock."""

    files: FileStore
    clock: Clock
    key: str | None = None
    rate: int = 0
    session: FakeSession = field(default_factory=FakeSession)

    def __post_init__(self):
        limiter = FixedWindowRateLimiter(self.rate, self.clock)
        self.app = build(
            Sessions(self.session, self.session, self.session), self.files, key=self.key, rate_limiter=limiter
        )

    def ask(self, method, path, content=b"", **headers):
        return asyncio.run(self.exchange(method, path, content, **headers))

    def classify(self, content=None, **headers):
        return self.ask(
            "POST", "/v1/classification", json.dumps(body() if content is None else content).encode(), **headers
        )

    async def exchange(self, method, path, content=b"", **headers):
        """Send one request and return its response.

        A list as content is sent in parts; underscores in names of headers become hyphens; None removes a header.
        """
        path, _, query = path.partition("?")
        given = {"host": "127.0.0.1:8808", "content-type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        parts = list(content) if isinstance(content, list) else [content]
        scope = {
            "type": "http", "http_version": "1.1", "method": method, "scheme": "http", "path": path, "root_path": "",
            "raw_path": path.encode(), "query_string": query.encode(), "client": ("127.0.0.1", 1), "state": {},
            "headers": [(k.encode(), v.encode("latin-1")) for k, v in given.items() if v is not None],
        }  # fmt: skip
        sent = []

        async def receive():
            if not parts or parts[0] is None:
                await asyncio.Event().wait()  # like a server that waits for the client's next bytes
            part = parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(parts)}

        async def send(message):
            sent.append(message)

        await asyncio.wait_for(self.app(scope, receive, send), 30)
        head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return HTTPReply(sent[0]["status"], head, b"".join(m.get("body", b"") for m in sent[1:]))
