"""The fair queue: equal shares, the longest queue is refused first, nothing is lost."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsdf.server.admission.clients import Client
from jsdf.server.admission.fair_queue import FairQueue
from jsdf.server.errors import RequestRejected


def client(name):
    return Client("127.0.0.1", str(name).encode())


class Load:
    """Requests to a queue, each of which uses the resource until it is released; and the order of their admission."""

    def __init__(self, queue):
        self.queue, self.order, self.refused, self.tasks = queue, [], [], []
        self.gates = []

    async def add(self, name, units=1, cost=None):
        self.tasks.append(asyncio.create_task(self._run(name, units, cost)))
        await asyncio.sleep(0)

    async def _run(self, name, units, cost):
        try:
            async with self.queue.admit(client(name.partition(" ")[0] if isinstance(name, str) else name), units, cost):
                self.order.append(name)
                gate = asyncio.Event()
                self.gates.append(gate)
                await gate.wait()
        except RequestRejected:
            self.refused.append(name)

    async def finish(self):
        """Release one request after the other in the order of their admission."""
        while any(not task.done() for task in self.tasks):
            if self.gates:
                self.gates.pop(0).set()
            await asyncio.sleep(0)
        assert self.queue._used == self.queue._waiting_units == 0
        assert not self.queue._clients


def run(coroutine):
    return asyncio.run(asyncio.wait_for(coroutine, 20))


@pytest.mark.parametrize("greedy", [8, 30, 200])
def test_a_polite_client_is_next_however_much_a_greedy_one_has_waiting(greedy):
    async def go():
        load = Load(FairQueue(1, 1_000))
        for _ in range(greedy):
            await load.add("greedy")
        await load.add("polite")
        await load.finish()
        return load.order

    assert run(go()).index("polite") <= 2


def test_shares_count_units_and_not_requests():
    async def go():
        load = Load(FairQueue(10, 1_000))
        for _ in range(20):
            await load.add("heavy", 10)
        for _ in range(100):
            await load.add("light", 1)
        await load.finish()
        return load.order

    order = run(go())
    assert Counter(order[: order.index("light") + 44])["light"] >= 30


@pytest.mark.parametrize("cost", [8, 32, 100])
def test_shares_count_work_where_a_request_states_it(cost):
    """While both have something waiting, the light client gets as much work done as the heavy one."""

    async def go():
        load = Load(FairQueue(1, 1_000))
        for _ in range(10):
            await load.add("heavy", cost=cost)
        for _ in range(4 * cost):
            await load.add("light", cost=1)
        await load.finish()
        return load.order

    order = run(go())
    before_fourth = Counter(order[: [i for i, name in enumerate(order) if name == "heavy"][3]])
    assert before_fourth["light"] >= 2 * cost


@pytest.mark.parametrize("large", [10, 33, 300])
def test_a_small_request_overtakes_a_larger_one_of_its_client(large):
    async def go():
        load = Load(FairQueue(1, 1_000))
        await load.add("one first")
        await load.add("one large", cost=large)
        await load.add("one small")
        await load.finish()
        return load.order

    assert run(go()) == ["one first", "one small", "one large"]


@given(st.lists(st.tuples(st.integers(1, 50), st.booleans()), min_size=1, max_size=40))
def test_a_request_is_overtaken_only_until_its_client_has_got_as_much_work(requests):
    costs, got = [cost for cost, _ in requests], []

    async def go():
        load = Load(FairQueue(1, 1_000))
        for i, (cost, releases) in enumerate(requests):
            got.append(sum(costs[int(name[4:])] for name in load.order))
            await load.add(f"one {i}", cost=cost)
            if releases and load.gates:
                load.gates.pop(0).set()
                for _ in range(4):
                    await asyncio.sleep(0)
        await load.finish()
        return [int(name[4:]) for name in load.order]

    order = run(go())
    assert sorted(order) == list(range(len(requests)))
    for place, i in enumerate(order):
        assert all(got[j] - got[i] + costs[j] <= costs[i] for j in order[:place] if j > i)


def test_one_client_leaves_room_for_another():
    async def go():
        load = Load(FairQueue(8, 100, max_share=6))
        for _ in range(20):
            await load.add("greedy")
        assert load.order == ["greedy"] * 6
        await load.add("polite")
        assert load.order[-1] == "polite"
        await load.finish()

    run(go())


def test_the_last_request_of_the_longest_queue_is_refused():
    async def go():
        load = Load(FairQueue(1, 10))
        for _ in range(30):
            await load.add("greedy")
        assert len(load.refused) == 19
        for _ in range(3):
            await load.add("polite")
        assert set(load.refused) == {"greedy"}
        await load.finish()
        return Counter(load.order)

    assert run(go()) == {"greedy": 8, "polite": 3}


def test_a_request_larger_than_the_share_counts_as_the_share():
    async def go():
        load = Load(FairQueue(4, 10, max_share=3))
        await load.add("large", 1_000)
        await load.add("small")
        assert load.order == ["large", "small"]
        await load.finish()

    run(go())


def test_an_idle_client_saves_no_share():
    async def go():
        load = Load(FairQueue(1, 100))
        for _ in range(20):
            await load.add("busy")
            await load.finish()
        for _ in range(10):
            await load.add("busy")
        for _ in range(10):
            await load.add("late")
        load.order.clear()
        await load.finish()
        return load.order

    assert Counter(run(go())[:10])["late"] <= 6


@pytest.mark.parametrize("is_admitted", [True, False])
def test_a_cancelled_request_gives_its_place_back(is_admitted):
    async def go():
        load = Load(FairQueue(1, 10))
        await load.add("first")
        await load.add("second")
        load.tasks[0 if is_admitted else 1].cancel()
        await asyncio.sleep(0)
        await load.add("third")
        await load.finish()
        return load.order

    assert run(go()) == (["first", "second", "third"] if is_admitted else ["first", "third"])


@pytest.mark.parametrize("cancelled", [[0, 1], [1, 0], [0, 1, 2], [1, 2]])
def test_requests_cancelled_at_once_give_their_places_back(cancelled):
    """As at the end of a server: the first gives its place to one that was cancelled too and does not know it yet."""

    async def go():
        load = Load(FairQueue(1, 2))
        for name in ("first", "second", "third"):
            await load.add(name)
        for i in cancelled:
            load.tasks[i].cancel()
        await load.add("fourth", 2)  # takes the room of one that was cancelled
        await load.finish()
        assert all(task.cancelled() for i, task in enumerate(load.tasks) if i in cancelled)
        return load.order[-1], load.refused

    last, refused = run(go())
    assert "fourth" in (last, *refused)


def test_a_large_request_takes_the_room_of_several_small_ones():
    async def go():
        load = Load(FairQueue(3, 4))
        await load.add("first", 3)  # uses the resource
        for name, units in (*[("greedy", 1)] * 4, ("polite", 2)):
            await load.add(name, units)
        await asyncio.sleep(0)  # for those that were refused to notice
        refused = list(load.refused)
        await load.finish()
        return refused, load.order

    assert run(go()) == (["greedy", "greedy"], ["first", "greedy", "polite", "greedy"])


@settings(max_examples=200, deadline=None)
@given(
    requests=st.lists(
        st.tuples(st.integers(0, 4), st.integers(1, 9), st.booleans(), st.sets(st.integers(0, 39), max_size=3)),
        max_size=40,
    ),
    capacity=st.integers(1, 12),
    max_waiting=st.integers(0, 20),
    max_share=st.integers(1, 12),
)
def test_each_request_is_admitted_refused_or_cancelled_and_limits_hold(requests, capacity, max_waiting, max_share):
    async def go():
        queue = FairQueue(capacity, max_waiting, max_share)
        load = Load(queue)
        for name, units, releases, cancelled in requests:
            for i in cancelled & set(range(len(load.tasks))):
                load.tasks[i].cancel()
            await load.add(name, units)
            await asyncio.sleep(0)
            assert queue._used <= capacity
            assert queue._waiting_units <= max_waiting
            if releases and load.gates:
                load.gates.pop(0).set()
        await load.finish()
        assert len(load.tasks) == len(requests)
        assert all(task.cancelled() or task.exception() is None for task in load.tasks)

    run(go())
