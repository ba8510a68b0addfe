"""Logger of the package, and a filter that keeps stamina's warnings about the package's retries out of logs."""

from __future__ import annotations

import logging

log = logging.getLogger("jsdf")


def _is_not_ours(record: logging.LogRecord) -> bool:
    # stamina logs every retry as a warning, which Python prints if logging is not configured; the package
    # reports its retries as progress notes instead.
    return not str(getattr(record, "stamina.callable", "")).startswith("jsdf.")


def silence_own_retries() -> None:
    """Drop stamina's log records about this package's own functions; calling it again changes nothing."""
    logging.getLogger("stamina").addFilter(_is_not_ours)
