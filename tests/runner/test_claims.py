"""Values are asked for by one run at a time, and those that it left are asked for by the next one."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from jsdf.runner.claims import Claims

KEYS = st.dictionaries(st.integers(0, 9), st.integers(0, 5).map(lambda n: b"%d" % n))


class RecordingRun:
    """Run that takes some turns of the loop to ask, and loads what others have answered."""

    def __init__(self, claims, keys, answered, calls, turns, *, ends=False):
        self.claims, self.keys, self.answered, self.calls, self.turns = claims, keys, answered, calls, turns
        self.ends, self.asking = ends, set()

    async def ask(self, items):
        self.asking = {self.keys[item] for item in items}
        self.calls.append(self)
        for _ in range(self.turns):
            await asyncio.sleep(0)
            others = [call.asking for call in self.calls if call is not self]
            assert not any(self.asking & other for other in others)
        if not self.ends:
            self.answered.update(self.asking)
        self.asking = set()
        return not self.ends

    async def load(self, items):
        await asyncio.sleep(0)
        return [item for item in items if self.keys[item] not in self.answered]

    async def run(self, delay):
        for _ in range(delay):
            await asyncio.sleep(0)
        await self.claims.ask(self.keys, self.claims.ended, self.ask, self.load)


@given(st.lists(st.tuples(KEYS, st.integers(0, 4), st.integers(0, 4), st.booleans()), max_size=4))
def test_no_value_is_asked_for_twice(runs):
    claims, answered, calls = Claims(), set(), []

    async def all_runs():
        made = [RecordingRun(claims, keys, answered, calls, turns, ends=ends) for keys, turns, _, ends in runs]
        await asyncio.gather(*(run.run(delay) for run, (_, _, delay, _) in zip(made, runs, strict=True)))

    asyncio.run(all_runs())
    wanted = {key for keys, *_, ends in runs if not ends for key in keys.values()}
    assert wanted <= answered
    assert not claims._taken
