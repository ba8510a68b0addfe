"""The line that the log has about each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jsdf.formatting.text import pluralize
from jsdf.utils.logs import log

if TYPE_CHECKING:
    from jsdf.results.run import Run


def log_end(run: Run) -> None:
    """Log one line that holds no text of a row, no label and no message of the service."""
    counts = ", ".join(f"{rows:,} {status}" for status, rows in run.counts.items() if rows)
    usage = run.usage
    figures = f"{usage.rows_sent:,} sent, {usage.rows_cached:,} from the store, {usage.total_tokens:,} tokens"
    rows, requests = pluralize(len(run), "row"), pluralize(usage.requests, "request")
    log.info("%s: %s (%s); %s, %s, %.1f s", run.engine, rows, counts or "none", requests, figures, usage.seconds)
