"""Whatever may stand for an image -> its bytes, side by side, each address once."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from pathlib import PurePath
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from jsdf.errors import ImageError
from jsdf.images.files import read_data, read_file
from jsdf.images.ip_addresses import is_public
from jsdf.images.sources import DEFAULT_LIMITS, Limits, SourceKind, source_kind

if TYPE_CHECKING:
    from PIL import Image

    from jsdf.images.download import Downloader
    from jsdf.images.ssrf_guard import IsPublic, Resolve

#: Where guests' images may be: the web's ports and their usual stand-ins. Any other would let them look
#: for open ports, or speak to services that are not HTTP, from the server's address.
UNTRUSTED_PORTS = (80, 443, 8080, 8443)


class _SharedDownload:
    """One download, and how many wait for it."""

    def __init__(self, task: asyncio.Task[bytes | ImageError]) -> None:
        self.task, self.waiting = task, 0


class Fetcher:
    """Gets images from wherever they are: `async with Fetcher() as fetcher: await fetcher.read(value)`.

    Args:
        untrusted: On behalf of a client of a server: nothing but public `http(s)` addresses and `data:` URIs
            is read. Bytes, pictures and arrays, which no client can pass, are given back.
        limits: How much is read, and for how long.
        concurrency: Downloads at once, and files at once.
        resolve: Host and port -> IP addresses; None for the system's resolver.
        is_public: Says which IP addresses a guest's image may come from.
        ports: Those that a guest may name.
    """

    def __init__(
        self,
        *,
        untrusted: bool = False,
        limits: Limits = DEFAULT_LIMITS,
        concurrency: int = 16,
        resolve: Resolve | None = None,
        is_public: IsPublic = is_public,
        ports: Collection[int] = UNTRUSTED_PORTS,
    ) -> None:
        self._untrusted, self._limits = untrusted, limits
        self._network = (resolve, is_public, ports)
        self._slots = asyncio.Semaphore(concurrency)
        self._downloader: Downloader | None = None
        self._shared_downloads: dict[str, _SharedDownload] = {}

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what is under way, and close the connections."""
        tasks = [flight.task for flight in self._shared_downloads.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        downloader, self._downloader = self._downloader, None
        if downloader is not None:
            await downloader.aclose()

    async def read(self, value: Any) -> bytes | Image.Image | npt.NDArray[Any]:
        """Get what `open_picture` opens.

        Args:
            value: As `sort_of` takes. An address that several callers ask for at once is downloaded once.

        Returns:
            A file's bytes; or the value itself, where it is bytes, a PIL image or an array.

        Raises:
            ImageError: There is nothing, it is too large, it may not be asked for, or an address gave no
                image; says which.
        """
        sort = self._source_kind(value)
        if sort == "address":
            return await self._download_once(str(value).strip())
        if sort == "data":
            return read_data(str(value).strip(), self._limits)
        if sort == "path":
            async with self._slots:
                return await asyncio.to_thread(read_file, value, self._limits)
        result: bytes | Image.Image | npt.NDArray[np.generic] = bytes(value) if sort == "bytes" else value
        return result

    def _source_kind(self, value: Any) -> SourceKind:
        try:
            sort = source_kind(value)
        except ImageError:
            if not (self._untrusted and isinstance(value, str)):
                raise
            sort = "path"
        if self._untrusted and sort == "path" and isinstance(value, (str, PurePath)):
            raise ImageError("only http:// and https:// addresses and data: URIs are read here", "forbidden")
        return sort

    async def _download_once(self, address: str) -> bytes:
        flight = self._shared_downloads.get(address)
        if flight is None:
            flight = self._shared_downloads[address] = _SharedDownload(asyncio.create_task(self._download(address)))
        flight.waiting += 1
        try:
            # Shielded, so that a caller who goes takes the download from nobody else.
            outcome = await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting:
                flight.task.cancel()
                if self._shared_downloads.get(address) is flight:
                    del self._shared_downloads[address]
        if isinstance(outcome, ImageError):  # one of its own for each, since tracebacks grow on them
            raise ImageError(str(outcome), outcome.code)
        return outcome

    async def _download(self, address: str) -> bytes | ImageError:
        async with self._slots:
            try:
                return await self._connected().get(address)
            except ImageError as error:
                return error

    def _connected(self) -> Downloader:
        """The clients, made when the first address comes: httpx and certificates take their time."""
        if self._downloader is None:
            from jsdf.images.download import Downloader
            from jsdf.images.ssrf_guard import resolve

            resolver, is_public, ports = self._network
            self._downloader = Downloader(
                untrusted=self._untrusted,
                limits=self._limits,
                resolve=resolver or resolve,
                is_public=is_public,
                ports=ports,
            )
        return self._downloader
