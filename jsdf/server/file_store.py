"""The file store: files in a temporary directory, by key, and by temporary addresses that nobody can guess."""

from __future__ import annotations

import re
import secrets
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from jsdf.server.errors import RequestRejected, quote_json
from jsdf.server.limits import MAX_COUNT, MAX_FILE, MAX_FILE_KEY, MAX_FILES, URL_LIFETIME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_MEDIA_TYPE = re.compile(r"[\w!#$&^.+-]{1,80}/[\w!#$&^.+-]{1,80}(; ?[\w-]{1,20}=[\w.-]{1,40})?", re.ASCII)
_ANY = "application/octet-stream"


@dataclass
class StoredUpload:
    """A file: where it lies, under a name of the server's own, and what was said of it."""

    path: Path
    size: int = 0
    content_type: str = _ANY
    #: Its temporary addresses' secret parts, each with the end of its life in monotonic seconds.
    tokens: dict[str, float] = field(default_factory=dict)


class IncomingUpload:
    """A file that is being uploaded."""

    def __init__(self, stored: StoredUpload, out: BinaryIO, store: FileStore) -> None:
        self.stored, self._out, self._store = stored, out, store

    def write(self, chunk: bytes) -> None:
        """Add to it.

        Raises:
            Refused: 413.
        """
        if self.stored.size + len(chunk) > MAX_FILE:
            raise RequestRejected(413, f"the file has more than {MAX_FILE:,} bytes; upload a smaller one")
        self._store.reserve(len(chunk))
        self.stored.size += len(chunk)
        self._out.write(chunk)


class FileStore:
    """What is stored now. One event loop at a time may use it.

    Args:
        folder: Where files lie; whoever made it removes it.
        most: Bytes of all files, those included that are being uploaded.
        clock: Monotonic seconds.
    """

    def __init__(self, folder: Path, most: int = MAX_FILES, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder, self._most, self._clock = folder, most, clock
        self._files: dict[str, StoredUpload] = {}
        self._lent: dict[str, StoredUpload] = {}
        self.bytes, self.count = 0, 0

    @contextmanager
    def start_upload(self) -> Iterator[IncomingUpload]:
        """Take in a file that is kept if `save` is called before the end."""
        if self.count >= MAX_COUNT:
            raise RequestRejected(413, f"the file store holds {self.count:,} files; delete some")
        self.count += 1
        stored = StoredUpload(self._folder / secrets.token_hex(16))
        try:
            with stored.path.open("xb") as out:
                yield IncomingUpload(stored, out, self)
        finally:
            if stored not in self._files.values():
                self._remove(stored)

    def reserve(self, count: int) -> None:
        """Make room for so many bytes.

        Raises:
            Refused: 413.
        """
        if self.bytes + count > self._most:
            raise RequestRejected(413, f"the file store would hold more than {self._most:,} bytes; delete some files")
        self.bytes += count

    def save(self, incoming: IncomingUpload, key: str | None, content_type: str, *, overwrite: bool) -> str:
        """Give a file its key; None for one that is made up.

        Returns:
            The key.

        Raises:
            Refused: 409 where the key is taken, 422 where it is none.
        """
        name = f"file-{secrets.token_hex(8)}" if key is None else _checked(key)
        if name in self._files and not overwrite:
            raise RequestRejected(
                409, f"there is a file with the key {quote_json(name)}; pass overwrite=true to replace it"
            )
        if name in self._files:
            self._remove(self._files.pop(name))
        incoming.stored.content_type = content_type if _MEDIA_TYPE.fullmatch(content_type) else _ANY
        self._files[name] = incoming.stored
        return name

    def find(self, key: str) -> StoredUpload:
        """The file of this key.

        Raises:
            Refused: 404.
        """
        if key not in self._files:
            raise RequestRejected(404, f"there is no file with the key {quote_json(key)}; upload it first")
        return self._files[key]

    def delete(self, key: str) -> None:
        """Remove a file and its temporary addresses.

        Raises:
            Refused: 404.
        """
        self._remove(self.find(key))
        del self._files[key]

    def create_temp_url(self, key: str) -> str:
        """The secret part of a new temporary address."""
        token, stored = secrets.token_urlsafe(32), self.find(key)
        stored.tokens[token] = self._clock() + URL_LIFETIME
        self._lent[token] = stored
        return token

    def open_temp_url(self, token: str) -> StoredUpload | None:
        """The file of a temporary address, None where it has expired or never was."""
        stored = self._lent.get(token)
        if stored is None or stored.tokens[token] <= self._clock():
            return None
        return stored

    def _remove(self, stored: StoredUpload) -> None:
        for token in stored.tokens:
            self._lent.pop(token, None)
        self.bytes, self.count = self.bytes - stored.size, self.count - 1
        with suppress(OSError):  # a file that is being read cannot be removed on Windows
            stored.path.unlink()


def _checked(key: str) -> str:
    """Refuse keys that no address can hold as they are; files lie under other names in any case."""
    if not 1 <= len(key) <= MAX_FILE_KEY:
        raise RequestRejected(422, f"key has {len(key)} characters; pass 1 to {MAX_FILE_KEY}")
    if not key.isprintable() or "\\" in key or any(part in ("", ".", "..") for part in key.split("/")):
        raise RequestRejected(422, f"key is {quote_json(key)}; pass printable characters, without '..' and empty parts")
    return key
