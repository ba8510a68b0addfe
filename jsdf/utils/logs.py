"""Logger of the package, and filters that keep the details of its requests and retries out of users' logs."""

from __future__ import annotations

import functools
import importlib.util
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from stamina.typing import RetryDetails, RetryHook

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger("jsdf")
_httpx_log = logging.getLogger("httpx")
_is_own_request: ContextVar[bool] = ContextVar("jsdf_is_own_request", default=False)
_redact: ContextVar[Callable[[str], str] | None] = ContextVar("jsdf_redact", default=None)
#: Filters of a logger do not hold for the loggers below it.
_HTTP_LOGGERS = ("httpx", *(f"httpcore.{name}" for name in ("connection", "http11", "http2", "proxy", "socks")))


def own_http_request(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Decorate a function that sends HTTP requests, so that httpx logs them at DEBUG instead of INFO."""
    _httpx_log.addFilter(_lower_own_requests)  # adding a filter twice changes nothing

    @functools.wraps(function)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> T:
        token = _is_own_request.set(True)
        try:
            return await function(*args, **kwargs)
        finally:
            _is_own_request.reset(token)

    return wrapper


@contextmanager
def redacted_logs(redact: Callable[[str], str]) -> Iterator[None]:
    """Let `redact` change what httpx and httpcore log about the requests inside the block.

    They log status lines and headers, in which a service may repeat a secret.
    """
    for name in _HTTP_LOGGERS:
        logging.getLogger(name).addFilter(_redact_record)
    token = _redact.set(redact)
    try:
        yield
    finally:
        _redact.reset(token)


def _redact_record(record: logging.LogRecord) -> bool:
    redact = _redact.get()
    if redact is not None:
        record.msg, record.args = redact(record.getMessage()), ()
    return True


def _lower_own_requests(record: logging.LogRecord) -> bool:
    # httpx logs every request at INFO, which would be one line for 32 rows. The level of its logger stays as it is,
    # since it also holds for the user's own requests.
    if not _is_own_request.get() or record.levelno != logging.INFO:
        return True
    record.levelno, record.levelname = logging.DEBUG, logging.getLevelName(logging.DEBUG)
    return _httpx_log.isEnabledFor(logging.DEBUG)


def silence_own_retries() -> None:
    """Keep this package's retries out of stamina's log; calling it again changes nothing.

    stamina logs every retry as a warning, which Python prints if logging is not configured, and structlog, where it
    is installed, in any case. The package reports its retries as progress notes instead.
    """
    logging.getLogger("stamina").addFilter(_is_no_own_retry)
    if importlib.util.find_spec("structlog") is not None:
        _skip_own_retries_in_hooks()


def _is_no_own_retry(record: logging.LogRecord) -> bool:
    return not _is_own(str(getattr(record, "stamina.callable", "")))


def _is_own(function_name: str) -> bool:
    return function_name.startswith("jsdf.")


@functools.cache
def _skip_own_retries_in_hooks() -> None:
    from stamina.instrumentation import get_on_retry_hooks, set_on_retry_hooks

    set_on_retry_hooks([_without_own_retries(hook) for hook in get_on_retry_hooks()])


def _without_own_retries(hook: RetryHook) -> RetryHook:
    def call(details: RetryDetails) -> AbstractContextManager[None] | None:
        return None if _is_own(details.name) else hook(details)

    return call
