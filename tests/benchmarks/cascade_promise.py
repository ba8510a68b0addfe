"""Count how often a cascade breaks its promise, on simulated columns with known chances that a cheap label agrees.

    python tests/benchmarks/cascade_promise.py

40 columns of each of ten kinds (`tests/support/simulated_columns.py`), at targets of 0.85, 0.90 and 0.95 and delta
0.05. "missed" is the number of columns whose agreement is below the target, of 40; "saved" the share of the distinct
values that are not paid for. "normal" is a rule with a normal approximation on 256 values, and "bargain" the package
bargain 0.1.3 (`pip install bargain`; left out where it is not installed), both for columns without repeats alone. A
binomial with delta 0.05 has at most 5 misses of 40 in 98.6 of 100 cases, and at most 27 of 400 in 95 of 100. Takes
about 5 minutes, with bargain or without.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from bench import show
from other_cascades import by_bargain, by_normal_approximation
from simulated_columns import COLUMNS

RUNS = 40
TARGETS = 0.85, 0.90, 0.95


def main() -> None:
    """Print the figures of each kind of column, and the misses of all."""
    misses = dict.fromkeys(TARGETS, 0)
    for name, make in COLUMNS.items():
        for target in TARGETS:
            found: dict[str, list[tuple[float, float]]] = {}
            for run in range(RUNS):
                column = make(np.random.default_rng([run, 7]))
                ways = {"cascade": column.certify(target, run).kept}
                if (column.weights == 1).all():
                    arguments = column.confidence, column.agrees, target, run
                    ways |= {"normal": by_normal_approximation(*arguments), "bargain": by_bargain(*arguments)}
                for way, kept in ways.items():
                    if kept is not None:
                        found.setdefault(way, []).append((column.agreement(kept), kept.mean()))
            figures = {}
            for way, pairs in found.items():
                missed = sum(agreement < target - 1e-12 for agreement, _ in pairs)
                figures[way] = f"{missed} missed, {np.mean([saved for _, saved in pairs]):.3f} saved"
                misses[target] += missed if way == "cascade" else 0
            show(f"{name}, target {target:.2f}", figures)
    for target, missed in misses.items():
        show(f"all columns, target {target:.2f}", {"missed": f"{missed} of {RUNS * len(COLUMNS)}"})


if __name__ == "__main__":
    main()
