"""The service while a job runs: classification requests, and the uploads that they need."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from jsdf.engines.base import Prepared, Question, Reply
from jsdf.engines.hosted.responses import parse_reply
from jsdf.errors import ImageError
from jsdf.labels import LabelSet, invalid_example_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import TracebackType

    from jsdf.engines.base import SendRequest
    from jsdf.engines.hosted.connection import HTTPConnection
    from jsdf.engines.hosted.uploads import Uploads

#: Uploads and removals that are in flight at once, besides the classification requests.
FILE_CONCURRENCY = 16


class ServiceSession:
    """See `jsdf.engines.base.PreparingSession`.

    Args:
        connection: With room for `FILE_CONCURRENCY` requests more than the engine's concurrency.
    """

    def __init__(self, connection: HTTPConnection) -> None:
        self._connection = connection
        self._uploads: Uploads | None = None
        self._names: dict[str, str] = {}

    async def __aenter__(self) -> ServiceSession:
        return self

    async def __aexit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Remove what was uploaded."""
        if self._uploads is not None:
            await self._uploads.close()

    @property
    def problem(self) -> str | None:
        """What should be told when the run has ended, None for nothing."""
        left = [] if self._uploads is None else sorted(self._uploads.remaining)
        if not left:
            return None
        names = ", ".join(left[:3]) + (", ..." if len(left) > 3 else "")
        images = "1 uploaded image" if len(left) == 1 else f"{len(left):,} uploaded images"
        return f"{images} may still be in the file store, where removing failed: {names}"

    async def classify(self, question: Question, values: Sequence[Any]) -> Reply:
        """Send one request; an example image that was uploaded goes by its label's name again in the reply."""
        reply = parse_reply(await self._connection.request("POST", "/v1/classification", json=_body(question, values)))
        return (
            replace(reply, predictions=[self._rename_predictions(p) for p in reply.predictions])
            if self._names
            else reply
        )

    def _rename_predictions(self, prediction: Any) -> Any:
        if isinstance(prediction, list):
            return [self._rename_predictions(one) for one in prediction]
        return self._names.get(prediction, prediction) if isinstance(prediction, str) else prediction

    async def prepare(self, question: Question, values: Sequence[Any], send: SendRequest) -> Prepared:
        """See `jsdf.engines.base.PreparingSession`: what has no public address gets one for the time being."""
        shown = {m.value: cls.name for cls in question.labels.classes for m in cls.members if m.type == "image"}
        if question.kind == "text" and not shown:
            return Prepared(question, dict(enumerate(values)))
        held: list[Callable[[], None]] = []
        try:
            labels = await self._upload_label_images(question.labels, shown, held, send) if shown else question.labels
            found = await self._public_urls(values, held, send) if question.kind == "image" else values
        except BaseException:
            _release(held)
            raise
        failures = {i: str(address) for i, address in enumerate(found) if isinstance(address, ImageError)}
        sendable = {i: address for i, address in enumerate(found) if i not in failures}
        return Prepared(replace(question, labels=labels), sendable, failures, lambda: _release(held))

    async def _upload_label_images(
        self, labels: LabelSet, shown: dict[str, str], held: list[Callable[[], None]], send: SendRequest
    ) -> LabelSet:
        """The same labels with public addresses for their example images."""
        addresses = dict(zip(shown, await self._public_urls(shown, held, send), strict=True))
        for value, address in addresses.items():
            if isinstance(address, ImageError):
                raise invalid_example_error(shown[value], value, address)
            if address != value:
                self._names[address] = shown[value]
        return LabelSet(
            tuple(
                replace(c, members=tuple(replace(m, value=addresses.get(m.value, m.value)) for m in c.members))
                for c in labels.classes
            )
        )

    async def _public_urls(self, values: Iterable[Any], held: list[Callable[[], None]], send: SendRequest) -> list[Any]:
        """A public address a value, or the `ImageError` that says why there is none."""
        from jsdf.engines.hosted.uploads import Uploads  # it brings Pillow along

        uploads = self._uploads = self._uploads or Uploads(self._connection, FILE_CONCURRENCY)

        async def one(value: Any) -> str:
            address, give_back = await uploads.acquire(value, send)
            held.append(give_back)
            return address

        found = await asyncio.gather(*map(one, values), return_exceptions=True)
        for one_found in found:
            if isinstance(one_found, BaseException) and not isinstance(one_found, ImageError):
                raise one_found
        return found


def _release(held: list[Callable[[], None]]) -> None:
    while held:
        held.pop()()


def _body(question: Question, values: Sequence[Any]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "dataset": [{"type": question.kind, "value": value} for value in values],
        "labels": question.labels.to_json(),
        "multiple_labels": question.multiple,
    }
    if question.task is not None:
        body["task"] = question.task
    return body
