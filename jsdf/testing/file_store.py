"""In-memory file store of the fake: uploads, temporary public URLs, deletions."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

from jsdf.testing.messages import IncomingRequest, Response, ServiceRefusal, send_json

_UPLOAD = "/v1/store/file"
_READ = "/v1/store/file/read/"
_PUBLIC = "/v1/store/temp/"
_MAX_BYTES = 100_000_000


@dataclass(frozen=True)
class FakeFile:
    """An uploaded file."""

    body: bytes
    content_type: str
    token: str


class FakeFileStore(Mapping[str, FakeFile]):
    """A read-only mapping of keys to the stored files, with counters.

    Attributes:
        uploads: Uploads so far, including those that replaced a file.
        reads: Downloads so far, by key or by a temporary URL.
        deletions: Deletions so far.
    """

    def __init__(self) -> None:
        self._files: dict[str, FakeFile] = {}
        self._lock = threading.Lock()
        self.uploads = 0
        self.reads = 0
        self.deletions = 0

    def __getitem__(self, key: str) -> FakeFile:
        return self._files[key]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._files))

    def __len__(self) -> int:
        return len(self._files)

    @staticmethod
    def owns(path: str) -> bool:
        """Return True if a request to this path is for the file store."""
        return path == _UPLOAD or path.startswith((_READ, _PUBLIC))

    @staticmethod
    def is_public(incoming: IncomingRequest) -> bool:
        """Return True for requests to temporary URLs, which need no API key."""
        return incoming.path.startswith(_PUBLIC)

    def answer(self, incoming: IncomingRequest) -> Response:
        """Execute a request and return its response.

        Raises:
            ServiceRefusal: 404 for an unknown file, 405 for another method, 409 for a key in use, 413 for more than
                100 MB.
        """
        with self._lock:
            if incoming.path == _UPLOAD and incoming.method == "POST":
                return self._upload(incoming)
            if incoming.path.startswith(_READ) and incoming.method in ("GET", "DELETE"):
                key = unquote(incoming.path[len(_READ) :])
                return self._delete(key) if incoming.method == "DELETE" else self._download(key)
            if incoming.path.startswith(_PUBLIC) and incoming.method == "GET":
                return self._download(self._key_of(incoming.path) or "")
        raise ServiceRefusal(405, f"{incoming.path} does not take {incoming.method}")

    def content(self, url: str) -> bytes | None:
        """Return the bytes of the file at a temporary URL, None for any other URL.

        Raises:
            ServiceRefusal: 422 where the file was deleted, since the service could not fetch it.
        """
        path = urlsplit(url).path
        if not path.startswith(_PUBLIC):
            return None
        key = self._key_of(path)
        if key is None:
            raise ServiceRefusal(422, "an image could not be fetched")
        return self._files[key].body

    def _upload(self, incoming: IncomingRequest) -> Response:
        query = {name: values[-1] for name, values in parse_qs(incoming.query).items()}
        if len(incoming.body) > _MAX_BYTES:
            raise ServiceRefusal(413, f"a file of {len(incoming.body)} bytes; at most {_MAX_BYTES} are allowed")
        key = query.get("key") or f"file-{self.uploads}"
        if key in self._files and query.get("overwrite") != "true":
            raise ServiceRefusal(409, "there is a file with this key; pass overwrite=true")
        # The number makes the URL of every upload unique, like the tokens of the service.
        token = f"{self.uploads}-{quote(key, safe='')}"
        self.uploads += 1
        content_type = incoming.headers.get("content-type", "application/octet-stream")
        self._files[key] = FakeFile(incoming.body, content_type, token)
        result: dict[str, object] = {
            "key": key,
            "url": incoming.origin + _READ + quote(key),
            "size": len(incoming.body),
        }
        if query.get("temp_public_url") == "true":
            result["temp_public_url"] = incoming.origin + _PUBLIC + quote(token)
        return send_json(200, {"success": True, **result})

    def _download(self, key: str) -> Response:
        if key not in self._files:
            raise ServiceRefusal(404, "there is no such file")
        self.reads += 1
        return Response(200, self._files[key].body, {"content-type": self._files[key].content_type})

    def _delete(self, key: str) -> Response:
        if self._files.pop(key, None) is None:
            raise ServiceRefusal(404, "there is no such file")
        self.deletions += 1
        return send_json(200, {"success": True})

    def _key_of(self, path: str) -> str | None:
        token = unquote(path[len(_PUBLIC) :])
        return next((key for key, stored in list(self._files.items()) if stored.token == token), None)
