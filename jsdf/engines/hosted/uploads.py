"""Pictures without a public address, in the service's file store for as long as requests need them.

Each picture is shrunk, freed of its metadata, uploaded once by its content under a name that nobody can
guess, and given a temporary public address. It is removed soon after its last request, and at the latest
when the run ends, however it ends.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jsdf.engines.hosted.responses import parse_removal, parse_upload
from jsdf.errors import APIError, AuthenticationError, ImageError, RateLimitError, TransientError
from jsdf.images import Fetcher, open_picture, source_kind, to_jpeg
from jsdf.images.ip_addresses import is_private_host

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

    from jsdf.engines.base import SendRequest
    from jsdf.engines.hosted.connection import HTTPConnection

#: Pixels of the longest side that is uploaded; a classifier looks at fewer.
MAX_SIDE = 1024
#: Seconds for which an address is used; the service promises ten minutes, and a request may have to wait for two.
_URL_LIFETIME = 420.0
#: Uploads that are kept after their last request, for one that was divided or goes into another round.
_MAX_IDLE = 128
#: Seconds that removing may take when the run ends.
_CLEANUP_TIMEOUT = 60.0
#: Ends of names that no public name server knows (RFC 6761, 6762, 8375, 9476).
_PRIVATE_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test", ".invalid")


@dataclass(eq=False)
class Upload:
    """A picture in the file store.

    Attributes:
        key: Its name there.
        url: Its temporary public address.
        made: When it was uploaded, in monotonic seconds.
        users: Requests that hold its address.
    """

    key: str
    url: str
    made: float
    users: int = 0


class Uploads:
    """The uploads of one run.

    Args:
        connection: To the service.
        at_once: Pictures that are opened, uploaded or removed at once.
        clock: Monotonic seconds.
    """

    def __init__(self, connection: HTTPConnection, at_once: int, clock: Callable[[], float] = time.monotonic) -> None:
        #: What could not be removed, by key.
        self.remaining: set[str] = set()
        self._connection, self._clock = connection, clock
        self._run, self._made = secrets.token_hex(8), 0
        self._fetcher = Fetcher(concurrency=at_once)
        self._prepare_limit, self._request_limit = asyncio.Semaphore(at_once), asyncio.Semaphore(at_once)
        self._digests: dict[Hashable, str] = {}
        self._uploads: dict[str, asyncio.Task[Upload]] = {}
        self._idle: OrderedDict[str, Upload] = OrderedDict()
        self._work: set[asyncio.Task[Any]] = set()
        self._send: SendRequest | None = None

    async def acquire(self, value: Any, send: SendRequest) -> tuple[str, Callable[[], None]]:
        """An address that the service can fetch, and what to call once it need not any more.

        Args:
            value: An image in any form.
            send: Sends an upload.

        Raises:
            ImageError: There is no picture, or the file store refuses it.
            APIError: The service refuses to go on.
        """
        if _is_public_url(value):
            return value, _no_op
        self._send = send
        upload = await self._upload(value, send)
        upload.users += 1
        self._idle.pop(upload.key, None)
        return upload.url, lambda: self._release(upload)

    async def _upload(self, value: Any, send: SendRequest) -> Upload:
        """The upload of a value: the one there is, or one that others wait for too, or a new one."""
        name = value if isinstance(value, str) else id(value)  # the caller keeps its values while the run lasts
        known = self._uploads.get(self._digests.get(name, ""))
        if known is not None and not self._is_stale(known):
            return await asyncio.shield(known)
        async with self._prepare_limit:
            content = await self._fetcher.read(value)
            picture = await asyncio.to_thread(lambda: to_jpeg(open_picture(content, max_side=MAX_SIDE)))
            digest = self._digests[name] = blake2b(picture, digest_size=16).hexdigest()
            if digest not in self._uploads or self._is_stale(self._uploads[digest]):
                # A task of its own: what has left lands, and is known, also when its row is given up.
                self._uploads[digest] = self._start_task(self._store(digest, picture, send))
            return await asyncio.shield(self._uploads[digest])

    def _is_stale(self, task: asyncio.Task[Upload]) -> bool:
        if not task.done():
            return False
        failed = task.cancelled() or task.exception() is not None
        return failed or self._clock() - task.result().made > _URL_LIFETIME

    async def _store(self, digest: str, picture: bytes, send: SendRequest) -> Upload:
        # Two runs at once must not remove each other's, so a run's own number is part of the name.
        # An address that has become old is made anew under another name: the old one's requests may still need it.
        self._made += 1
        key = f"jsdf-{self._run}-{self._made}-{digest}.jpg"
        made = self._clock()
        try:
            url = await send(lambda: self._post(key, picture))
        except APIError as error:
            if _is_surely_not_stored(error):
                self.remaining.discard(key)
            if _stops_the_run(error):
                raise
            raise ImageError(f"the file store refused it: {error}", "unsupported") from None
        return Upload(key, url, made)

    async def _post(self, key: str, picture: bytes) -> str:
        self.remaining.add(key)
        query = {"key": key, "overwrite": "true", "temp_public_url": "true"}
        return parse_upload(await self._exchange("POST", "/v1/store/file", params=query, content=picture,
                                                headers={"content-type": "image/jpeg"}))  # fmt: skip

    async def _exchange(self, method: str, path: str, **request: Any) -> Any:
        try:
            async with self._request_limit:  # removals are not let through by the gate of uploads
                return await self._connection.request(method, path, **request)
        except TransientError as error:
            error.maybe_billed = False  # storing a file costs nothing
            raise

    def _release(self, upload: Upload) -> None:
        upload.users -= 1
        if upload.users == 0:
            self._idle[upload.key] = upload
        while len(self._idle) > _MAX_IDLE:
            self._start_task(self._remove(self._idle.popitem(last=False)[0]))

    async def _remove(self, key: str) -> None:
        digest = key.rpartition("-")[2].removesuffix(".jpg")
        if digest in self._uploads and _created_key(self._uploads[digest], key):
            del self._uploads[digest]
        assert self._send is not None  # noqa: S101 - nothing is there to be removed before the first upload
        try:
            await self._send(lambda: self._delete(key), closing=True)
        except APIError:
            return  # once more when the run ends, and then it is told
        self.remaining.discard(key)

    async def _delete(self, key: str) -> None:
        parse_removal(await self._exchange("DELETE", f"/v1/store/file/read/{key}"))

    def _start_task(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        task.add_done_callback(lambda t: t.cancelled() or t.exception())  # whoever wanted it has been told
        return task

    async def close(self) -> None:
        """Remove everything; `remaining` then has what could not be."""
        if self._work:
            await asyncio.wait(self._work, timeout=_CLEANUP_TIMEOUT)
        removals = [asyncio.create_task(self._remove(key)) for key in self.remaining]
        if removals:
            _, late = await asyncio.wait(removals, timeout=_CLEANUP_TIMEOUT)
            for task in late:
                task.cancel()
        await self._fetcher.__aexit__(None, None, None)


def _created_key(task: asyncio.Task[Upload], key: str) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None and task.result().key == key


def _is_surely_not_stored(error: APIError) -> bool:
    """Whether it is sure: it was refused, or nobody was there. A 5xx or a lost answer may hide a success."""
    nobody = isinstance(error, TransientError) and not error.splittable
    return nobody or (error.status is not None and 400 <= error.status < 500)


def _stops_the_run(error: APIError) -> bool:
    wide = isinstance(error, (AuthenticationError, RateLimitError, TransientError))
    return wide or error.is_permanent


def needs_upload(value: Any) -> bool:
    """Whether the service could not fetch this image by itself; what is no image at all needs none either."""
    try:
        return not _is_public_url(value)
    except ImageError:
        return False


def _is_public_url(value: Any) -> bool:
    return source_kind(value) == "address" and is_public_name(value)


def is_public_name(address: str) -> bool:
    """Whether the service can probably fetch this: not from this machine, nor from a network of the user's own."""
    try:
        host = (urlsplit(address.strip()).hostname or "").rstrip(".")
    except ValueError:  # brackets that hold no address
        return False
    known_to_all = ("." in host or ":" in host) and not host.endswith(_PRIVATE_NAMES)
    return known_to_all and not is_private_host(host)


def _no_op() -> None:
    pass
