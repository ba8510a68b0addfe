"""Turns of connections: one in each turn of the event loop, in order."""

import asyncio

import pytest

from jsdf.server.admission.turns import turns_of


class Connection:
    def __init__(self, loop, name, times, log):
        self.loop, self.name, self.left, self.log = loop, name, times, log

    def take_turn(self):
        self.log.append(self.name)
        self.left -= 1
        if self.left:
            turns_of(self.loop).append(self)


@pytest.mark.parametrize("times", [1, 2, 5])
def test_connections_take_turns_and_others_come_between(times):
    async def go():
        loop, log = asyncio.get_running_loop(), []
        for name in "ab":
            turns_of(loop).append(Connection(loop, name, times, log))
        while len(log) < 2 * times:
            before = len(log)
            await asyncio.sleep(0)
            assert len(log) - before <= 1
        return "".join(log)

    assert asyncio.run(go()) == "ab" * times
