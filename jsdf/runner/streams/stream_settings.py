"""Settings of a stream whose source is a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jsdf.results.run import Run


@dataclass(frozen=True)
class StreamSettings:
    """Settings of a stream whose source is a file.

    Attributes:
        rows: Number of rows of the source, for the progress; None if it is not known.
        keeps_unstored: True to keep all answers in memory as long as they are not in a store, see `Stream.known_run`.
        asks_again: True to ask once more for the rows of a window that failed.
        retry: Implements `Run.retry` of the runs; None if they have none.
    """

    rows: int | None = None
    keeps_unstored: bool = False
    asks_again: bool = False
    retry: Callable[[Run], Run] | None = None
