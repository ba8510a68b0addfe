"""Thumbnails for displays: images are read and shrunk concurrently, and the results cached."""

from __future__ import annotations

import asyncio
import base64
import io
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any

from jsdf.errors import ImageError
from jsdf.utils.fingerprint import fingerprint
from jsdf.utils.paths import is_path, local_path

#: Maximum pixels of the longer side: of a thumbnail, and of a picture that is shown alone.
MAX_SIZE, MAX_LARGE_SIZE = 256, 1_600
#: Images that are opened at once; more than four threads gain little, since WebP and JPEG keep the cores busy.
_THREADS = 4
#: Seconds for one download; short, since the user waits for the page.
_DOWNLOAD_TIMEOUT = 8.0
#: On WebP's scales: quality up to 100; effort up to 6, of which 1 takes half the time for 10 % more bytes.
_QUALITY, _EFFORT = 80, 1
#: On JPEG's scale. A large picture is a JPEG, which is encoded twenty times as fast as a WebP of its size.
_LARGE_QUALITY = 85


@dataclass(frozen=True)
class Thumbnail:
    """Thumbnail of an image, or the reason there is none.

    Attributes:
        data: Bytes of the file; empty if there is no thumbnail.
        mime: `"image/webp"`, or `"image/jpeg"` for more than 256 pixels; empty if there is no thumbnail.
        reason: Reason there is no thumbnail; None if there is one.
        width: Width in pixels.
        height: Height in pixels.
        original_size: Width and height of the upright image in pixels; None if unknown, as for small thumbnails.
    """

    data: bytes
    mime: str
    reason: str | None
    width: int
    height: int
    original_size: tuple[int, int] | None = None

    @cached_property
    def uri(self) -> str:
        """`data:` URI of the thumbnail; empty if there is none."""
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode()}" if self.data else ""


_PENDING = Thumbnail(b"", "", "it is still being fetched", 0, 0)


class ThumbnailCache:
    """LRU cache of thumbnails, which it creates; safe on several threads.

    Args:
        size: Pixels of the longer side, limited to 16 to 1,600; images are never enlarged.
        keep: Maximum number of cached thumbnails, of about 2 kB each for 96 pixels.
    """

    def __init__(self, size: int = 96, keep: int = 2000) -> None:
        self.size = max(16, min(int(size), MAX_LARGE_SIZE))
        self._max_cached = keep
        self._lock = threading.Lock()
        self._cached: OrderedDict[bytes, Thumbnail] = OrderedDict()
        self._in_progress: dict[bytes, Future[Thumbnail]] = {}

    def get(self, values: Sequence[Any]) -> list[Thumbnail]:
        """Return thumbnails of these values, in order; those not cached are created concurrently.

        Args:
            values: Images in any form that `jsdf.images.source_kind` accepts; equal ones are read once. A value
                that is not an image or cannot be read gives a `Thumbnail` with the reason.
        """
        keys = [_key(value) for value in values]
        missing: dict[bytes, Any] = {}
        waiting: dict[bytes, Future[Thumbnail]] = {}
        thumbnails: dict[bytes, Thumbnail] = {}
        with self._lock:
            for key, value in zip(keys, values, strict=True):
                if key in self._cached:
                    self._cached.move_to_end(key)
                    thumbnails[key] = self._cached[key]
                elif key in self._in_progress:
                    waiting[key] = self._in_progress[key]
                else:
                    missing[key] = value
                    waiting[key] = self._in_progress[key] = Future()
        self._create(missing)
        thumbnails |= {key: future.result() for key, future in waiting.items()}
        return [thumbnails[key] for key in keys]

    def get_cached(self, values: Sequence[Any]) -> list[Thumbnail]:
        """Return the cached thumbnails; for other values one whose reason is that the image is still being fetched."""
        with self._lock:
            return [self._cached.get(_key(value), _PENDING) for value in values]

    def _create(self, values: dict[bytes, Any]) -> None:
        if not values:
            return
        created: list[Thumbnail] = []
        try:
            created = _run_in_thread(list(values.values()), self.size)
        finally:
            created += [_missing("it could not be read")] * (len(values) - len(created))
            with self._lock:
                for key, thumbnail in zip(values, created, strict=True):
                    self._cached[key] = thumbnail
                    self._in_progress.pop(key).set_result(thumbnail)
                while len(self._cached) > self._max_cached:
                    self._cached.popitem(last=False)


def _key(value: Any) -> bytes:
    # A path given as text is keyed by the file's version, as a Path is: the image in it may have changed.
    return fingerprint(PurePath(local_path(value)) if isinstance(value, str) and is_path(value) else value)


def _run_in_thread(values: list[Any], size: int) -> list[Thumbnail]:
    """Read and shrink images on a separate thread, since a notebook's main thread already runs an event loop.

    A daemon thread: a process that exits does not wait for it, as it would for an executor's thread.
    """
    created: list[Thumbnail] = []
    thread = threading.Thread(target=lambda: created.extend(asyncio.run(_shrink_all(values, size))), daemon=True)
    thread.start()
    thread.join()
    return created


async def _shrink_all(values: list[Any], size: int) -> list[Thumbnail]:
    from jsdf.images import Fetcher, Limits

    with ThreadPoolExecutor(_THREADS) as pool:
        async with Fetcher(limits=Limits(seconds=_DOWNLOAD_TIMEOUT)) as fetcher:

            async def shrink_one(value: Any) -> Thumbnail:
                try:
                    content = await fetcher.read(value)
                    return await asyncio.get_running_loop().run_in_executor(pool, shrink, content, size)
                except ImageError as error:
                    return _missing(str(error))
                except Exception as error:  # noqa: BLE001 - one odd value must not break the whole page
                    return _missing(f"it could not be read ({type(error).__name__})")

            return list(await asyncio.gather(*map(shrink_one, values)))


def shrink(content: Any, size: int) -> Thumbnail:
    """Return a thumbnail without metadata of content that `jsdf.images.open_picture` accepts.

    It is a WebP; if `size` is larger than 256, a JPEG.

    Raises:
        ImageError: The image cannot be opened.
    """
    from jsdf.images import open_picture
    from jsdf.images.orientation import upright_size

    out, is_large = io.BytesIO(), size > MAX_SIZE
    try:
        picture = open_picture(content, max_side=size)
        original = upright_size(content) if is_large else None
        if is_large:
            picture.save(out, "JPEG", quality=_LARGE_QUALITY)
        else:
            picture.save(out, "WEBP", quality=_QUALITY, method=_EFFORT)
    except MemoryError:
        raise ImageError("there is not enough memory to open it", "oversize") from None
    mime = "image/jpeg" if is_large else "image/webp"
    return Thumbnail(out.getvalue(), mime, None, *picture.size, original)


def _missing(reason: str) -> Thumbnail:
    return Thumbnail(b"", "", reason, 0, 0)
