"""Handle failed requests: retry in smaller batches, mark single rows as failed, or stop the run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from jsdf.errors import (
    APIError,
    AuthenticationError,
    InvalidLabelsError,
    JSDFError,
    MissingExtraError,
    ModelError,
    RateLimitError,
    TransientError,
)
from jsdf.formatting.text import escape_controls
from jsdf.results.answers import ANSWERED
from jsdf.runner.circuit_breaker import CircuitBreaker, ServiceUnavailable
from jsdf.runner.limits.budget import RequestDeferred, RunStopped
from jsdf.runner.sender import MAX_ATTEMPTS_SPLIT
from jsdf.utils.logs import log
from jsdf.utils.signed_urls import describe_expiry, is_signed

if TYPE_CHECKING:
    from jsdf.runner.answer_table import AnswerTable
    from jsdf.runner.batches import Batch, BatchQueue
    from jsdf.store.thread import StoreThread

T = TypeVar("T")


class FailureHandler:
    """Splits failed batches, marks isolated samples as failed, and stops the run if every request would fail.

    Args:
        queue: Queue that receives the parts of split batches.
        breaker: Circuit breaker that decides if the failures should stop the run.
        store: Store that records individually refused samples.
        is_stopped: Returns True if the run is stopping; rows that had too few attempts then stay pending.
        stop: Stops the run, with a reason.
        stop_with_error: Stops the run with an error that every other request would raise too.
        on_failed: Called with a table and the values that finally failed.
    """

    def __init__(
        self,
        queue: BatchQueue,
        breaker: CircuitBreaker,
        store: StoreThread,
        *,
        is_stopped: Callable[[], bool],
        stop: Callable[[str], None],
        stop_with_error: Callable[[JSDFError], None],
        on_failed: Callable[[AnswerTable, Sequence[int]], None],
    ) -> None:
        self._queue, self._breaker, self._store = queue, breaker, store
        self._is_stopped, self._on_failed = is_stopped, on_failed
        self._stop, self._stop_with_error = stop, stop_with_error
        self._is_tripped = False

    async def guard(self, batch: Batch, items: Sequence[int], work: Awaitable[T]) -> T | None:
        """Await `work` and return its result, or handle its error and return None."""
        try:
            return await work
        except RequestDeferred:
            self._queue.put_back(batch.with_items(items))
        except RunStopped:
            pass
        except ServiceUnavailable as outage:
            self._stop_with_error(outage.error)
        except (AuthenticationError, RateLimitError, InvalidLabelsError, ModelError, MissingExtraError) as error:
            self._stop_with_error(error)
        except Exception as error:  # a third-party engine may raise anything for a bad row
            if isinstance(error, APIError) and error.is_permanent:
                self._stop_with_error(error)
            else:
                log.debug("a request failed", exc_info=True)
                self.handle(batch, items, error)
        return None

    def handle(self, batch: Batch, items: Sequence[int], error: Exception) -> None:
        """Handle the final failure of a request: refused because of its content, or failed in every attempt."""
        if self._is_stopped() and not self._is_tripped:
            return  # its rows stay pending
        if isinstance(error, TransientError) and error.is_unsent:
            self._stop_with_error(error)  # every other request would fail; all rows stay pending
            return
        status = error.status if isinstance(error, APIError) else None
        is_isolated = len(items) == 1 and batch.was_refused
        if self._breaker.record_refusal(status or type(error), is_isolated=is_isolated):
            self._trip_breaker(f"the first requests all failed in the same way: {explain(error)}")
        if is_isolated or self._is_tripped:
            self._fail(batch.table, items, _explain_refusal(batch.table, items, error))
            # A signed address may have been refused for its signature; signed again it is the same image.
            is_final = not isinstance(error, TransientError) and not _is_signed(batch.table, items[0])
            if is_isolated and status is not None and is_final:
                self._store.add_refusal(batch.table.refusal_key(items[0]), status)
        else:
            self._queue.push_split(
                batch, items, MAX_ATTEMPTS_SPLIT if isinstance(error, TransientError) else batch.max_attempts
            )

    def _trip_breaker(self, reason: str) -> None:
        self._is_tripped = True
        self._stop(reason)

    def _fail(self, table: AnswerTable, items: Sequence[int], reason: str) -> None:
        unanswered = [i for i in items if table.answers.status[i] != ANSWERED]
        table.answers.fail(unanswered, reason)
        self._on_failed(table, unanswered)


def _is_signed(table: AnswerTable, item: int) -> bool:
    value = table.values[item]
    return table.question.kind == "image" and isinstance(value, str) and is_signed(value)


def _explain_refusal(table: AnswerTable, items: Sequence[int], error: Exception) -> str:
    """Return the message of an error, and the expiry of the only address if its signature has expired."""
    is_one_address = len(items) == 1 and _is_signed(table, items[0])
    expiry = describe_expiry(table.values[items[0]]) if is_one_address else None
    return explain(error) if expiry is None else f"{explain(error)}; {expiry}"


def explain(error: Exception) -> str:
    """Return the message of an error, preceded by its type unless it is an `APIError`; never empty."""
    message, name = escape_controls(str(error).strip()), type(error).__name__
    if not message:
        return f"{name}, without a message"
    return message if isinstance(error, APIError) else f"{name}: {message}"
