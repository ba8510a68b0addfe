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
from jsdf.runner.circuit_breaker import Breaker
from jsdf.runner.sender import TRIES_OF_PART, Halted, Outage
from jsdf.utils.logs import log

if TYPE_CHECKING:
    from jsdf.runner.answer_table import Sheet
    from jsdf.runner.batches import Batch, Queue
    from jsdf.store.thread import StoreThread

T = TypeVar("T")


class Judge:
    """Decides on failed batches, one after the other.

    Args:
        queue: Takes the parts of what is asked again.
        breaker: Says when failures are no longer those of single rows.
        store: Remembers which samples were refused alone.
        stopped: Whether the run is ending for another reason; then nothing is blamed that was not asked enough.
        stop: Ends the run, with a reason.
        halt: Ends the run with an error that every other request would meet too.
        failed: Called with a sheet and the values that failed for good.
    """

    def __init__(
        self,
        queue: Queue,
        breaker: Breaker,
        store: StoreThread,
        *,
        stopped: Callable[[], bool],
        stop: Callable[[str], None],
        halt: Callable[[JSDFError], None],
        failed: Callable[[Sheet, Sequence[int]], None],
    ) -> None:
        self._queue, self._breaker, self._store = queue, breaker, store
        self._stopped, self._stop, self._halt, self._failed = stopped, stop, halt, failed
        self._broken = False

    async def mind(self, batch: Batch, items: Sequence[int], work: Awaitable[T]) -> T | None:
        """What comes of the work; None where nothing does, and everything is done about it."""
        try:
            return await work
        except Halted:
            pass
        except Outage as outage:
            self._halt(outage.error)
        except (AuthenticationError, RateLimitError, InvalidLabelsError, ModelError, MissingExtraError) as error:
            self._halt(error)
        except Exception as error:  # somebody else's engine may raise anything for a bad row
            if isinstance(error, APIError) and error.is_permanent:
                self._halt(error)
            else:
                log.debug("a request failed", exc_info=True)
                self.failure(batch, items, error)
        return None

    def failure(self, batch: Batch, items: Sequence[int], error: Exception) -> None:
        """A request failed for good: refused for what it holds, or still failing after all its tries."""
        if self._stopped() and not self._broken:
            return  # its rows stay pending
        if isinstance(error, TransientError) and not error.splittable:
            self._unreached(batch, items, error)
            return
        status = error.status if isinstance(error, APIError) else None
        guilty = len(items) == 1 and batch.suspected
        if self._breaker.refused(status or type(error), alone=guilty):
            self._break(f"the first requests all failed alike: {explain(error)}")
        if guilty or self._broken:
            self._fail(batch.sheet, items, explain(error))
            if guilty and status is not None and not isinstance(error, TransientError):
                self._store.refuse(batch.sheet.refusal_key(items[0]), status)
        else:
            self._queue.split(batch, items, TRIES_OF_PART if isinstance(error, TransientError) else batch.tries)

    def _unreached(self, batch: Batch, items: Sequence[int], error: TransientError) -> None:
        """Nobody was there to take the request, so a smaller one would fare no better."""
        if self._breaker.unreached():
            self._break(f"the first requests all failed: {explain(error)}")
        self._fail(batch.sheet, items, explain(error))

    def _break(self, reason: str) -> None:
        self._broken = True
        self._stop(reason)

    def _fail(self, sheet: Sheet, items: Sequence[int], reason: str) -> None:
        open_items = [i for i in items if sheet.answers.status[i] != ANSWERED]
        sheet.answers.fail(open_items, reason)
        self._failed(sheet, open_items)


def explain(error: Exception) -> str:
    """In a few words, with the kind of the error where it is not one of ours."""
    return str(error) if isinstance(error, APIError) else f"{type(error).__name__}: {error}"
