"""Turns: between processes one at a time, within a process shared, and never a reason to wait for ever."""

import asyncio
import multiprocessing
import subprocess
import sys

import pytest
from redis_server import SERVER, redis_server

from jsdf.distributed import attempt_turns as turns
from jsdf.distributed.attempt_turns import AttemptTurns, FileLock, RedisLock


def has_lock(folder, name, answer):
    answer.put(FileLock(folder, name).try_acquire())


def acquires_elsewhere(folder, name):
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    other = context.Process(target=has_lock, args=(folder, name, answer))
    other.start()
    found = answer.get(timeout=60)
    other.join()
    return found


def test_a_file_lock_keeps_other_processes_out_until_it_is_released(tmp_path):
    lock = FileLock(tmp_path / "new", "one")
    assert lock.try_acquire()
    assert not acquires_elsewhere(tmp_path / "new", "one")
    assert acquires_elsewhere(tmp_path / "new", "another")
    lock.release()
    assert acquires_elsewhere(tmp_path / "new", "one")


def test_a_file_lock_ends_with_its_process(tmp_path):
    code = (
        "import sys, pathlib; from jsdf.distributed.attempt_turns import FileLock; "
        "print(FileLock(pathlib.Path(sys.argv[1]), 'one').try_acquire(), flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "True\n"
        assert not FileLock(tmp_path, "one").try_acquire()
        other.kill()
        other.wait()
    assert FileLock(tmp_path, "one").try_acquire()


def test_a_folder_that_cannot_be_written_to_stops_nobody(tmp_path):
    (tmp_path / "file").write_text("")
    assert FileLock(tmp_path / "file", "one").try_acquire()


@pytest.mark.skipif(SERVER is None, reason="there is no redis-server")
def test_a_redis_lock_keeps_others_out_and_lasts_as_long_as_it_is_renewed(tmp_path, monkeypatch):
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.5)
    with redis_server(tmp_path, password="secret") as bare:
        url = bare.replace("//", "//:secret@")
        lock, other = RedisLock(url, "one"), RedisLock(url, "one")
        assert lock.try_acquire()
        assert not other.try_acquire()
        assert RedisLock(url, "another").try_acquire()
        lock.release()
        assert other.try_acquire()
        other.renew()
        asyncio.run(asyncio.sleep(0.6))  # as if its process had died
        assert lock.try_acquire()
        other.release()  # too late, and harmless
        assert not other.try_acquire()


def test_a_redis_server_that_is_away_stops_nobody():
    lock = RedisLock("redis://127.0.0.1:1/0", "one")
    assert lock.try_acquire()
    lock.renew()
    lock.release()


class Recorded:
    """A lock that is taken by somebody else for so many tries."""

    def __init__(self, taken=0):
        self.taken, self.calls = taken, []

    def try_acquire(self):
        self.calls.append("try")
        self.taken -= 1
        return self.taken < 0

    def renew(self):
        self.calls.append("renew")

    def release(self):
        self.calls.append("release")


def test_the_windows_of_a_process_share_a_turn():
    lock = Recorded(taken=2)

    async def main():
        take_turn, entered, leave = AttemptTurns(lock, 0.001), [], asyncio.Event()

        async def window(number):
            async with take_turn(lambda: False):
                entered.append(number)
                await leave.wait()

        windows = [asyncio.create_task(window(i)) for i in range(3)]
        while len(entered) < 3:
            await asyncio.sleep(0.001)
        assert lock.calls == ["try"] * 3
        leave.set()
        await asyncio.gather(*windows)

    asyncio.run(main())
    assert lock.calls == ["try"] * 3 + ["release"]


def test_a_turn_is_renewed(monkeypatch):
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.005)
    lock = Recorded()

    async def main():
        async with AttemptTurns(lock)(lambda: False):
            while "renew" not in lock.calls:
                await asyncio.sleep(0.001)

    asyncio.run(main())
    assert lock.calls[-1] == "release"


def test_who_stops_while_waiting_goes_on_without_a_turn():
    lock, tries = Recorded(taken=10**9), iter([False, False, True])

    async def main():
        async with AttemptTurns(lock, 0.001)(lambda: next(tries)):
            pass

    asyncio.run(main())
    assert lock.calls == ["try"] * 2
