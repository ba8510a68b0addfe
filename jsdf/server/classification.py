"""Requests that were let in -> the local engine -> the contract's answers."""

from __future__ import annotations

import asyncio
import base64
import math
import time
import uuid
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from jsdf.errors import InvalidInputError, InvalidLabelsError
from jsdf.labels import LabelSet
from jsdf.labels.label_set import LabelClass
from jsdf.server.errors import RequestRejected
from jsdf.server.limits import MAX_PICTURES, MAX_WAITING, PICTURE_REQUESTS
from jsdf.server.middleware import TEMP_URL_PREFIX
from jsdf.server.request_body import is_busy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from jsdf.engines.base import Session
    from jsdf.server.file_store import FileStore, StoredUpload
    from jsdf.server.validation import ValidatedRequest

FILE_URL_PREFIX = "/v1/store/file/read/"
_GONE = "the temporary address has expired, or its file was deleted; upload the picture again"


class ClassificationHandler:
    """Answers any number of requests at once; the engine's session brings their texts together.

    Args:
        session: Of the local engine, on behalf of guests.
        files: Pictures that clients have uploaded, which are never fetched over HTTP.
    """

    def __init__(self, session: Session, files: FileStore) -> None:
        self._session, self._files = session, files
        self._waiting = 0
        self._pictures = asyncio.Semaphore(PICTURE_REQUESTS)

    async def answer(self, asked: ValidatedRequest, host: str) -> dict[str, Any]:
        """The body of a response.

        Args:
            asked: What is asked.
            host: Host and port that the client knows this server by.

        Raises:
            Refused: 422 where a picture or the labels are no use, 503 where too much waits already.
        """
        began = time.perf_counter()
        async with self._admit(len(asked.values)):
            predictions = await self._predict(asked, host)
        usage = _usage(asked, predictions, time.perf_counter() - began)
        return {"success": True, "predictions": predictions, "_usage": usage, "log_id": uuid.uuid4().hex}

    @asynccontextmanager
    async def _admit(self, samples: int) -> AsyncIterator[None]:
        if self._waiting + samples > MAX_WAITING:
            raise is_busy()
        self._waiting += samples
        try:
            yield
        finally:
            self._waiting -= samples

    async def _predict(self, asked: ValidatedRequest, host: str) -> list[Any]:
        shown = any(member.type == "image" for cls in asked.question.labels.classes for member in cls.members)
        try:
            if not shown and asked.question.kind == "text":
                return await self._ask(asked, asked.values)
            async with self._pictures:
                pictures = _StoredImages(self._files, host)
                question = replace(asked.question, labels=pictures.in_labels(asked.question.labels))
                values = pictures.of(asked.values) if question.kind == "image" else asked.values
                return await self._ask(replace(asked, question=question), values)
        except (InvalidLabelsError, InvalidInputError) as error:
            raise RequestRejected(422, str(error)) from None

    async def _ask(self, asked: ValidatedRequest, values: Sequence[Any]) -> list[Any]:
        reply = await self._session.classify(asked.question, values)
        if reply.failures:
            first = min(reply.failures)
            more = f" (and {len(reply.failures) - 1} more)" if len(reply.failures) > 1 else ""
            raise RequestRejected(422, f"dataset[{first}].value: {reply.failures[first]}{more}")
        return list(reply.predictions)


class _StoredImages:
    """Addresses of this server's own -> what is stored there, for one request."""

    def __init__(self, files: FileStore, host: str) -> None:
        self._files, self._host, self._left = files, host, MAX_PICTURES

    def of(self, values: Sequence[str]) -> list[str | bytes]:
        """Samples, with the bytes of those that are stored here."""
        found: list[str | bytes] = []
        for i, value in enumerate(values):
            content = self._content(f"dataset[{i}].value", value)
            found.append(value if content is None else content)
        return found

    def in_labels(self, labels: LabelSet) -> LabelSet:
        """Labels, with example images that are stored here as `data:` URIs; their names stay."""
        classes = []
        for cls in labels.classes:
            members = [
                m if m.type == "text" else replace(m, key=cls.name, value=self._inline(cls.name, m.value))
                for m in cls.members
            ]
            classes.append(LabelClass(cls.name, tuple(members)))
        return LabelSet(tuple(classes))

    def _inline(self, name: str, value: str) -> str:
        content = self._content(f"the label {name[:40]!a}", value)
        return value if content is None else f"data:image/*;base64,{base64.b64encode(content).decode()}"

    def _content(self, where: str, value: str) -> bytes | None:
        stored = self._stored(where, value)
        if stored is None:
            return None
        self._left -= stored.size
        if self._left < 0:
            raise RequestRejected(
                422, f"{where}: the request's stored pictures have over {MAX_PICTURES:,} bytes; ask in parts"
            )
        try:
            return stored.path.read_bytes()
        except OSError:
            raise RequestRejected(422, f"{where}: {_GONE}") from None

    def _stored(self, where: str, value: str) -> StoredUpload | None:
        """The file behind an address of this server, None for somebody else's."""
        try:
            address = urlsplit(value)
        except ValueError:
            return None
        if address.path.startswith(TEMP_URL_PREFIX):
            stored = self._files.open_temp_url(address.path[len(TEMP_URL_PREFIX) :])
            if stored is None and address.netloc == self._host:
                raise RequestRejected(422, f"{where}: {_GONE}")
            return stored
        if address.netloc == self._host and address.path.startswith(FILE_URL_PREFIX):
            return self._files.find(unquote(address.path[len(FILE_URL_PREFIX) :]))
        return None


def _usage(asked: ValidatedRequest, predictions: Sequence[Any], seconds: float) -> dict[str, int]:
    """What a request is said to have cost: an estimate in the service's terms, since nothing is paid here."""
    labels = [part for cls in asked.question.labels.classes for m in cls.members for part in (m.value, m.text) if part]
    pictures = asked.question.kind == "image"
    read = len(asked.values) if pictures else sum(map(_tokens, asked.values))
    said = sum(_tokens(name) for one in predictions for name in ([one] if isinstance(one, str) else one))
    counts = {
        "input_tokens": read + sum(map(_tokens, labels)),
        "output_tokens": said,
        "inference_time_tokens": math.ceil(seconds * 1000),
    }
    return {**counts, "total_tokens": sum(counts.values())}


def _tokens(text: str) -> int:
    """About one for four characters; one for an image, however its address is spelt."""
    return 1 if text[:5].lower() == "data:" or "://" in text[:8] else math.ceil(len(text) / 4)
