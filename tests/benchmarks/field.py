"""Measure what other tools were measured by: jsdf and a loop written by hand, on one stand-in for the service.

    python tests/benchmarks/field.py

The loop is that of `first_second.py`. The stand-in takes 200 ms and 50 requests a second; there are 3,200 distinct
texts and five labels. Printed for each: seconds without faults (median of five) and where a fifth of the requests fails
(median of three seeds), with the rows that got their right label; samples that were paid again after `kill -9` at about
two thirds and another start; rows that were lost beside three samples that the service refuses; and the requests for
800 distinct texts in 3,200 rows.
"""

from __future__ import annotations

import signal
from pathlib import Path

import first_second
from bench import own_store, show, texts
from first_second import SEEDS, WHO, label, stand_in
from interrupt import interrupt

ROWS, DISTINCT, REFUSED = 3_200, 800, (17, 1_234, 3_100)
NAMES = ["price", "delivery", "quality", "service", "packaging"]
NAMED = {"ours": "jsdf", "by hand": "asyncio and httpx by hand, 8 tries"}
CHILD = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from bench import texts
from first_second import label
labels = label(WHO, sys.argv[1], texts({ROWS}).tolist(), {NAMES!r})
print("answered:", sum(name is not None for name in labels))
"""


def paid_again(who: str) -> int:
    """Return the number of samples that are billed again after SIGKILL."""
    _, billed_twice, _ = interrupt(signal.SIGKILL, CHILD.replace("WHO", repr(who)), ROWS, 2 * ROWS // 32 // 3)
    return billed_twice


def lost_beside_refused(who: str) -> int:
    """Return the number of rows without a label, other than those whose text the service refuses."""
    values = texts(ROWS).tolist()
    with own_store(), stand_in(None, *(values[i] for i in REFUSED)) as (url, _):
        return label(who, url, values, NAMES).count(None) - len(REFUSED)


def requests_for_duplicates(who: str) -> int:
    """Return the number of requests for `ROWS` rows of `DISTINCT` texts."""
    values = texts(DISTINCT).tolist() * (ROWS // DISTINCT)
    with own_store(), stand_in(None) as (url, outcomes):
        label(who, url, values, NAMES)
        return len(outcomes())


def main() -> None:
    whole = first_second.measure(ROWS, [None] * 5, NAMES)
    faulty = first_second.measure(ROWS, SEEDS, NAMES)
    for who in WHO:
        figures = {
            "no faults, seconds": f"{whole[who].median:.1f}",
            "20 % faults, seconds": f"{faulty[who].median:.1f}",
            "rows right of these": f"{faulty[who].right / faulty[who].rows:.1%}",
            "samples paid again after kill -9": f"{paid_again(who):,}",
            "rows lost beside 3 refused": f"{lost_beside_refused(who):,}",
            "requests for 800 distinct of 3,200": f"{requests_for_duplicates(who):,}",
        }
        show(NAMED[who], figures)


if __name__ == "__main__":
    main()
