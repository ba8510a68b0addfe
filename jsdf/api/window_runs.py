"""Label the windows of a source one after the other, while the next ones are read."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING

from jsdf.display.progress.view import view
from jsdf.runner.loops.event_loop import BackgroundCall

if TYPE_CHECKING:
    import pandas as pd

    from jsdf.api.stream_windows import WindowReader
    from jsdf.results.run import Run
    from jsdf.results.usage import Progress
    from jsdf.runner.streams.stream import Stream
    from jsdf.runner.streams.window import Window


class WindowRuns:
    """Pairs of the frames of a window and the run that labelled them, in order; can be iterated once.

    An iterator that is closed, or ends by an error, has waited until the requests in flight are answered and stored.

    Args:
        reader: Reads the source.
        stream: Runs the windows.
        progress: As for `view`.
    """

    def __init__(
        self, reader: WindowReader, stream: Stream, progress: bool | Callable[[Progress], None] | None
    ) -> None:
        self._reader, self._stream, self._progress = reader, stream, progress

    def __iter__(self) -> Generator[tuple[list[pd.DataFrame], Run], None, None]:
        with view(self._progress, self._stream.request_stop) as (show, idle):
            background = BackgroundCall(self._stream, show, idle)
            try:
                yield from self._label(background)
                self._stream.close()
                background.wait()
            except BaseException:
                background.stop()
                raise
            background.result()

    def _label(self, background: BackgroundCall[None]) -> Iterator[tuple[list[pd.DataFrame], Run]]:
        waiting: deque[tuple[list[pd.DataFrame], Window]] = deque()
        parts = iter(self._reader)
        error: Exception | None = None
        while error is None:
            try:
                frames, job = next(parts)
            except Exception as problem:  # noqa: BLE001 - of the source or a frame; raised after the frames before it
                error = problem
            else:
                while len(waiting) >= self._stream.max_windows(job):
                    yield self._finish(*waiting.popleft(), background)
                waiting.append((frames, self._stream.add(job)))
        while waiting:
            yield self._finish(*waiting.popleft(), background)
        if not isinstance(error, StopIteration):
            raise error

    def _finish(
        self, frames: list[pd.DataFrame], window: Window, background: BackgroundCall[None]
    ) -> tuple[list[pd.DataFrame], Run]:
        """Wait for a window, and return its frames and its run."""
        background.wait(lambda: window.is_done)
        if background.is_interrupted:
            background.wait()
            background.result()  # raises
        run = window.result()
        self._reader.observe(run)
        return frames, run
