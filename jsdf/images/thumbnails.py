"""Small pictures for the screen: read and shrunk here, side by side, and kept for the next look."""

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
from jsdf.utils.paths import is_path

#: Pixels of the longer side that nothing shown goes above.
MAX_SIZE = 256
#: Pictures that are opened at once: more than four threads gain little, since WebP and JPEG fill the cores.
_THREADS = 4
#: Seconds that a host has for its picture; somebody waits for the page.
_PATIENCE = 8.0
#: WebP's own scales: quality of 100, and effort of 6, where 1 takes half the time for a tenth more bytes.
_QUALITY, _EFFORT = 80, 1


@dataclass(frozen=True)
class Thumbnail:
    """A small picture, or why there is none.

    Attributes:
        data: A file's bytes; empty where there is no picture.
        mime: `"image/webp"`; empty likewise.
        reason: Why there is none; None where there is one.
        width: Pixels.
        height: Pixels.
    """

    data: bytes
    mime: str
    reason: str | None
    width: int
    height: int

    @cached_property
    def uri(self) -> str:
        """A `data:` URI of the picture; empty where there is none."""
        return f"data:{self.mime};base64,{base64.b64encode(self.data).decode()}" if self.data else ""


_PENDING = Thumbnail(b"", "", "it is still being fetched", 0, 0)


class ThumbnailCache:
    """Makes small pictures and keeps the latest; safe on several threads.

    Args:
        size: Pixels of the longer side, 16 to 256; pictures are never enlarged.
        keep: How many are kept, at some 2 kB each for 96 pixels.
    """

    def __init__(self, size: int = 96, keep: int = 2000) -> None:
        self.size = max(16, min(int(size), MAX_SIZE))
        self._keep = keep
        self._lock = threading.Lock()
        self._kept: OrderedDict[bytes, Thumbnail] = OrderedDict()
        self._in_progress: dict[bytes, Future[Thumbnail]] = {}

    def get(self, values: Sequence[Any]) -> list[Thumbnail]:
        """The pictures of these values, in order; what is not kept is read and shrunk side by side.

        Args:
            values: As `jsdf.images.sort_of` takes; equal ones are read once. Anything else, and whatever
                cannot be read, gives a `Thumbnail` with its reason.
        """
        keys = [_key(value) for value in values]
        mine: dict[bytes, Any] = {}
        waiting: dict[bytes, Future[Thumbnail]] = {}
        found: dict[bytes, Thumbnail] = {}
        with self._lock:
            for key, value in zip(keys, values, strict=True):
                if key in self._kept:
                    self._kept.move_to_end(key)
                    found[key] = self._kept[key]
                elif key in self._in_progress:
                    waiting[key] = self._in_progress[key]
                else:
                    mine[key] = value
                    waiting[key] = self._in_progress[key] = Future()
        self._make(mine)
        found |= {key: future.result() for key, future in waiting.items()}
        return [found[key] for key in keys]

    def get_cached(self, values: Sequence[Any]) -> list[Thumbnail]:
        """The pictures that are kept; for the others one that says that they are on their way."""
        with self._lock:
            return [self._kept.get(_key(value), _PENDING) for value in values]

    def _make(self, wanted: dict[bytes, Any]) -> None:
        if not wanted:
            return
        made: list[Thumbnail] = []
        try:
            made = _off_loop(list(wanted.values()), self.size)
        finally:
            made += [_missing("it could not be read")] * (len(wanted) - len(made))
            with self._lock:
                for key, thumb in zip(wanted, made, strict=True):
                    self._kept[key] = thumb
                    self._in_progress.pop(key).set_result(thumb)
                while len(self._kept) > self._keep:
                    self._kept.popitem(last=False)


def _key(value: Any) -> bytes:
    # A path given as a text counts by its file, as a Path does: the picture in it may have changed.
    return fingerprint(PurePath(value) if isinstance(value, str) and is_path(value) else value)


def _off_loop(values: list[Any], size: int) -> list[Thumbnail]:
    """Read and shrink on a thread of its own, since a notebook's main thread has a loop that runs already.

    A plain daemon: a process that ends does not wait for it, as it would for that of an executor.
    """
    made: list[Thumbnail] = []
    thread = threading.Thread(target=lambda: made.extend(asyncio.run(_shrink_all(values, size))), daemon=True)
    thread.start()
    thread.join()
    return made


async def _shrink_all(values: list[Any], size: int) -> list[Thumbnail]:
    from jsdf.images import Fetcher, Limits

    with ThreadPoolExecutor(_THREADS) as pool:
        async with Fetcher(limits=Limits(seconds=_PATIENCE)) as fetcher:

            async def one(value: Any) -> Thumbnail:
                try:
                    content = await fetcher.read(value)
                    return await asyncio.get_running_loop().run_in_executor(pool, shrink, content, size)
                except ImageError as error:
                    return _missing(str(error))
                except Exception as error:  # noqa: BLE001 - one odd value takes no page with it
                    return _missing(f"it could not be read ({type(error).__name__})")

            return list(await asyncio.gather(*map(one, values)))


def shrink(content: Any, size: int) -> Thumbnail:
    """One small picture of what `jsdf.images.open_picture` opens, as WebP without metadata.

    Raises:
        ImageError: It cannot be opened.
    """
    from jsdf.images import open_picture

    try:
        picture = open_picture(content, max_side=size)
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=_QUALITY, method=_EFFORT)
    except MemoryError:
        raise ImageError("there is not enough memory to open it", "oversize") from None
    return Thumbnail(out.getvalue(), "image/webp", None, *picture.size)


def _missing(reason: str) -> Thumbnail:
    return Thumbnail(b"", "", reason, 0, 0)
