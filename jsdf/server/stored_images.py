"""Images of the file store in requests: read from disk, not over HTTP."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlsplit

from anyio import to_thread

from jsdf.labels import LabelSet
from jsdf.labels.label_set import LabelClass
from jsdf.server.errors import RequestRejected
from jsdf.server.limits import MAX_IMAGE_BYTES, MAX_URL
from jsdf.server.middleware import TEMP_URL_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jsdf.server.admission.memory_budget import MemoryShare
    from jsdf.server.file_store import FileStore, StoredUpload

T = TypeVar("T")

FILE_URL_PREFIX = "/v1/store/file/read/"
_FILE_MISSING = "the temporary URL has expired, or its file was deleted; upload the image again"


class StoredImages:
    """The stored images that replace URLs of this server's file store, for one request.

    Args:
        files: The file store.
        host: Host and port by which the client knows this server.
        share: The memory of the request.
    """

    def __init__(self, files: FileStore, host: str, share: MemoryShare) -> None:
        self._files, self._host, self._share, self._bytes_left = files, host, share, MAX_IMAGE_BYTES

    async def of(self, values: Sequence[str]) -> list[str | bytes]:
        """Return the samples, with URLs of stored images replaced by their bytes."""
        samples: list[str | bytes] = []
        for i, value in enumerate(values):
            content = await self._read(f"dataset[{i}].value", value, Path.read_bytes)
            samples.append(value if content is None else content)
        return samples

    async def in_labels(self, labels: LabelSet) -> LabelSet:
        """Return the labels, with URLs of stored images replaced by `data:` URIs. Names of labels stay as they are."""
        classes = []
        for cls in labels.classes:
            members = [
                m if m.type == "text" else replace(m, key=cls.name, value=await self._inline(cls.name, m.value))
                for m in cls.members
            ]
            classes.append(LabelClass(cls.name, tuple(members)))
        return LabelSet(tuple(classes))

    async def _inline(self, name: str, value: str) -> str:
        content = await self._read(f"the label {name[:40]!a}", value, _read_data_uri)
        return value if content is None else content

    async def _read(self, field: str, value: str, read: Callable[[Path], T]) -> T | None:
        """Read the stored file at a URL of this server in a thread; return None for all other URLs."""
        stored = self._find(field, value)
        if stored is None:
            return None
        self._bytes_left -= stored.size
        if self._bytes_left < 0:
            raise RequestRejected(
                422,
                f"{field}: the stored images of the request have more than {MAX_IMAGE_BYTES:,} bytes together; "
                "split the request",
            )
        self._share.take(stored.size)
        try:
            return await to_thread.run_sync(read, stored.path)
        except OSError:
            raise RequestRejected(422, f"{field}: {_FILE_MISSING}") from None

    def _find(self, field: str, value: str) -> StoredUpload | None:
        """Return the stored file at a URL of this server, None for all other URLs."""
        if len(value) > MAX_URL:  # a `data:` URI of megabytes, which `urlsplit` would copy and keep in its cache
            return None
        try:
            url = urlsplit(value)
        except ValueError:
            return None
        if url.path.startswith(TEMP_URL_PREFIX):
            stored = self._files.open_temp_url(url.path[len(TEMP_URL_PREFIX) :])
            if stored is None and url.netloc == self._host:
                raise RequestRejected(422, f"{field}: {_FILE_MISSING}")
            return stored
        if url.netloc == self._host and url.path.startswith(FILE_URL_PREFIX):
            return self._files.find(unquote(url.path[len(FILE_URL_PREFIX) :]))
        return None


def _read_data_uri(path: Path) -> str:
    return f"data:image/*;base64,{base64.b64encode(path.read_bytes()).decode()}"
