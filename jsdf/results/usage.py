"""What a run costs and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from jsdf.formatting.html import card, table
from jsdf.formatting.text import duration, pluralize


@dataclass(frozen=True)
class Usage:
    """What a run cost.

    Attributes:
        requests: Requests sent, those that were refused or repeated with them.
        refused: Requests answered with 429, which cost a pause.
        rows_sent: Distinct samples that were answered by the engine.
        rows_cached: Rows answered from the store.
        input_tokens: As reported by the service, as are all tokens.
        output_tokens: See `input_tokens`.
        inference_time_tokens: See `input_tokens`.
        total_tokens: See `input_tokens`.
        maybe_billed_twice: Requests whose answer was lost or broken; sent again, they may be paid for twice.
        file_requests: Uploads and removals of images that have no public address; not among `requests`.
        seconds: From the first look-up to the last answer.
    """

    requests: int = 0
    refused: int = 0
    rows_sent: int = 0
    rows_cached: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    inference_time_tokens: int = 0
    total_tokens: int = 0
    maybe_billed_twice: int = 0
    file_requests: int = 0
    seconds: float = 0.0

    def add(self, **more: float) -> Usage:
        """The same with these added."""
        return replace(self, **{name: getattr(self, name) + value for name, value in more.items()})

    def __str__(self) -> str:
        """One line of what matters."""
        parts = [
            f"{pluralize(self.requests, 'request')}",
            f"{self.rows_sent:,} sent",
            f"{self.rows_cached:,} from the store",
        ]
        if self.total_tokens:
            parts.append(pluralize(self.total_tokens, "token"))
        if self.file_requests:
            parts.append(f"{self.file_requests:,} to the file store")
        if self.refused:
            parts.append(f"{self.refused:,} refused by the rate limit")
        if self.maybe_billed_twice:
            parts.append(f"{pluralize(self.maybe_billed_twice, 'request')} possibly billed twice")
        return ", ".join([*parts, f"{self.seconds:.1f} s"])

    def _repr_html_(self) -> str:
        shown = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "seconds"}
        always = ("requests", "rows_sent", "rows_cached")
        figures = [(name.replace("_", " "), f"{n:,}") for name, n in shown.items() if n or name in always]
        return card(["<p><b>Usage</b></p>", table([*figures, ("time", duration(self.seconds))])])


@dataclass(frozen=True)
class Progress:
    """Where a run stands; a `progress=` callable gets the latest one as requests land.

    Attributes:
        engine: Who answers.
        rows: Rows of the column.
        done: Rows that are settled: answered, missing, unknown or failed.
        failed: Rows that failed or were answered outside the labels.
        usage: What was spent so far.
        note: What is happening besides, such as a pause.
        finished: True in the last one.
        stopped: Why it ends early, None while it does not.
        label_counts: Rows by label so far, in the order of the labels; a row with several counts for each.
        latest: For images, the last few that were answered, oldest first, each with its label; several
            labels are put together with commas. Empty for texts.
    """

    engine: str
    rows: int
    done: int
    failed: int
    usage: Usage
    note: str = ""
    finished: bool = False
    stopped: str | None = None
    label_counts: Mapping[str, int] = field(default_factory=dict, hash=False)
    latest: tuple[tuple[Any, str], ...] = field(default=(), repr=False, compare=False)
