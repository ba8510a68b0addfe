"""Progress and warnings of all partitions, gathered on the driver."""

from __future__ import annotations

import re
import threading
import uuid
import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from jsdf.display.progress.view import view
from jsdf.results.usage import Progress, Usage, sum_progress

if TYPE_CHECKING:
    from jsdf.utils.call_site import Location

_MAX_WARNINGS = 20  # distinct ones that are shown
_EXAMPLES = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")  # in a message; they differ from one partition to the next


class ProgressHub:
    """Sums the progress of partitions for one view, and shows each of their warnings once; callable from any thread.

    Args:
        progress: As for `jsdf.classify`.
        engine: Name of the engine.
        partitions: Number of partitions.
        location: The user's line, at which warnings point.
    """

    def __init__(
        self, progress: bool | Callable[[Progress], None] | None, engine: str, partitions: int, location: Location
    ) -> None:
        self._progress, self._partitions, self._location = progress, partitions, location
        self._engine = engine
        self._lock = threading.RLock()
        self._events: dict[int, Progress] = {}
        self._ended: set[int] = set()
        self._warned: set[str] = set()
        self._stack = ExitStack()
        self._show: Callable[[Progress], None] | None = None

    def progress(self, partition: int, event: Progress) -> None:
        """Take the progress of a partition."""
        with self._lock:
            self._ended.discard(partition)
            self._events[partition] = event
            self._emit(event.note)

    def end(self, partition: int) -> None:
        """Take the end of a partition; the view ends with the last one."""
        with self._lock:
            self._ended.add(partition)
            if len(self._ended) == self._partitions:
                self._emit("", finished=True)
                self._stack.close()
                self._events, self._ended, self._show = {}, set(), None

    def warning(self, message: str) -> None:
        """Issue a warning, unless the same was issued before, with whatever numbers and quoted values."""
        key = _EXAMPLES.sub("", message)
        with self._lock:
            is_new = key not in self._warned and len(self._warned) < _MAX_WARNINGS
            self._warned.add(key)
        if is_new:
            warnings.warn_explicit(message, UserWarning, *self._location)

    def _emit(self, note: str, *, finished: bool = False) -> None:
        if self._show is None:
            self._show, _ = self._stack.enter_context(view(self._progress))
        self._show(replace(_total(self._engine, self._events), note=note, finished=finished))


def _total(engine: str, events: Mapping[int, Progress]) -> Progress:
    total = sum_progress(events.values(), engine)
    longest = max((event.usage.seconds for event in events.values()), default=0.0)
    return replace(total, usage=replace(total.usage, seconds=longest), stopped=None)


class Topic:
    """Name under which the workers of a cluster report; holds the hub itself in the process that made it.

    Args:
        hub: Takes the reports.
    """

    def __init__(self, hub: ProgressHub) -> None:
        self.name = f"jsdf-{uuid.uuid4().hex}"
        self.hub: ProgressHub | None = hub

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the name alone."""
        return {"name": self.name, "hub": None}

    def handle(self, event: tuple[Any, Mapping[str, Any]]) -> None:
        """Pass an event of a worker on to the hub."""
        _, message = event
        if self.hub is None:
            return
        if "warning" in message:
            self.hub.warning(message["warning"])
        elif "progress" in message:
            fields = dict(message["progress"])
            usage = Usage(**fields.pop("usage"))
            self.hub.progress(message["partition"], Progress(**fields, usage=usage))
        else:
            self.hub.end(message["partition"])


def to_message(partition: int, event: Progress) -> dict[str, Any]:
    """Return the event that reports the progress of a partition; holds no row."""
    fields = {name: value for name, value in asdict(replace(event, latest=())).items() if name != "latest"}
    return {"partition": partition, "progress": fields}
