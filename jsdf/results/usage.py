"""Cost (`Usage`) and progress (`Progress`) of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from jsdf.formatting.text import duration, pluralize
from jsdf.results.cost import Price, format_cost


@dataclass(frozen=True)
class Usage:
    """Requests, tokens and seconds that a run spent.

    Attributes:
        requests: Requests sent, including refused and repeated ones.
        refused: Requests answered with 429 (too many requests), each followed by a pause.
        rows_sent: Distinct values answered by the engine.
        rows_cached: Rows answered from the store.
        input_tokens: Input tokens, as reported by the service.
        output_tokens: Output tokens, as reported by the service.
        inference_time_tokens: Inference-time tokens, as reported by the service.
        total_tokens: Total tokens, as reported by the service.
        maybe_billed_twice: Requests whose reply was lost or invalid; since they are sent again, they may be
            billed twice.
        file_requests: Uploads and removals of images without a public URL; not included in `requests`.
        seconds: Duration from the first store lookup to the last answer.
        cost: Cost of the total tokens in `jsdf.options.currency`, at the price when the run began; None if no price of
            the engine is known (`jsdf.options.price_per_million_tokens`), or the tokens are not.
        unreported: Answered requests whose tokens the service did not report.
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
    cost: float | None = None
    unreported: int = 0

    def at_price(self, price: Price | None) -> Usage:
        """Return a copy with the cost of the total tokens; None if the price, or the tokens of a request, are unknown.

        Without a price per token the cost is 0, reported or not.
        """
        is_known = price is not None and not (price.per_million and self.unreported)
        return replace(self, cost=price.of_tokens(self.total_tokens) if price is not None and is_known else None)

    def add(self, **more: float | None) -> Usage:
        """Return a copy with these amounts added to the fields of the same names.

        A sum has a cost unless one of its parts has tokens of unknown cost.
        """
        sums: dict[str, Any] = {name: getattr(self, name) + value for name, value in more.items() if name != "cost"}
        if "cost" in more:
            tokens = more.get("total_tokens") or more.get("unreported", 0)
            parts = (self.cost, self.total_tokens or self.unreported), (more["cost"], tokens)
            known = [cost for cost, _ in parts if cost is not None]
            is_unknown = any(cost is None and tokens for cost, tokens in parts)
            sums["cost"] = None if is_unknown or not known else sum(known)
        return replace(self, **sums)

    def __add__(self, other: Usage) -> Usage:
        """Return the sum, also of `seconds`, which count twice where both ran at a time."""
        return self.add(**{f.name: getattr(other, f.name) for f in fields(other)})

    def __str__(self) -> str:
        """Return one line with the requests, rows and seconds, and every other field that is not zero."""
        parts = [
            f"{pluralize(self.requests, 'request')}",
            f"{self.rows_sent:,} sent",
            f"{self.rows_cached:,} from the store",
        ]
        if self.total_tokens:
            parts.append(pluralize(self.total_tokens, "token"))
        if self.cost:
            parts.append(format_cost(self.cost))
        if self.file_requests:
            parts.append(f"{self.file_requests:,} to the file store")
        if self.refused:
            parts.append(f"{self.refused:,} refused by the rate limit")
        if self.maybe_billed_twice:
            parts.append(f"{pluralize(self.maybe_billed_twice, 'request')} possibly billed twice")
        return ", ".join([*parts, f"{self.seconds:.1f} s"])

    def _repr_html_(self) -> str:
        from jsdf.formatting.html import card, table

        counts = {
            f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("seconds", "cost", "unreported")
        }
        always_shown = ("requests", "rows_sent", "rows_cached")
        rows = [(name.replace("_", " "), f"{n:,}") for name, n in counts.items() if n or name in always_shown]
        cost = [("cost", format_cost(self.cost))] if self.cost else []
        return card(["<p><b>Usage</b></p>", table([*rows, *cost, ("time", duration(self.seconds))])])


@dataclass(frozen=True)
class Progress:
    """Progress of a run, passed to a `progress=` callable as requests are answered.

    Attributes:
        engine: Name of the engine.
        rows: Rows of the column.
        done: Rows with a final status: answered, missing, unknown or failed.
        failed: Rows that failed or were answered outside the labels.
        usage: Requests, tokens and seconds so far.
        note: What a run does until its first answer, such as "opening 300 images", or a temporary condition, such as a
            pause; empty if there is neither.
        finished: True in the last event of a run.
        stopped: Reason for an early end; None as long as the run is not stopping.
        label_counts: Number of rows by label so far, in the order of the labels; a row with several labels counts
            for each.
        latest: For images, up to 8 that were answered last, oldest first, each with its label; several labels are
            joined with commas. Empty for texts.
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


def sum_progress(parts: Iterable[Progress], engine: str) -> Progress:
    """Return the progress of several parts of a job together.

    Args:
        parts: The parts; the last one says why it stops, and the last one with images has the latest.
        engine: Name of the engine.

    Returns:
        The sums, also of `usage.seconds`, which count twice where two parts run at a time.
    """
    usage, label_counts = Usage(), Counter[str]()
    rows = done = failed = 0
    latest: tuple[tuple[Any, str], ...] = ()
    stopped: str | None = None
    for part in parts:
        rows, done, failed = rows + part.rows, done + part.done, failed + part.failed
        usage += part.usage
        for name, count in part.label_counts.items():  # also those of 0, in the order of the labels
            label_counts[name] += count
        latest, stopped = part.latest or latest, part.stopped
    counts = dict(label_counts)
    return Progress(engine, rows, done, failed, usage, stopped=stopped, label_counts=counts, latest=latest)
