"""The memory budget: the client that holds most gives way, stalled bodies give way to their own client too."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from server_client import Clock

from jsdf.server.admission.clients import Client
from jsdf.server.admission.memory_budget import MemoryBudget
from jsdf.server.errors import RequestRejected

GREEDY, POLITE = Client("127.0.0.1", b"greedy"), Client("127.0.0.1", b"polite")


async def stall(budget, client, count):
    """Receive `count` bytes of a body and wait for more; return the status with which it ends."""
    try:
        async with budget.share(client) as share:
            with share.arriving():
                share.take(count)
                await asyncio.Event().wait()
    except RequestRejected as rejected:
        return rejected.status, rejected.headers.get("connection")


async def take(budget, client, count):
    async with budget.share(client) as share:
        share.take(count)
        return budget.held


async def scene(clock, *stalled):
    budget = MemoryBudget(100, clock)
    tasks = []
    for client, count in stalled:
        tasks.append(asyncio.create_task(stall(budget, client, count)))
        await asyncio.sleep(0)
        clock.now += 1
    return budget, tasks


async def end(budget, tasks):
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert budget.held == 0
    assert not budget._shares


def test_the_oldest_body_of_the_greediest_client_gives_way():
    async def go():
        budget, tasks = await scene(Clock(), (POLITE, 10), (GREEDY, 40), (GREEDY, 50))
        assert await take(budget, POLITE, 30) == 90
        assert await tasks[1] == (503, "close")
        assert not tasks[0].done()
        assert not tasks[2].done()
        await end(budget, tasks)

    asyncio.run(go())


def test_a_client_that_holds_most_itself_is_refused():
    async def go():
        budget, tasks = await scene(Clock(), (POLITE, 40), (GREEDY, 60))
        with pytest.raises(RequestRejected) as caught:
            await take(budget, GREEDY, 20)
        assert caught.value.status == 503
        assert not any(task.done() for task in tasks)
        await end(budget, tasks)

    asyncio.run(go())


def test_a_stalled_body_gives_way_to_its_own_client():
    async def go():
        clock = Clock()
        budget, tasks = await scene(clock, (GREEDY, 50), (GREEDY, 50))
        clock.now += 10
        assert await take(budget, GREEDY, 20) == 70
        assert (await tasks[0])[0] == 503
        await end(budget, tasks)

    asyncio.run(go())


def test_a_request_that_is_answered_is_not_interrupted():
    async def go():
        budget = MemoryBudget(100, Clock())
        async with AsyncExitStack() as stack:
            share = await stack.enter_async_context(budget.share(GREEDY))
            with share.arriving():
                share.take(90)
            with pytest.raises(RequestRejected):
                await take(budget, POLITE, 20)
            assert share.bytes == 90
        assert await take(budget, POLITE, 100) == 100

    asyncio.run(go())


def test_more_than_the_whole_budget_is_refused():
    async def go():
        budget, tasks = await scene(Clock(), (GREEDY, 50))
        with pytest.raises(RequestRejected):
            await take(budget, POLITE, 101)
        await end(budget, tasks)

    asyncio.run(go())
