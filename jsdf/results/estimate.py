"""Estimate before a run: `Plan`."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from jsdf.formatting.text import duration, one_line, pluralize
from jsdf.results.cost import format_cost, format_range, is_price_set

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Plan:
    """Estimate of the requests, time, tokens and cost of a run; nothing was sent.

    Attributes:
        engine: Name of the engine.
        rows: Rows of the column.
        missing: Rows with nothing to classify (null or blank).
        distinct: Distinct values.
        cached: Distinct values with an answer in the store, or among the examples of the call.
        refused: Distinct values that the service refused individually in a recent run, and that would not be sent.
        to_send: Distinct values that would be sent.
        requests: Requests if none fails, no more than `max_requests` and the budget of a cascade; an upper bound if
            there are more labels than the engine takes at once. Seconds, tokens and cost are those of these requests.
        seconds: Minimum duration at the engine's rate limit; None for an engine without one.
        tokens: Estimate from earlier requests in the store, by the lengths of texts and the number of labels; None if
            there were none.
        file_requests: Additional uploads and removals of images without a public URL.
        unusable: With `check=True`, number of distinct images that would fail, not counted in `to_send`; else None.
        duplicates: With `check=True`, distinct images with the same content as an earlier one; else None.
        findings: With `check=True`, a frame of rows with unusable or duplicate images: `row` (index label), `value`,
            `code` (`"dead"`, `"page"`, `"oversize"`, `"unsupported"`, `"damaged"`, `"duplicate"`), `reason`; else None.
        tokens_range: The least and the most tokens that are likely (about 95 %), wide where the texts or labels are
            unlike those of earlier requests; None without an estimate.
        cost: Expected cost in `jsdf.options.currency`; None without an estimate or a price
            (`jsdf.options.price_per_million_tokens`).
        cost_range: The cost of both ends of `tokens_range`; None without `cost`.
        cost_unknown: The reason that there is no cost although a price was set, for this or another engine; else None.
        edit: What was changed since the most similar labels that this engine was asked about, and the number of rows
            that are to be sent although they were answered then, as in "'refund' is new: 9,120 rows to send"; None if
            there are none.
        repeats: Number of times that each value is asked, all of which `requests` counts; None if once.
        sample_requests: For a cascade, the requests for random samples, after which it is known how many of the others
            are saved; `requests`, seconds, tokens and cost are those without it. None for other engines.
        examples: Number of examples that the engine gets, and the tokens that their texts are expected to take in each
            request, as in "12 of 20 sent with each request, about 340 tokens a request"; None without examples. The
            other figures include them.
        requests_left_out: Requests for values of `to_send` that `max_requests` or the budget leaves out; None if there
            are none.
    """

    engine: str
    rows: int
    missing: int
    distinct: int
    cached: int
    refused: int
    to_send: int
    requests: int
    seconds: float | None
    tokens: int | None
    file_requests: int = 0
    unusable: int | None = None
    duplicates: int | None = None
    findings: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    tokens_range: tuple[int, int] | None = None
    cost: float | None = None
    cost_range: tuple[float, float] | None = None
    cost_unknown: str | None = None
    edit: str | None = None
    requests_left_out: int | None = None
    repeats: int | None = None
    sample_requests: int | None = None
    examples: str | None = None

    def __repr__(self) -> str:
        """Return the numbers as one line."""
        parts = [pluralize(self.rows, "row")]
        parts += [f"{self.missing:,} missing"] if self.missing else []
        parts += [f"{self.distinct:,} distinct", f"{self.cached:,} already answered"]
        parts += [f"{self.refused:,} refused before"] if self.refused else []
        parts += [f"{self.unusable:,} unusable (see .findings)"] if self.unusable else []
        parts += [f"{pluralize(self.duplicates, 'duplicate')} (see .findings)"] if self.duplicates else []
        parts += [f"{self.to_send:,} to send in {pluralize(self.requests, 'request')} ({self.engine})"]
        parts += [f"each up to {self.repeats:,} times"] if self.repeats else []
        parts += [] if self.sample_requests is None else self._cascade_parts()
        parts += [f"{self.requests_left_out:,} more left out by the limit"] if self.requests_left_out else []
        parts += [f"{self.file_requests:,} to the file store"] if self.file_requests else []
        parts += [self._seconds_text(f"{self.seconds:,.1f} s")] if self.seconds else []
        parts += [f"about {pluralize(self.tokens, 'token')}"] if self.tokens else []
        cost = self._cost_text()
        parts += [] if cost is None else [cost]
        remarks = [one_line(self.edit, None)] if self.edit else []
        remarks += [f"examples: {self.examples}"] if self.examples else []
        return "; ".join([f"Plan: {', '.join(parts)}", *remarks])

    def _cascade_parts(self) -> list[str]:
        """Return what a cascade costs at least, before it is known how much it saves, unless it can save nothing."""
        requests = self.sample_requests or 0
        if requests >= self.requests:
            return []
        if not requests:
            return ["or fewer with the fitted cascade"]
        words = f"or {pluralize(requests, 'request')} and more with the cascade"
        if not self.cost or not is_price_set():
            return [words]
        return [f"{words}, from {format_cost(self.cost * requests / self.requests)}"]

    def _seconds_text(self, shown: str) -> str:
        """Return the least time; how long the cheap engine of a cascade takes is not known before."""
        cheap = "" if self.sample_requests is None else " for all requests, and the time of the cheap engine"
        return f"at least {shown}{cheap}"

    def _cost_text(self) -> str | None:
        """Return the cost with its range, or the reason that it is not known; None if no price was set."""
        if self.cost_unknown is not None:
            return f"cost unknown: {self.cost_unknown}"
        if self.cost is None or self.cost_range is None or not is_price_set():
            return None
        if not self.cost:
            return format_cost(0.0)
        return f"about {format_cost(self.cost)} ({format_range(*self.cost_range)})"

    def _repr_html_(self) -> str:
        """Return the numbers as an HTML table, with the first findings of an image check."""
        from jsdf.results.summary import html_of_plan

        hidden = ("engine", "findings", "tokens_range", "cost_range", "cost_unknown")
        numbers = {f.name.replace("_", " "): getattr(self, f.name) for f in fields(self) if f.name not in hidden}
        numbers["seconds"] = None if self.seconds is None else self._seconds_text(duration(self.seconds))
        numbers["tokens"] = None if self.tokens is None else f"about {self.tokens:,}"
        numbers["cost"] = self._cost_text()
        rows = [(k, f"{v:,}" if isinstance(v, int) else str(v)) for k, v in numbers.items() if v is not None]
        return html_of_plan(self.engine, rows, self.findings)
