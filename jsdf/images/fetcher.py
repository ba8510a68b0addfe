"""Fetch images from URLs, files, `data:` URIs or memory; concurrent requests for one URL share a download."""

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

#: Ports of untrusted URLs: those of HTTP and HTTPS and their usual alternatives. Any other would let a client scan
#: the server's network for open ports, or reach services that are not HTTP.
UNTRUSTED_PORTS = (80, 443, 8080, 8443)


class _SharedDownload:
    """Download in progress, and the number of callers that await it."""

    def __init__(self, task: asyncio.Task[bytes | ImageError]) -> None:
        self.task, self.waiter_count = task, 0


class Fetcher:
    """Reader of images from any source: `async with Fetcher() as fetcher: await fetcher.read(value)`.

    Args:
        untrusted: True for values from a client of a server: only public `http(s)` URLs and `data:` URIs are
            read. Bytes, PIL images and arrays, which no client can send, are returned as they are.
        limits: Maximum sizes and duration.
        concurrency: Maximum downloads and file reads at once.
        resolve: Host and port -> IP addresses; None for the system's resolver.
        is_public: True for an IP address from which an untrusted URL, or a redirect of a public host, may be
            downloaded.
        ports: Ports allowed in untrusted URLs.
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
        self._network_options = (resolve, is_public, ports)
        self._semaphore = asyncio.Semaphore(concurrency)
        self._downloader: Downloader | None = None
        self._shared_downloads: dict[str, _SharedDownload] = {}

    async def __aenter__(self) -> Fetcher:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel downloads in progress, and close the connections."""
        tasks = [shared.task for shared in self._shared_downloads.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        downloader, self._downloader = self._downloader, None
        if downloader is not None:
            await downloader.aclose()

    async def read(self, value: Any) -> bytes | Image.Image | npt.NDArray[Any]:
        """Return the content of an image, for `open_picture`.

        Args:
            value: An image in any form that `source_kind` accepts. A URL that several callers read at once is
                downloaded once.

        Returns:
            Bytes of the file; or the value itself if it is bytes, a PIL image or an array.

        Raises:
            ImageError: The image cannot be read, is too large, is not allowed, or a URL did not return an
                image; the message says which.
        """
        kind = self._source_kind(value)
        if kind == "address":
            return await self._download_once(str(value).strip())
        if kind == "data":
            return read_data(str(value).strip(), self._limits)
        if kind == "path":
            async with self._semaphore:
                return await asyncio.to_thread(read_file, value, self._limits)
        result: bytes | Image.Image | npt.NDArray[np.generic] = bytes(value) if kind == "bytes" else value
        return result

    def _source_kind(self, value: Any) -> SourceKind:
        try:
            kind = source_kind(value)
        except ImageError:
            if not (self._untrusted and isinstance(value, str)):
                raise
            kind = "path"
        if self._untrusted and kind == "path" and isinstance(value, (str, PurePath)):
            raise ImageError("only http:// and https:// URLs and data: URIs are allowed here", "forbidden")
        return kind

    async def _download_once(self, url: str) -> bytes:
        shared = self._shared_downloads.get(url)
        if shared is None:
            shared = self._shared_downloads[url] = _SharedDownload(asyncio.create_task(self._download(url)))
        shared.waiter_count += 1
        try:
            # Shielded, so that a caller that is cancelled does not cancel the download of the others.
            outcome = await asyncio.shield(shared.task)
        finally:
            shared.waiter_count -= 1
            if not shared.waiter_count:
                shared.task.cancel()
                if self._shared_downloads.get(url) is shared:
                    del self._shared_downloads[url]
        if isinstance(outcome, ImageError):  # a new exception for each caller, since raising adds to its traceback
            raise ImageError(str(outcome), outcome.code)
        return outcome

    async def _download(self, url: str) -> bytes | ImageError:
        async with self._semaphore:
            try:
                return await self._get_downloader().get(url)
            except ImageError as error:
                return error

    def _get_downloader(self) -> Downloader:
        """Return the downloader, created for the first URL: importing httpx and loading certificates is slow."""
        if self._downloader is None:
            from jsdf.images.download import Downloader
            from jsdf.images.ssrf_guard import resolve

            resolver, is_public, ports = self._network_options
            self._downloader = Downloader(
                untrusted=self._untrusted,
                limits=self._limits,
                resolve=resolver or resolve,
                is_public=is_public,
                ports=ports,
            )
        return self._downloader
