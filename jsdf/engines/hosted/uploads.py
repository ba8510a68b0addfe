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

from jsdf.engines.hosted.responses import read_removal, read_upload
from jsdf.errors import APIError, AuthenticationError, ImageError, RateLimitError, TransientError
from jsdf.images import Fetcher, open_picture, sort_of, to_jpeg
from jsdf.images.ip_addresses import is_plainly_private

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Hashable

    from jsdf.engines.base import Send
    from jsdf.engines.hosted.connection import Connection

#: Pixels of the longest side that is uploaded; a classifier looks at fewer.
LONGEST_SIDE = 1024
#: Seconds for which an address is used; the service promises ten minutes, and a request may have to wait for two.
_FRESH = 420.0
#: Uploads that are kept after their last request, for one that was divided or goes into another round.
_IDLE = 128
#: Seconds that removing may take when the run ends.
_FAREWELL = 60.0
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

    def __init__(self, connection: Connection, at_once: int, clock: Callable[[], float] = time.monotonic) -> None:
        #: What could not be removed, by key.
        self.left: set[str] = set()
        self._connection, self._clock = connection, clock
        self._run, self._made = secrets.token_hex(8), 0
        self._fetcher = Fetcher(concurrency=at_once)
        self._gate, self._door = asyncio.Semaphore(at_once), asyncio.Semaphore(at_once)
        self._digests: dict[Hashable, str] = {}
        self._making: dict[str, asyncio.Task[Upload]] = {}
        self._idle: OrderedDict[str, Upload] = OrderedDict()
        self._work: set[asyncio.Task[Any]] = set()
        self._send: Send | None = None

    async def take(self, value: Any, send: Send) -> tuple[str, Callable[[], None]]:
        """An address that the service can fetch, and what to call once it need not any more.

        Args:
            value: An image in any form.
            send: Sends an upload.

        Raises:
            ImageError: There is no picture, or the file store refuses it.
            APIError: The service refuses to go on.
        """
        if _goes_as_it_is(value):
            return value, _nothing
        self._send = send
        upload = await self._upload(value, send)
        upload.users += 1
        self._idle.pop(upload.key, None)
        return upload.url, lambda: self._give_back(upload)

    async def _upload(self, value: Any, send: Send) -> Upload:
        """The upload of a value: the one there is, or one that others wait for too, or a new one."""
        name = value if isinstance(value, str) else id(value)  # the caller keeps its values while the run lasts
        known = self._making.get(self._digests.get(name, ""))
        if known is not None and not self._is_stale(known):
            return await asyncio.shield(known)
        async with self._gate:
            content = await self._fetcher.read(value)
            picture = await asyncio.to_thread(lambda: to_jpeg(open_picture(content, longest=LONGEST_SIDE)))
            digest = self._digests[name] = blake2b(picture, digest_size=16).hexdigest()
            if digest not in self._making or self._is_stale(self._making[digest]):
                # A task of its own: what has left lands, and is known, also when its row is given up.
                self._making[digest] = self._begin(self._store(digest, picture, send))
            return await asyncio.shield(self._making[digest])

    def _is_stale(self, task: asyncio.Task[Upload]) -> bool:
        if not task.done():
            return False
        failed = task.cancelled() or task.exception() is not None
        return failed or self._clock() - task.result().made > _FRESH

    async def _store(self, digest: str, picture: bytes, send: Send) -> Upload:
        # Two runs at once must not remove each other's, so a run's own number is part of the name.
        # An address that has become old is made anew under another name: the old one's requests may still need it.
        self._made += 1
        key = f"jsdf-{self._run}-{self._made}-{digest}.jpg"
        made = self._clock()
        try:
            url = await send(lambda: self._post(key, picture))
        except APIError as error:
            if _stored_nothing(error):
                self.left.discard(key)
            if _stops_the_run(error):
                raise
            raise ImageError(f"the file store refused it: {error}", "unsupported") from None
        return Upload(key, url, made)

    async def _post(self, key: str, picture: bytes) -> str:
        self.left.add(key)
        query = {"key": key, "overwrite": "true", "temp_public_url": "true"}
        return read_upload(await self._exchange("POST", "/v1/store/file", params=query, content=picture,
                                                headers={"content-type": "image/jpeg"}))  # fmt: skip

    async def _exchange(self, method: str, path: str, **request: Any) -> Any:
        try:
            async with self._door:  # removals are not let through by the gate of uploads
                return await self._connection.exchange(method, path, **request)
        except TransientError as error:
            error.maybe_billed = False  # storing a file costs nothing
            raise

    def _give_back(self, upload: Upload) -> None:
        upload.users -= 1
        if upload.users == 0:
            self._idle[upload.key] = upload
        while len(self._idle) > _IDLE:
            self._begin(self._remove(self._idle.popitem(last=False)[0]))

    async def _remove(self, key: str) -> None:
        digest = key.rpartition("-")[2].removesuffix(".jpg")
        if digest in self._making and _made_it(self._making[digest], key):
            del self._making[digest]
        assert self._send is not None  # noqa: S101 - nothing is there to be removed before the first upload
        try:
            await self._send(lambda: self._delete(key), closing=True)
        except APIError:
            return  # once more when the run ends, and then it is told
        self.left.discard(key)

    async def _delete(self, key: str) -> None:
        read_removal(await self._exchange("DELETE", f"/v1/store/file/read/{key}"))

    def _begin(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        task.add_done_callback(lambda t: t.cancelled() or t.exception())  # whoever wanted it has been told
        return task

    async def close(self) -> None:
        """Remove everything; `left` then has what could not be."""
        if self._work:
            await asyncio.wait(self._work, timeout=_FAREWELL)
        removals = [asyncio.create_task(self._remove(key)) for key in self.left]
        if removals:
            _, late = await asyncio.wait(removals, timeout=_FAREWELL)
            for task in late:
                task.cancel()
        await self._fetcher.__aexit__(None, None, None)


def _made_it(task: asyncio.Task[Upload], key: str) -> bool:
    return task.done() and not task.cancelled() and task.exception() is None and task.result().key == key


def _stored_nothing(error: APIError) -> bool:
    """Whether it is sure: it was refused, or nobody was there. A 5xx or a lost answer may hide a success."""
    nobody = isinstance(error, TransientError) and not error.splittable
    return nobody or (error.status is not None and 400 <= error.status < 500)


def _stops_the_run(error: APIError) -> bool:
    wide = isinstance(error, (AuthenticationError, RateLimitError, TransientError))
    return wide or error.is_permanent


def needs_upload(value: Any) -> bool:
    """Whether the service could not fetch this image by itself; what is no image at all needs none either."""
    try:
        return not _goes_as_it_is(value)
    except ImageError:
        return False


def _goes_as_it_is(value: Any) -> bool:
    return sort_of(value) == "address" and is_public_name(value)


def is_public_name(address: str) -> bool:
    """Whether the service can probably fetch this: not from this machine, nor from a network of the user's own."""
    try:
        host = (urlsplit(address.strip()).hostname or "").rstrip(".")
    except ValueError:  # brackets that hold no address
        return False
    known_to_all = ("." in host or ":" in host) and not host.endswith(_PRIVATE_NAMES)
    return known_to_all and not is_plainly_private(host)


def _nothing() -> None:
    pass
