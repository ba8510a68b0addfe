"""Answer validated requests with the local engine, in the format of the API."""

from __future__ import annotations

import math
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from jsdf.errors import InvalidInputError, InvalidLabelsError
from jsdf.server.admission.fair_queue import FairQueue
from jsdf.server.errors import RequestRejected
from jsdf.server.limits import (
    MAX_ACTIVE_UNITS,
    MAX_CLIENT_IMAGE_REQUESTS,
    MAX_CLIENT_IMAGES_READ,
    MAX_CLIENT_LONG_REQUESTS,
    MAX_CLIENT_UNITS,
    MAX_IMAGE_REQUESTS,
    MAX_IMAGES_READ,
    MAX_LONG_REQUESTS,
    MAX_WAITING_IMAGE_REQUESTS,
    MAX_WAITING_IMAGES,
    MAX_WAITING_LONG_REQUESTS,
    MAX_WAITING_UNITS,
    MIN_LONG_UNITS,
    READ_CHARS,
    TEXTS_PER_LABEL,
    UNIT_CHARS,
)
from jsdf.server.stored_images import StoredImages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jsdf.engines.base import Question, Reply
    from jsdf.engines.local.learned.engine import LearnedSession
    from jsdf.engines.local.session import LocalSession
    from jsdf.labels import LabelSet
    from jsdf.server.admission.clients import Client
    from jsdf.server.admission.memory_budget import MemoryShare
    from jsdf.server.file_store import FileStore
    from jsdf.server.validation import ValidatedRequest

#: Sets of labels that count as embedded; the local engine keeps more.
_MAX_KNOWN_LABELS = 32


class Sessions(NamedTuple):
    """Sessions of the local engine, one for each kind of work, so that none waits for the threads of another.

    Attributes:
        texts: For requests with texts.
        long_texts: For requests with texts that take the model about a second or longer.
        images: For requests with images.
    """

    texts: LocalSession | LearnedSession
    long_texts: LocalSession | LearnedSession
    images: LocalSession | LearnedSession


class ClassificationHandler:
    """Handler that answers concurrent requests; the engine's sessions batch their texts together.

    Args:
        sessions: Sessions of the local engine, opened with `untrusted=True`.
        files: The file store with the images that clients uploaded, which are read from disk, not over HTTP.
    """

    def __init__(self, sessions: Sessions, files: FileStore) -> None:
        self._sessions, self._files = sessions, files
        self._known_labels: dict[LabelSet, None] = {}
        self._text_queue = FairQueue(MAX_ACTIVE_UNITS, MAX_WAITING_UNITS, MAX_CLIENT_UNITS)
        self._long_queue = FairQueue(MAX_LONG_REQUESTS, MAX_WAITING_LONG_REQUESTS, MAX_CLIENT_LONG_REQUESTS)
        self._image_queue = FairQueue(MAX_IMAGE_REQUESTS, MAX_WAITING_IMAGE_REQUESTS, MAX_CLIENT_IMAGE_REQUESTS)
        self._download_queue = FairQueue(MAX_IMAGES_READ, MAX_WAITING_IMAGES, MAX_CLIENT_IMAGES_READ)

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
            if has_example_images or request.question.kind == "image":
                return await self._predict_images(request, host, share)
            return await self._predict_texts(request, share.client)
        except (InvalidLabelsError, InvalidInputError) as error:
            raise RequestRejected(422, str(error)) from None

    async def _predict_texts(self, request: ValidatedRequest, client: Client) -> list[Any]:
        labels = request.question.labels
        units = _work_units(request, has_new_labels=labels not in self._known_labels)
        if units >= MIN_LONG_UNITS:
            async with self._long_queue.admit(client, cost=units):
                return await _classify(self._sessions.long_texts, request)
        async with self._text_queue.admit(client, units):
            predictions = await _classify(self._sessions.texts, request)
        self._known_labels.pop(labels, None)
        self._known_labels[labels] = None
        if len(self._known_labels) > _MAX_KNOWN_LABELS:
            del self._known_labels[next(iter(self._known_labels))]
        return predictions

    async def _predict_images(self, request: ValidatedRequest, host: str, share: MemoryShare) -> list[Any]:
        async with self._image_queue.admit(share.client, cost=_image_count(request)):
            images = StoredImages(self._files, host, share)
            question = replace(request.question, labels=await images.in_labels(request.question.labels))
            values = await images.of(request.values) if question.kind == "image" else request.values
            reply = await self._sessions.images.classify(
                question, values, image_limit=lambda: self._download_queue.admit(share.client)
            )
            return _predictions(reply, question)


async def _classify(session: LocalSession | LearnedSession, request: ValidatedRequest) -> list[Any]:
    return _predictions(await session.classify(request.question, request.values), request.question)


def _predictions(reply: Reply, question: Question) -> list[Any]:
    if reply.failures:
        first = min(reply.failures)
        more = f" (and {len(reply.failures) - 1} more)" if len(reply.failures) > 1 else ""
        raise RequestRejected(422, f"dataset[{first}].value: {reply.failures[first]}{more}")
    return _with_reasons(reply, multiple=question.multiple)


def _with_reasons(reply: Reply, *, multiple: bool) -> list[Any]:
    """Return the predictions; that of a sample without a label is the reason, which is none of the labels.

    The API has no place for an error of one sample, and status 422 would fail its neighbours too.
    """
    predictions = list(reply.predictions)
    for position, reason in reply.unknown.items():
        predictions[position] = [reason] if multiple else reason
    return predictions


def _work_units(request: ValidatedRequest, *, has_new_labels: bool) -> int:
    """Estimate the work of a request with texts; the model embeds each set of labels once."""
    units = sum(map(_text_units, request.values))
    if has_new_labels:
        members = [member for cls in request.question.labels.classes for member in cls.members]
        units += TEXTS_PER_LABEL * sum(_text_units(text) for m in members for text in (m.value, m.text) if text)
    return units


def _image_count(request: ValidatedRequest) -> int:
    members = [member for cls in request.question.labels.classes for member in cls.members]
    samples = len(request.values) if request.question.kind == "image" else 0
    return samples + sum(member.type == "image" for member in members)


def _text_units(text: str) -> int:
    return 1 + min(len(text), READ_CHARS) // UNIT_CHARS


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
