"""File store in a temporary directory: files by key, and by temporary URLs that cannot be guessed."""

from __future__ import annotations

import re
import secrets
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from jsdf.server.errors import RequestRejected, quote_json
from jsdf.server.limits import MAX_FILE, MAX_FILE_COUNT, MAX_FILE_KEY, MAX_FILES, URL_LIFETIME_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jsdf.server.admission.clients import Client

_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,80}/[\w!#$&^.+-]{1,80}(; ?[\w-]{1,20}=[\w.-]{1,40})?", re.ASCII)
_DEFAULT_TYPE = "application/octet-stream"


@dataclass
class StoredUpload:
    """A stored file.

    Attributes:
        path: The file on disk, under a random name.
        client: The client that uploads or uploaded it.
        size: Its size in bytes.
        content_type: Its content type, as given at the upload.
        tokens: The tokens of its temporary URLs, each with the time of expiry in monotonic seconds.
    """

    path: Path
    client: Client
    size: int = 0
    content_type: str = _DEFAULT_TYPE
    tokens: dict[str, float] = field(default_factory=dict)


class IncomingUpload:
    """A file that is being uploaded.

    Args:
        stored: The file.
        out: Its content on disk, open for writing.
        store: The file store, which limits the bytes of all files.
    """

    def __init__(self, stored: StoredUpload, out: BinaryIO, store: FileStore) -> None:
        self.stored, self._out, self._store = stored, out, store

    def write(self, chunk: bytes) -> None:
        """Append a chunk to the file.

        Raises:
            RequestRejected: 413 where the file or the store becomes too large.
        """
        if self.stored.size + len(chunk) > MAX_FILE:
            raise RequestRejected(413, f"the file has more than {MAX_FILE:,} bytes; upload a smaller one")
        self._store.reserve(self.stored.client, len(chunk))
        self.stored.size += len(chunk)
        self._out.write(chunk)


class FileStore:
    """The stored files. Not thread-safe: only one event loop may use it.

    A client may use as much of the space, and as many files, as are still free ("dynamic threshold" of shared buffers):
    one client half of it, two clients a third each, so that there is always room for another.

    Args:
        folder: The directory for the files; its creator removes it.
        max_bytes: The maximum size of all files together, including those that are being uploaded.
        clock: Returns monotonic seconds.

    Attributes:
        bytes: The size of all files, including those that are being uploaded.
        count: The number of these files.
    """

    def __init__(self, folder: Path, max_bytes: int = MAX_FILES, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._max_bytes, self._clock = folder, max_bytes, clock
        self._files: dict[str, StoredUpload] = {}
        self._temp_urls: dict[str, StoredUpload] = {}
        self.bytes, self.count = 0, 0
        self._bytes_of: Counter[Client] = Counter()
        self._count_of: Counter[Client] = Counter()

    @contextmanager
    def start_upload(self, client: Client) -> Iterator[IncomingUpload]:
        """Receive a file of a client, which is deleted at the end of the `with` block unless `save` was called."""
        if self.count >= MAX_FILE_COUNT:
            raise RequestRejected(413, f"the file store holds {self.count:,} files; delete some")
        if self._count_of[client] >= MAX_FILE_COUNT - self.count:
            raise RequestRejected(
                413,
                f"this client has {self._count_of[client]:,} files and leaves as few for others; delete some of them",
            )
        stored = StoredUpload(self._folder / secrets.token_hex(16), client)
        self._count(client, 0, 1)
        try:
            with stored.path.open("xb") as out:
                yield IncomingUpload(stored, out, self)
        finally:
            if stored not in self._files.values():
                self._remove(stored)

    def reserve(self, client: Client, count: int) -> None:
        """Reserve space for bytes that a client is about to write.

        Raises:
            RequestRejected: 413 where the store is full, or the client has used its share.
        """
        free, own = self._max_bytes - self.bytes - count, self._bytes_of[client] + count
        if free < 0:
            raise RequestRejected(
                413, f"the file store would hold more than {self._max_bytes:,} bytes; delete some files"
            )
        if own > free:
            raise RequestRejected(
                413,
                f"this client's files would have {own:,} bytes and leave {free:,} for others; delete some of them",
            )
        self._count(client, count, 0)

    def save(self, incoming: IncomingUpload, key: str | None, content_type: str, *, overwrite: bool) -> str:
        """Keep an uploaded file under a key.

        Args:
            incoming: The uploaded file.
            key: The key; None for a random one.
            content_type: The content type of the file; an invalid one becomes `application/octet-stream`.
            overwrite: True to replace an existing file with this key.

        Returns:
            The key.

        Raises:
            RequestRejected: 409 where the key is in use, 422 where it is invalid.
        """
        name = f"file-{secrets.token_hex(8)}" if key is None else _validate_key(key)
        if name in self._files and not overwrite:
            raise RequestRejected(
                409, f"a file with the key {quote_json(name)} exists; pass overwrite=true to replace it"
            )
        if name in self._files:
            self._remove(self._files.pop(name))
        incoming.stored.content_type = content_type if _MEDIA_TYPE.fullmatch(content_type) else _DEFAULT_TYPE
        self._files[name] = incoming.stored
        return name

    def find(self, key: str) -> StoredUpload:
        """Return the file with this key.

        Raises:
            RequestRejected: 404 where there is none.
        """
        if key not in self._files:
            raise RequestRejected(404, f"there is no file with the key {quote_json(key)}; upload it first")
        return self._files[key]

    def delete(self, key: str) -> None:
        """Delete a file and its temporary URLs.

        Raises:
            RequestRejected: 404 where there is no file with this key.
        """
        self._remove(self.find(key))
        del self._files[key]

    def create_temp_url(self, key: str) -> str:
        """Create a temporary URL for a file and return its token."""
        token, stored = secrets.token_urlsafe(32), self.find(key)
        stored.tokens[token] = self._clock() + URL_LIFETIME_SECONDS
        self._temp_urls[token] = stored
        return token

    def open_temp_url(self, token: str) -> StoredUpload | None:
        """Return the file at a temporary URL, None where the URL is unknown or has expired."""
        stored = self._temp_urls.get(token)
        if stored is None or stored.tokens[token] <= self._clock():
            return None
        return stored

    def _remove(self, stored: StoredUpload) -> None:
        for token in stored.tokens:
            self._temp_urls.pop(token, None)
        self._count(stored.client, -stored.size, -1)
        with suppress(OSError):  # Windows does not delete a file that is being read
            stored.path.unlink()

    def _count(self, client: Client, size: int, files: int) -> None:
        self.bytes, self.count = self.bytes + size, self.count + files
        self._bytes_of[client] += size
        self._count_of[client] += files
        if not self._count_of[client]:
            del self._bytes_of[client], self._count_of[client]


def _validate_key(key: str) -> str:
    """Reject keys that do not survive in a URL path. Files on disk have random names, so this is not for security."""
    if not 1 <= len(key) <= MAX_FILE_KEY:
        raise RequestRejected(422, f"key has {len(key)} characters; pass 1 to {MAX_FILE_KEY}")
    if not key.isprintable() or "\\" in key or any(part in ("", ".", "..") for part in key.split("/")):
        raise RequestRejected(422, f"key is {quote_json(key)}; pass printable characters, without '..' and empty parts")
    return key
