"""The fake's file store, in memory: uploads, temporary public addresses, deletions."""

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
    """A file as it was uploaded."""

    body: bytes
    content_type: str
    token: str


class FakeFileStore(Mapping[str, FakeFile]):
    """What is stored now, by key, with counts of what was done.

    Attributes:
        uploads: Files taken in, those that replaced another included.
        reads: Downloads, by key or by a temporary address.
        deletions: Files removed.
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
        """Whether this path is the store's."""
        return path == _UPLOAD or path.startswith((_READ, _PUBLIC))

    @staticmethod
    def is_public(call: IncomingRequest) -> bool:
        """Whether this needs no key: a temporary address is for anybody who has it."""
        return call.path.startswith(_PUBLIC)

    def answer(self, call: IncomingRequest) -> Response:
        """Do what is asked.

        Raises:
            Refused: 404, 405, 409 for a key that is taken, 413 beyond 100 MB.
        """
        with self._lock:
            if call.path == _UPLOAD and call.method == "POST":
                return self._upload(call)
            if call.path.startswith(_READ) and call.method in ("GET", "DELETE"):
                key = unquote(call.path[len(_READ) :])
                return self._delete(key) if call.method == "DELETE" else self._download(key)
            if call.path.startswith(_PUBLIC) and call.method == "GET":
                return self._download(self._key_of(call.path) or "")
        raise ServiceRefusal(405, f"{call.path} does not take {call.method}")

    def content(self, address: str) -> bytes | None:
        """The bytes behind a temporary address; None where it is not one of ours.

        Raises:
            Refused: 422 where it was ours, and the file is gone: the service could not fetch it.
        """
        path = urlsplit(address).path
        if not path.startswith(_PUBLIC):
            return None
        key = self._key_of(path)
        if key is None:
            raise ServiceRefusal(422, "an image could not be fetched")
        return self._files[key].body

    def _upload(self, call: IncomingRequest) -> Response:
        query = {name: values[-1] for name, values in parse_qs(call.query).items()}
        if len(call.body) > _MAX_BYTES:
            raise ServiceRefusal(413, f"a file of {len(call.body)} bytes; at most {_MAX_BYTES} are allowed")
        key = query.get("key") or f"file-{self.uploads}"
        if key in self._files and query.get("overwrite") != "true":
            raise ServiceRefusal(409, "there is a file with this key; pass overwrite=true")
        # A number makes every upload's address its own, as the service's tokens do.
        token = f"{self.uploads}-{quote(key, safe='')}"
        self.uploads += 1
        content_type = call.headers.get("content-type", "application/octet-stream")
        self._files[key] = FakeFile(call.body, content_type, token)
        said: dict[str, object] = {
            "key": key,
            "url": call.origin + _READ + quote(key),
            "size": len(call.body),
        }
        if query.get("temp_public_url") == "true":
            said["temp_public_url"] = call.origin + _PUBLIC + quote(token)
        return send_json(200, {"success": True, **said})

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
