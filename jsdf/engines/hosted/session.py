"""Session of the hosted engine: classification requests, and the uploads that they need."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Prepared, Question, Reply
from jsdf.engines.hosted.responses import parse_reply
from jsdf.errors import ImageError
from jsdf.formatting.text import pluralize
from jsdf.labels import LabelSet, invalid_example_error
from jsdf.utils.failing_files import name_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from jsdf.engines.base import SendRequest
    from jsdf.engines.hosted.connection import HTTPConnection
    from jsdf.engines.hosted.uploads import Uploads

#: Maximum uploads and removals in flight, in addition to the classification requests.
FILE_CONCURRENCY = 16


class ServiceSession:
    """Session with the hosted service; uploads images without a public URL before they are classified.

    Args:
        connection: Connection with capacity for the engine's concurrency plus `FILE_CONCURRENCY` requests.
    """

    def __init__(self, connection: HTTPConnection) -> None:
        self._connection = connection
        self._uploads: Uploads | None = None
        self._label_names: dict[str, str] = {}  # by URL of an uploaded example image

    async def __aenter__(self) -> ServiceSession:
        return self

    async def __aexit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Remove the uploaded images."""
        if self._uploads is not None:
            await self._uploads.close()

    @property
    def problem(self) -> str | None:
        """Warning to show after the run, or None; names uploaded images that could not be removed."""
        remaining = [] if self._uploads is None else sorted(self._uploads.remaining)
        if not remaining:
            return None
        names = ", ".join(remaining[:3]) + (", ..." if len(remaining) > 3 else "")
        images = pluralize(len(remaining), "uploaded image")
        return f"{images} could not be removed and may still be in the file store: {names}"

    async def classify(self, question: Question, values: Sequence[Any]) -> Reply:
        """Send one request; replace URLs of uploaded example images in the reply by the names of their labels."""
        reply = parse_reply(await self._connection.request("POST", "/v1/classification", json=_body(question, values)))
        return (
            replace(reply, predictions=[self._rename_predictions(p) for p in reply.predictions])
            if self._label_names
            else reply
        )

    def _rename_predictions(self, prediction: Any) -> Any:
        if isinstance(prediction, list):
            return [self._rename_predictions(part) for part in prediction]
        return self._label_names.get(prediction, prediction) if isinstance(prediction, str) else prediction

    async def prepare(self, question: Question, values: Sequence[Any], send: SendRequest) -> Prepared:
        """Upload images and example images that have no public URL, as `PreparingSession.prepare`."""
        examples = {m.value: cls.name for cls in question.labels.classes for m in cls.members if m.type == "image"}
        if question.kind == "text" and not examples:
            return Prepared(question, dict(enumerate(values)))
        releases: list[Callable[[], None]] = []
        try:
            labels = question.labels
            if examples:
                labels = await self._upload_label_images(labels, examples, releases, send)
            prepared = await self._public_urls(values, releases, send) if question.kind == "image" else values
        except BaseException:
            _release_all(releases)
            raise
        failures = {i: name_file(values[i], value) for i, value in enumerate(prepared) if isinstance(value, ImageError)}
        sendable = {i: value for i, value in enumerate(prepared) if i not in failures}
        notes = self._notes(values) if question.kind == "image" else {}
        return Prepared(replace(question, labels=labels), sendable, failures, lambda: _release_all(releases), notes)

    def _notes(self, values: Sequence[Any]) -> dict[int, str]:
        noted = {} if self._uploads is None else {i: self._uploads.note(value) for i, value in enumerate(values)}
        return {i: note for i, note in noted.items() if note is not None}

    async def _upload_label_images(
        self, labels: LabelSet, examples: dict[str, str], releases: list[Callable[[], None]], send: SendRequest
    ) -> LabelSet:
        """Return the labels with public URLs for their example images; `examples` maps images to label names."""
        urls = dict(zip(examples, await self._public_urls(examples, releases, send), strict=True))
        for value, url in urls.items():
            if isinstance(url, ImageError):
                raise invalid_example_error(examples[value], value, url)
            if url != value:
                self._label_names[url] = examples[value]
        return LabelSet(
            tuple(
                replace(c, members=tuple(replace(m, value=urls.get(m.value, m.value)) for m in c.members))
                for c in labels.classes
            )
        )

    async def _public_urls(
        self, values: Iterable[Any], releases: list[Callable[[], None]], send: SendRequest
    ) -> list[Any]:
        """Return a public URL for each value, or the `ImageError` of a value that has none."""
        from jsdf.engines.hosted.uploads import Uploads  # imports Pillow

        uploads = self._uploads = self._uploads or Uploads(self._connection, FILE_CONCURRENCY)

        async def acquire(value: Any) -> str:
            url, release = await uploads.acquire(value, send)
            releases.append(release)
            return url

        results = await asyncio.gather(*map(acquire, values), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException) and not isinstance(result, ImageError):
                raise result
        return results


def _release_all(releases: list[Callable[[], None]]) -> None:
    while releases:
        releases.pop()()


def _body(question: Question, values: Sequence[Any]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "dataset": [{"type": question.kind, "value": value} for value in values],
        "labels": question.labels.to_json(),
        "multiple_labels": question.multiple,
    }
    if question.task is not None:
        body["task"] = question.task
    return body
