"""Upload images that have no public URL to the service's file store, and remove them after use.

Each image is shrunk, stripped of its metadata, and uploaded once per content under a random name that cannot
be guessed; it gets a temporary public URL. It is removed soon after its last request, and at the latest when
the run ends, also after an error or an interrupt.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, TypeVar

from jsdf.engines.hosted.public_images import is_public_url
from jsdf.engines.hosted.responses import parse_removal, parse_upload
from jsdf.errors import APIError, AuthenticationError, ImageError, RateLimitError, TransientError
from jsdf.images import Fetcher, open_with_note, to_jpeg

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

    from jsdf.engines.base import SendRequest
    from jsdf.engines.hosted.connection import HTTPConnection

T = TypeVar("T")

#: Pixels of the longer side after shrinking; classifiers use fewer.
MAX_SIDE = 1024
#: Seconds for which a URL is used. The service keeps it for ten minutes, and a request may wait for two.
_URL_LIFETIME = 420.0
#: Unused uploads that are kept: requests that are split or need another round use them again.
_MAX_IDLE = 128
#: Seconds to wait for pending uploads, and again for removals, when the run ends; and in all once it is cancelled.
_CLEANUP_TIMEOUT, _CANCELLED_CLEANUP_TIMEOUT = 60.0, 5.0


@dataclass(eq=False)
class Upload:
    """Image in the file store.

    Attributes:
        key: Name in the file store.
        url: Temporary public URL.
        created: Time of the upload in monotonic seconds.
        users: Number of requests that use the URL.
    """

    key: str
    url: str
    created: float
    users: int = 0


class Uploads:
    """Uploads of one run, shared by its requests.

    Args:
        connection: Connection to the service.
        concurrency: Images that are opened at once, and file requests in flight at once.
        clock: Monotonic time in seconds.
    """

    def __init__(
        self, connection: HTTPConnection, concurrency: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        #: Keys that are or may be in the file store; after `close`, those that could not be removed.
        self.remaining: set[str] = set()
        self._connection, self._clock = connection, clock
        self._run_id, self._upload_count = secrets.token_hex(8), 0
        self._fetcher = Fetcher(concurrency=concurrency)
        self._prepare_limit, self._request_limit = asyncio.Semaphore(concurrency), asyncio.Semaphore(concurrency)
        self._digests: dict[Hashable, str] = {}
        self._notes: dict[Hashable, str] = {}
        self._uploads: dict[str, asyncio.Task[Upload]] = {}
        self._idle: OrderedDict[str, Upload] = OrderedDict()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._in_transfer: set[str] = set()  # keys that are being uploaded or removed
        self._send: SendRequest | None = None

    async def acquire(self, value: Any, send: SendRequest) -> tuple[str, Callable[[], None]]:
        """Return a URL that the service can fetch, and a function to call once it is no longer needed.

        Args:
            value: An image in any form; a public URL is returned unchanged.
            send: Sends an upload.

        Raises:
            ImageError: The image cannot be opened, or the file store refuses it.
            APIError: An error that stops the run.
        """
        if is_public_url(value):
            return value, lambda: None
        self._send = send
        upload = await self._upload(value, send)
        upload.users += 1
        self._idle.pop(upload.key, None)
        return upload.url, lambda: self._release(upload)

    def note(self, value: Any) -> str | None:
        """Return a note on how an image was read that `acquire` has uploaded; None if there is nothing to say."""
        return self._notes.get(_name(value))

    async def _upload(self, value: Any, send: SendRequest) -> Upload:
        """Return the upload of a value: an existing one, one in progress, or a new one."""
        name = _name(value)
        task = self._uploads.get(self._digests.get(name, ""))
        if task is not None and not self._is_stale(task):
            return await asyncio.shield(task)
        async with self._prepare_limit:
            content = await self._fetcher.read(value)
            jpeg, note = await asyncio.to_thread(_to_jpeg, content)
            if note is not None:
                self._notes[name] = note
            digest = self._digests[name] = blake2b(jpeg, digest_size=16).hexdigest()
            if digest not in self._uploads or self._is_stale(self._uploads[digest]):
                # A separate task: once sent, an upload must complete and be recorded even if its request is cancelled.
                self._uploads[digest] = self._start_task(self._store(digest, jpeg, send))
            return await asyncio.shield(self._uploads[digest])

    def _is_stale(self, task: asyncio.Task[Upload]) -> bool:
        if not task.done():
            return False
        has_failed = task.cancelled() or task.exception() is not None
        return has_failed or self._clock() - task.result().created > _URL_LIFETIME

    async def _store(self, digest: str, jpeg: bytes, send: SendRequest) -> Upload:
        # The run's ID keeps concurrent runs from removing each other's files. The counter gives the replacement
        # of an expired upload a new name, since requests may still use the old file.
        self._upload_count += 1
        key = f"jsdf-{self._run_id}-{self._upload_count}-{digest}.jpg"
        created = self._clock()
        self._in_transfer.add(key)
        try:
            url = await send(lambda: self._post(key, jpeg))
        except APIError as error:
            if _is_surely_not_stored(error):
                self.remaining.discard(key)
            if _stops_run(error):
                raise
            raise ImageError(f"the file store refused the image: {error}", "unsupported") from None
        finally:
            self._in_transfer.discard(key)
        return Upload(key, url, created)

    async def _post(self, key: str, jpeg: bytes) -> str:
        self.remaining.add(key)
        query = {"key": key, "overwrite": "true", "temp_public_url": "true"}
        return parse_upload(await self._request("POST", "/v1/store/file", params=query, content=jpeg,
                                                headers={"content-type": "image/jpeg"}))  # fmt: skip

    async def _request(self, method: str, path: str, **request: Any) -> Any:
        try:
            async with self._request_limit:  # a separate limit: removals must not wait behind images being opened
                return await self._connection.request(method, path, **request)
        except TransientError as error:
            error.maybe_billed = False  # storing a file costs nothing
            raise

    def _release(self, upload: Upload) -> None:
        upload.users -= 1
        if upload.users == 0:
            self._idle[upload.key] = upload
        while len(self._idle) > _MAX_IDLE:
            self._start_removal(self._idle.popitem(last=False)[0])

    def _start_removal(self, key: str) -> asyncio.Task[None]:
        self._in_transfer.add(key)
        return self._start_task(self._remove(key))

    async def _remove(self, key: str) -> None:
        digest = key.rpartition("-")[2].removesuffix(".jpg")
        if digest in self._uploads and _created_key(self._uploads[digest], key):
            del self._uploads[digest]
        assert self._send is not None  # noqa: S101 - set by the first upload
        try:
            await self._send(lambda: self._delete(key), closing=True)
        except APIError:
            return  # `close` tries again, and the session then reports what remains
        finally:
            self._in_transfer.discard(key)
        self.remaining.discard(key)

    async def _delete(self, key: str) -> None:
        parse_removal(await self._request("DELETE", f"/v1/store/file/read/{key}"))

    def _start_task(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda t: t.cancelled() or t.exception())  # mark the exception as retrieved
        return task

    async def close(self) -> None:
        """Remove all uploads; `remaining` then holds the keys of those that could not be removed.

        A cancellation, as by a second interrupt, leaves five more seconds for removals.
        """
        removing = asyncio.create_task(self._remove_all())
        try:
            await asyncio.shield(removing)
        except asyncio.CancelledError:
            await asyncio.wait([removing], timeout=_CANCELLED_CLEANUP_TIMEOUT)
            raise
        finally:
            for task in [removing, *self._tasks]:
                task.cancel()
            await self._fetcher.__aexit__(None, None, None)

    async def _remove_all(self) -> None:
        # What is uploaded is removed at once, for the run may have little time, and the rest after pending uploads.
        pending = set(self._tasks)
        removals = self._start_removals()
        if pending:
            await asyncio.wait(pending, timeout=_CLEANUP_TIMEOUT)
        removals |= self._start_removals()
        if removals:
            await asyncio.wait(removals, timeout=_CLEANUP_TIMEOUT)

    def _start_removals(self) -> set[asyncio.Task[None]]:
        return {self._start_removal(key) for key in self.remaining - self._in_transfer}


def _name(value: Any) -> Hashable:
    return value if isinstance(value, str) else id(value)  # the caller keeps its values for the whole run


def _to_jpeg(content: Any) -> tuple[bytes, str | None]:
    picture, note = open_with_note(content, max_side=MAX_SIDE)
    return to_jpeg(picture), note


def _created_key(task: asyncio.Task[Upload], key: str) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None and task.result().key == key


def _is_surely_not_stored(error: APIError) -> bool:
    """True if the service refused the file or was not reached. After a 5xx or a lost reply it may be stored."""
    return error.is_unsent or (error.status is not None and 400 <= error.status < 500)


def _stops_run(error: APIError) -> bool:
    concerns_all = isinstance(error, (AuthenticationError, RateLimitError, TransientError))
    return concerns_all or error.is_permanent
