"""Answer validated requests with the local engine, in the format of the API."""

from __future__ import annotations

import base64
import math
import time
import uuid
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote, urlsplit

from anyio import to_thread

from jsdf.errors import InvalidInputError, InvalidLabelsError
from jsdf.labels import LabelSet
from jsdf.labels.label_set import LabelClass
from jsdf.server.admission.fair_queue import FairQueue
from jsdf.server.errors import RequestRejected
from jsdf.server.limits import (
    MAX_ACTIVE_SAMPLES,
    MAX_CLIENT_IMAGE_REQUESTS,
    MAX_IMAGE_BYTES,
    MAX_IMAGE_REQUESTS,
    MAX_WAITING_IMAGE_REQUESTS,
    MAX_WAITING_SAMPLES,
)
from jsdf.server.middleware import TEMP_URL_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jsdf.engines.base import Session
    from jsdf.server.admission.memory_budget import MemoryShare
    from jsdf.server.file_store import FileStore, StoredUpload
    from jsdf.server.validation import ValidatedRequest

T = TypeVar("T")

FILE_URL_PREFIX = "/v1/store/file/read/"
_FILE_MISSING = "the temporary URL has expired, or its file was deleted; upload the image again"


class ClassificationHandler:
    """Handler that answers concurrent requests; the engine's session batches their texts together.

    Args:
        session: A session of the local engine, opened with `untrusted=True`.
        files: The file store with the images that clients uploaded, which are read from disk, not over HTTP.
    """

    def __init__(self, session: Session, files: FileStore) -> None:
        self._session, self._files = session, files
        self._text_queue = FairQueue(MAX_ACTIVE_SAMPLES, MAX_WAITING_SAMPLES)
        self._image_queue = FairQueue(MAX_IMAGE_REQUESTS, MAX_WAITING_IMAGE_REQUESTS, MAX_CLIENT_IMAGE_REQUESTS)

    async def answer(self, request: ValidatedRequest, host: str, share: MemoryShare) -> dict[str, Any]:
        """Return the body of the response.

        Args:
            request: The request.
            host: Host and port of the request's URL, by which the client knows this server.
            share: The memory that the request holds, to which its stored images are added.

        Raises:
            RequestRejected: 422 where an image or the labels cannot be used, 503 where too much is waiting.
        """
        began = time.perf_counter()
        predictions = await self._predict(request, host, share)
        usage = _usage(request, predictions, time.perf_counter() - began)
        return {"success": True, "predictions": predictions, "_usage": usage, "log_id": uuid.uuid4().hex}

    async def _predict(self, request: ValidatedRequest, host: str, share: MemoryShare) -> list[Any]:
        classes = request.question.labels.classes
        has_example_images = any(member.type == "image" for cls in classes for member in cls.members)
        try:
            if not has_example_images and request.question.kind == "text":
                async with self._text_queue.admit(share.client, len(request.values)):
                    return await self._classify(request, request.values)
            async with self._image_queue.admit(share.client):
                images = _StoredImages(self._files, host, share)
                question = replace(request.question, labels=await images.in_labels(request.question.labels))
                values = await images.of(request.values) if question.kind == "image" else request.values
                return await self._classify(replace(request, question=question), values)
        except (InvalidLabelsError, InvalidInputError) as error:
            raise RequestRejected(422, str(error)) from None

    async def _classify(self, request: ValidatedRequest, values: Sequence[Any]) -> list[Any]:
        reply = await self._session.classify(request.question, values)
        if reply.failures:
            first = min(reply.failures)
            more = f" (and {len(reply.failures) - 1} more)" if len(reply.failures) > 1 else ""
            raise RequestRejected(422, f"dataset[{first}].value: {reply.failures[first]}{more}")
        return list(reply.predictions)


class _StoredImages:
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


def _usage(request: ValidatedRequest, predictions: Sequence[Any], seconds: float) -> dict[str, int]:
    """Estimate the usage of a request in the service's terms. This server bills nothing."""
    members = [member for cls in request.question.labels.classes for member in cls.members]
    label_texts = [part for member in members for part in (member.value, member.text) if part]
    is_image = request.question.kind == "image"
    sample_tokens = len(request.values) if is_image else sum(map(_token_count, request.values))
    names = [[names] if isinstance(names, str) else names for names in predictions]
    counts = {
        "input_tokens": sample_tokens + sum(map(_token_count, label_texts)),
        "output_tokens": sum(_token_count(name) for row in names for name in row),
        "inference_time_tokens": math.ceil(seconds * 1000),
    }
    return {**counts, "total_tokens": sum(counts.values())}


def _token_count(text: str) -> int:
    """Estimate tokens: one for four characters, one for an image's URL or `data:` URI of any length."""
    return 1 if text[:5].lower() == "data:" or "://" in text[:8] else math.ceil(len(text) / 4)
