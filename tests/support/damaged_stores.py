"""Store files damaged at random, and the check that no answer of theirs is wrong."""

import random
from collections import Counter

from jsdf.store.record import StoredAnswer
from jsdf.store.request_cost import RequestCost
from jsdf.store.sqlite import Store

PAGE = 4096


def _record(number):
    chance = random.Random(number)
    scores = chance.randbytes(12) if number % 3 else None
    return StoredAnswer(chance.randbytes(16), (number % 5).to_bytes(2, "little"), scores)


RECORDS = {record.key: record for record in map(_record, range(1500))}
REFUSED = [random.Random(f"refused {i}").randbytes(16) for i in range(50)]


def whole_file(path):
    """Return the bytes of a store with all kinds of records."""
    store = Store(path)
    records = list(RECORDS.values())
    for start in range(0, len(records), 50):
        spent = RequestCost("engine", b"job", 50, 100, 20, 30, 150, "text", 1000 + start)
        store.add_answers(records[start : start + 50], spent)
    for key in REFUSED:
        store.add_refusal(key, 422)
    store.close()
    return path.read_bytes()


def damage(content, seed):
    """Return a damaged copy of the file's bytes."""
    chance = random.Random(seed)
    changed = bytearray(content)
    kind = seed % 5
    if kind == 0:  # a few bits, of which one in the first page
        for end in (100, PAGE, *[len(content)] * chance.choice([0, 1, 40])):
            changed[chance.randrange(end)] ^= 1 << chance.randrange(8)
    elif kind == 1:
        changed[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    elif kind == 2:
        del changed[chance.randrange(len(content)) :]
    elif kind == 3:
        a, b = (PAGE * chance.randrange(len(content) // PAGE) for _ in range(2))
        changed[a : a + PAGE], changed[b : b + PAGE] = changed[b : b + PAGE], changed[a : a + PAGE]
    else:
        start = chance.randrange(len(content))
        length = chance.choice([1, 16, 700, 9000])
        changed[start : start + length] = chance.randbytes(length)
    return bytes(changed)


def check(path, content):
    """Use a store with this content as a run does, and return counts of what came of it; wrong answers raise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
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
