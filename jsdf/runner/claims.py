"""Values that the runs of a stream ask for at the moment, so that none is asked for by two runs at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager


class Claims:
    """Store keys of the values that runs on one event loop ask for at the moment.

    Attributes:
        ended: Number of times that a run had asked for its values.
    """

    def __init__(self) -> None:
        self.ended = 0
        self._taken: dict[bytes, asyncio.Event] = {}  # set once its run has ended

    async def ask(
        self,
        keys: Mapping[int, bytes],
        ended: int,
        ask: Callable[[list[int]], Awaitable[bool]],
        load: Callable[[list[int]], Awaitable[list[int]]],
    ) -> None:
        """Ask for the values that no other run asks for, then for those that the others left without an answer.

        Args:
            keys: The store keys of the values, by position.
            ended: The number `ended` when it was looked up which of them have no answer.
            ask: Asks for values; returns False if the run is ending.
            load: Loads the answers of values that other runs asked for; returns those that have none.
        """
        items = list(keys)
        while items:
            while ended != self.ended:  # another run may have had answers since
                ended = self.ended
                items = await load(items)
            mine = [item for item in items if keys[item] not in self._taken]
            items = [item for item in items if keys[item] in self._taken]
            events = {self._taken[keys[item]] for item in items}
            with self._taking(keys[item] for item in mine):
                if mine and not await ask(mine):
                    return
            for event in events:
                await event.wait()

    @contextmanager
    def _taking(self, keys: Iterable[bytes]) -> Iterator[None]:
        ended = asyncio.Event()
        taken = dict.fromkeys(keys, ended)
        self._taken.update(taken)
        try:
            yield
        finally:
            self.ended += 1
            ended.set()
            for key in taken:
                del self._taken[key]
