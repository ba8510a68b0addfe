"""Store files damaged at random, and the check that no answer of theirs is wrong."""

import random
import sqlite3
from collections import Counter

from jsdf.store.record import StoredAnswer
from jsdf.store.request_cost import RequestCost
from jsdf.store.sqlite import Store

PAGE = 4096
SUFFIXES = ("", "-wal", "-shm", "-journal")


def _record(number):
    chance = random.Random(number)
    scores = chance.randbytes(12) if number % 3 else None
    return StoredAnswer(chance.randbytes(16), (number % 5).to_bytes(2, "little"), scores)


RECORDS = {record.key: record for record in map(_record, range(1500))}
REFUSED = [random.Random(f"refused {i}").randbytes(16) for i in range(50)]


def _fill(store):
    records = list(RECORDS.values())
    for start in range(0, len(records), 50):
        spent = RequestCost("engine", b"job", 50, 100, 20, 30, 150, "text", 1000 + start)
        store.add_answers(records[start : start + 50], spent)
    for key in REFUSED:
        store.add_refusal(key, 422)


def whole_files(folder):
    """Return stores with all kinds of records, each as a mapping of suffixes to bytes.

    One is closed, one was killed with half of its records in its log, one was killed in the middle of a transaction
    with a rollback journal.
    """
    closed, killed, journaled = (folder / name for name in ("closed", "killed", "journaled"))
    store = Store(closed)
    _fill(store)
    store.close()
    store = Store(killed)
    store._file.db.execute("PRAGMA wal_autocheckpoint=20")
    _fill(store)
    logged = _read(killed)
    store.close()
    journaled.write_bytes(closed.read_bytes())
    db = sqlite3.connect(journaled, isolation_level=None)
    db.executescript("PRAGMA journal_mode=DELETE; PRAGMA cache_size=1; PRAGMA cache_spill=1; BEGIN IMMEDIATE;")
    db.execute("UPDATE answers SET answer = x'0700'")
    rolled = _read(journaled)
    db.close()
    return [{"": closed.read_bytes()}, logged, rolled]


def _read(path):
    files = {suffix: path.with_name(path.name + suffix) for suffix in SUFFIXES}
    return {suffix: file.read_bytes() for suffix, file in files.items() if file.exists()}


def damage(stores, seed):
    """Return the files of one of the stores, damaged."""
    chance = random.Random(seed)
    files = dict(stores[chance.choice([0, 0, 1, 2])])
    suffix = chance.choice(sorted(files))
    kind = chance.randrange(12)
    if kind < 10:
        files[suffix] = _damaged(files[suffix], kind, chance)
    elif kind == 10:  # a log, its index or a journal of another file, or of another state of this one
        other = chance.choice(stores[1:])
        files |= {name: content for name, content in other.items() if name}
    else:  # lost
        del files[suffix]
    return files


def _damaged(content, kind, chance):
    changed, length = bytearray(content), len(content)
    pages = max(1, length // PAGE)
    a, b = (PAGE * chance.randrange(pages) for _ in range(2))
    start, size = chance.randrange(length), chance.choice([1, 16, 700, 9000])
    if kind == 0:  # a few bits, of which one in the first page
        for end in (100, PAGE, *[length] * chance.choice([0, 1, 40])):
            changed[chance.randrange(min(end, length))] ^= 1 << chance.randrange(8)
    elif kind in (1, 2):
        changed[start] ^= 1 << chance.randrange(8)
    elif kind == 3:
        del changed[start:]
    elif kind == 4:  # two pages swapped
        changed[a : a + PAGE], changed[b : b + PAGE] = changed[b : b + PAGE], changed[a : a + PAGE]
    elif kind == 5:  # a page that stands twice
        changed[a : a + PAGE] = changed[b : b + PAGE]
    elif kind == 6:
        changed[a : a + PAGE] = bytes(PAGE)
    elif kind == 7:
        changed += chance.randbytes(size)
    elif kind == 8:  # a part left out, so that all behind it moves
        del changed[start : start + size]
    else:
        changed[start : start + size] = chance.randbytes(size)
    return bytes(changed)


def check(path, files):
    """Use a store with these files as a run does, and return counts of what came of it; wrong answers raise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for suffix, content in files.items():
        path.with_name(path.name + suffix).write_bytes(content)
    store = Store(path)
    found = [answer for rows in store.load(list(RECORDS)) for answer in rows]
    wrong = [answer for answer in found if answer != RECORDS[answer.key]]
    refusals = store.load_refusals(REFUSED)
    store.mean_tokens_per_sample(b"job")
    store.price_fit("text", engine="engine")
    new = StoredAnswer(b"a new key 16 byt", b"\x01\x00")
    store.add_answers([new])
    store.add_refusal(b"another key 16 b", 400)
    store.info()
    kept = [answer for rows in store.load([new.key]) for answer in rows]
    store.close()
    if wrong or not set(refusals) <= set(REFUSED):
        raise AssertionError(f"wrong answers: {wrong}")
    if store.error is None and kept != [new]:
        raise AssertionError("an answer was not kept, and nothing was said")
    return Counter(
        found=len(found),
        missing=len(RECORDS) - len(found),
        set_aside=len(list(path.parent.glob("*.damaged-1"))),
        unused=store.error is not None,
        silent=store.problem is None and len(found) < len(RECORDS),
    )
