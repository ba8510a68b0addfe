"""Store on a Redis server, which the machines of a cluster share.

Answers and refusals are fields of two hashes, so that one command reads or writes many of them. A write that fails is
kept and tried again with the next one: a server that restarts loses nothing, and one that stays away costs a warning.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from jsdf.errors import InvalidInputError, MissingExtraError
from jsdf.store import record
from jsdf.store import redis_records as records
from jsdf.store.base import REFUSAL_AGE, RUN_CONTINUES, damaged_records
from jsdf.store.contents import StoreInfo
from jsdf.store.ledger.redis_ledger import RedisLedger, add_spending
from jsdf.store.record import StoredAnswer
from jsdf.store.request_cost import RequestCost
from jsdf.utils.network.url_secrets import hide_secrets

if TYPE_CHECKING:
    import redis

#: Seconds to wait for the server, and after a failure before it is tried again.
TIMEOUT, RETRY_AFTER = 5.0, 1.0
_MAX_FIELDS = 5_000  # in one command, so that no other client of the server waits for long
_MAX_PENDING = 10_000  # writes that are kept while the server is away


class RedisStore(RedisLedger):
    """Connection to the store on a Redis server; an `AnswerStore`.

    Args:
        url: URL of the server and database, `redis://`, `rediss://` or `unix://`, as redis-py takes it.
        clock: Unix time in seconds, for the age of refusals.
        monotonic: Monotonic seconds, for the time until a server that failed is tried again.

    Attributes:
        location: The URL with asterisks in place of user and password, without its options.
        error: Reason the store cannot be used, or None.

    Raises:
        MissingExtraError: redis-py is not installed.
        InvalidInputError: It does not take the URL.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.location = hide_secrets(url)
        self.error: str | None = None
        self._clock, self._monotonic = clock, monotonic
        self._retry_at, self._failure = float("-inf"), ""
        self._failed_read: str | None = None
        self._has_damaged_records = False
        self._pending_writes: list[Callable[[Any], object]] = []
        self._server = _connect(url, self.location)

    def check(self) -> None:
        """Connect to the server.

        Raises:
            InvalidInputError: The server does not answer, or refuses the password or the database.
        """
        if self._try(lambda server: server.ping()) is None:
            raise InvalidInputError(
                f"the store {self.location} cannot be used: {self._failure}; start the server, or correct "
                "jsdf.options.store or JSDF_STORE"
            )

    @property
    def problem(self) -> str | None:
        """Message for the user: `error`, or that answers could not be read; None if there is nothing to say."""
        if self.error is not None:
            return f"{self.error}: {RUN_CONTINUES}"
        if self._failed_read is not None:
            return (
                f"the store {self.location} did not answer for a while ({self._failed_read}): what it holds may have "
                "been billed again"
            )
        return damaged_records(self.location) if self._has_damaged_records else None

    def load(self, keys: Sequence[bytes]) -> Iterator[list[StoredAnswer]]:
        """Yield lists of the stored answers to these keys, in no particular order; other keys are left out."""
        for part, values in self._fetch(records.ANSWERS, keys):
            found = [(key, value) for key, value in zip(part, values, strict=True) if value is not None]
            answers = [answer for key, value in found if (answer := records.to_answer(key, value)) is not None]
            self._has_damaged_records |= len(answers) < len(found)
            yield answers

    def load_refusals(self, keys: Sequence[bytes]) -> dict[bytes, int | None]:
        """Return those of the keys that have a refusal younger than `REFUSAL_AGE`, each with its HTTP status."""
        now, wanted = self._clock(), frozenset(keys)
        rows = (
            (key, *records.to_refusal(value))
            for part, values in self._fetch(records.REFUSALS, keys)
            for key, value in zip(part, values, strict=True)
            if value is not None
        )
        return {row[0]: row[1] for row in rows if record.is_refusal(row, wanted, now - REFUSAL_AGE, now)}

    def _fetch(self, name: str, keys: Sequence[bytes]) -> Iterator[tuple[Sequence[bytes], list[bytes | None]]]:
        for start in range(0, len(keys), _MAX_FIELDS):
            part = keys[start : start + _MAX_FIELDS]
            values = self._try(partial(_get_fields, name, part))
            if values is None:
                self._failed_read = self._failure
                return
            yield part, values

    def add_answers(self, answers: Iterable[StoredAnswer], spent: RequestCost | None = None) -> None:
        """Store answers and the usage of their request; return when the server has them."""
        fields = {answer.key: records.from_answer(answer) for answer in answers}
        now = self._clock()

        def work(pipeline: Any) -> None:
            if fields:
                pipeline.hset(records.ANSWERS, mapping=fields)
            if spent is not None:
                records.add_cost(pipeline, spent)
                add_spending(pipeline, now, spent)

        self._write(work)

    def add_refusal(self, key: bytes, status: int | None) -> None:
        """Store that the service refused a sample sent alone, so that later runs need not search for it."""
        value = json.dumps([status, self._clock()])
        self._write(lambda pipeline: pipeline.hset(records.REFUSALS, key, value))

    def clear_refusals(self, keys: Sequence[bytes]) -> None:
        """Delete the refusals of these keys."""
        if keys:
            self._write(lambda pipeline: pipeline.hdel(records.REFUSALS, *keys))

    def info(self) -> StoreInfo:
        """Count what the store holds."""

        def count(server: redis.Redis) -> tuple[int, ...]:
            totals: Any = server.hmget(records.TOTALS, ["requests", "samples", "total_tokens"])
            counts: Any = server.hlen(records.ANSWERS), server.hlen(records.REFUSALS)
            return (*counts, *(int(value or 0) for value in totals))

        return StoreInfo(*(self._try(count) or ()))

    def size(self) -> int:
        """Return the number of bytes that answers and refusals take, about."""
        names = records.ANSWERS, records.REFUSALS
        return self._try(lambda server: sum(server.memory_usage(name) or 0 for name in names)) or 0

    def clear(self) -> int:
        """Delete everything that the store holds, and return the number of bytes freed.

        Raises:
            InvalidInputError: The server does not answer.
        """
        self.check()
        size = self.size()
        self._try(lambda server: server.unlink(records.TOTALS, *server.scan_iter(f"{records.PREFIX}*")))
        return size

    def close(self) -> None:
        """Write what is pending and close the connection; closing twice is harmless."""
        if self._pending_writes:
            self._retry_at = float("-inf")
            self._write(lambda _: None)
        self._server.close()

    def _write(self, work: Callable[[Any], object]) -> None:
        """Run `work`, after writes that are still pending, in one transaction."""
        self._pending_writes = [*self._pending_writes, work][-_MAX_PENDING:]

        def commit(server: redis.Redis) -> bool:
            with server.pipeline(transaction=True) as pipeline:
                for pending in self._pending_writes:
                    pending(pipeline)
                pipeline.execute()
            return True

        if self._try(commit):
            self._pending_writes = []
            self.error = None

    def _try(self, work: Callable[[redis.Redis], Any]) -> Any:
        """Return the result of `work`, or None with the reason in `error`; a server that failed rests for a while."""
        from redis.exceptions import RedisError

        if self._monotonic() < self._retry_at:
            return None
        try:
            return work(self._server)
        except (RedisError, OSError) as error:
            self._failure = _explain(error)
            self._retry_at = self._monotonic() + RETRY_AFTER
            self.error = f"the store {self.location} cannot be used ({self._failure})"
            return None


def _connect(url: str, shown: str) -> redis.Redis:
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        raise MissingExtraError(f'the store {shown} needs redis-py; run pip install "jsdf[redis]"') from None
    try:
        return redis.Redis.from_url(
            url,
            socket_connect_timeout=TIMEOUT,
            socket_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 1),  # once, as the server closes connections that were idle
            health_check_interval=0,
        )
    except (ValueError, TypeError) as error:
        problem = str(error).replace(url, shown)
    raise InvalidInputError(f"the store {shown} cannot be used: {problem}; pass a URL as redis://host:6379/0")


def _explain(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__


def _get_fields(name: str, fields: Sequence[bytes], server: redis.Redis) -> Any:
    return server.hmget(name, list(fields))
