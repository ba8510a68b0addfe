"""Concurrent callers share a download, which is cancelled when no caller waits for it."""

import asyncio

from fetching import PNG, guest, read
from image_host import body

from jsdf.errors import ImageError
from jsdf.images import Limits


def test_the_same_url_is_downloaded_once(host):
    url = f"{host.url}/a.png"
    assert read(guest(host), *[url] * 5, f" {url}\n") == [PNG] * 6
    assert host.paths == ["/a.png"]


def test_each_caller_gets_its_own_exception_for_a_shared_failure(host):
    first, second = read(guest(host), *[f"{host.url}/gone"] * 2)
    assert str(first) == str(second)
    assert first is not second
    assert len(host.asked) == 1


def test_a_cancelled_caller_does_not_cancel_the_others(host):
    async def main():
        release = asyncio.Event()

        async def slow(name, port):
            await release.wait()
            return ["127.0.0.1"]

        async with guest(host, resolve=slow) as fetcher:
            one, other = (asyncio.create_task(fetcher.read(f"http://x.test:{host.port}/a.png")) for _ in range(2))
            await asyncio.sleep(0)
            one.cancel()
            await asyncio.wait([one])
            release.set()
            return one.cancelled(), await other

    assert asyncio.run(main()) == (True, PNG)


def test_a_download_without_callers_is_cancelled(host):
    async def main():
        begun, ended = asyncio.Event(), asyncio.Event()

        async def hang(name, port):
            begun.set()
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        async with guest(host, resolve=hang) as fetcher:
            task = asyncio.create_task(fetcher.read(f"http://x.test:{host.port}/a.png"))
            await asyncio.wait_for(begun.wait(), 5)
            task.cancel()
            await asyncio.wait_for(ended.wait(), 5)

    asyncio.run(main())


def test_closing_cancels_downloads_in_progress(host):
    host.pages["/silent"] = host.until_over

    async def main():
        async with guest(host) as fetcher:
            task = asyncio.create_task(fetcher.read(f"{host.url}/silent"))
            while not host.asked:
                await asyncio.sleep(0.001)
        await asyncio.wait_for(asyncio.wait([task]), 5)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())


def test_concurrency_is_limited(host):
    active, peak = 0, 0

    async def resolve(name, port):
        nonlocal active, peak
        active, peak = active + 1, max(peak, active + 1)
        await asyncio.sleep(0.01)
        active -= 1
        return ["127.0.0.1"]

    host.pages["/a.png"] = body(PNG)
    fetcher = guest(host, resolve=resolve, concurrency=3)
    urls = [f"http://n{i}.test:{host.port}/a.png" for i in range(9)]
    assert read(fetcher, *urls) == [PNG] * 9
    assert peak == 3


def test_timed_out_downloads_leave_room_for_the_next(host):
    host.pages.update({f"/silent{i}": host.until_over for i in range(12)})

    async def main():
        async with guest(host, limits=Limits(seconds=0.2), concurrency=4) as fetcher:
            silent = [fetcher.read(f"{host.url}/silent{i}") for i in range(12)]
            results = await asyncio.gather(*silent, return_exceptions=True)
            assert all(isinstance(result, ImageError) for result in results)
            return await fetcher.read(f"{host.url}/a.png")

    assert asyncio.run(main()) == PNG
