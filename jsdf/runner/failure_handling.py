"""What becomes of the rows of a request that failed: asked again in parts, blamed, or left as they were."""

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
from jsdf.results.answers import ANSWERED
from jsdf.runner.circuit_breaker import CircuitBreaker
from jsdf.runner.sender import MAX_ATTEMPTS_SPLIT, RunStopped, ServiceUnavailable
from jsdf.utils.logs import log

if TYPE_CHECKING:
    from jsdf.runner.answer_table import AnswerTable
    from jsdf.runner.batches import Batch, BatchQueue
    from jsdf.store.thread import StoreThread

T = TypeVar("T")


class FailureHandler:
    """Decides on failed batches, one after the other.

    Args:
        queue: Takes the parts of what is asked again.
        breaker: Says when failures are no longer those of single rows.
        store: Remembers which samples were refused alone.
        stopped: Whether the run is ending for another reason; then nothing is blamed that was not asked enough.
        stop: Ends the run, with a reason.
        halt: Ends the run with an error that every other request would meet too.
        failed: Called with a table and the values that failed for good.
    """

    def __init__(
        self,
        queue: BatchQueue,
        breaker: CircuitBreaker,
        store: StoreThread,
        *,
        stopped: Callable[[], bool],
        stop: Callable[[str], None],
        halt: Callable[[JSDFError], None],
        failed: Callable[[AnswerTable, Sequence[int]], None],
    ) -> None:
        self._queue, self._breaker, self._store = queue, breaker, store
        self._stopped, self._stop, self._halt, self._failed = stopped, stop, halt, failed
        self._is_tripped = False

    async def guard(self, batch: Batch, items: Sequence[int], work: Awaitable[T]) -> T | None:
        """What comes of the work; None where nothing does, and everything is done about it."""
        try:
            return await work
        except RunStopped:
            pass
        except ServiceUnavailable as outage:
            self._halt(outage.error)
        except (AuthenticationError, RateLimitError, InvalidLabelsError, ModelError, MissingExtraError) as error:
            self._halt(error)
        except Exception as error:  # somebody else's engine may raise anything for a bad row
            if isinstance(error, APIError) and error.is_permanent:
                self._halt(error)
            else:
                log.debug("a request failed", exc_info=True)
                self.handle(batch, items, error)
        return None

    def handle(self, batch: Batch, items: Sequence[int], error: Exception) -> None:
        """A request failed for good: refused for what it holds, or still failing after all its tries."""
        if self._stopped() and not self._is_tripped:
            return  # its rows stay pending
        if isinstance(error, TransientError) and not error.splittable:
            self._handle_unreachable(batch, items, error)
            return
        status = error.status if isinstance(error, APIError) else None
        is_isolated = len(items) == 1 and batch.was_refused
        if self._breaker.record_refusal(status or type(error), alone=is_isolated):
            self._trip_breaker(f"the first requests all failed alike: {explain(error)}")
        if is_isolated or self._is_tripped:
            self._fail(batch.table, items, explain(error))
            if is_isolated and status is not None and not isinstance(error, TransientError):
                self._store.add_refusal(batch.table.refusal_key(items[0]), status)
        else:
            self._queue.push_split(
                batch, items, MAX_ATTEMPTS_SPLIT if isinstance(error, TransientError) else batch.max_attempts
            )

    def _handle_unreachable(self, batch: Batch, items: Sequence[int], error: TransientError) -> None:
        """Nobody was there to take the request, so a smaller one would fare no better."""
        if self._breaker.record_unreachable():
            self._trip_breaker(f"the first requests all failed: {explain(error)}")
        self._fail(batch.table, items, explain(error))

    def _trip_breaker(self, reason: str) -> None:
        self._is_tripped = True
        self._stop(reason)

    def _fail(self, table: AnswerTable, items: Sequence[int], reason: str) -> None:
        open_items = [i for i in items if table.answers.status[i] != ANSWERED]
        table.answers.fail(open_items, reason)
        self._failed(table, open_items)


def explain(error: Exception) -> str:
    """In a few words, with the kind of the error where it is not one of ours."""
    return str(error) if isinstance(error, APIError) else f"{type(error).__name__}: {error}"
