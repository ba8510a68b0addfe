"""Which rows share one run of the model: only rows of one length, so that nothing is padded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Tokens of one run, where rows share it. Past about 512 a run gets no faster a token (measured on an
#: AVX-512 machine), while its activations leave the cache and the last run of a request is waited for.
RUN_TOKENS = 512


def plan(lengths: Sequence[int], *, run_tokens: int = RUN_TOKENS, shared: bool = True) -> list[list[int]]:
    """Cut rows into runs of the model.

    Args:
        lengths: Tokens of each row.
        run_tokens: The most tokens of a run that more than one row shares.
        shared: False to run every row alone.

    Returns:
        Positions in `lengths`, one list a run; the longest rows first, so that threads end together.
    """
    by_length: dict[int, list[int]] = {}
    for position, length in enumerate(lengths):
        by_length.setdefault(length, []).append(position)
    runs: list[list[int]] = []
    for length in sorted(by_length, reverse=True):
        rows = by_length[length]
        step = most_rows(length, run_tokens) if shared else 1
        runs.extend(rows[start : start + step] for start in range(0, len(rows), step))
    return runs


def most_rows(length: int, run_tokens: int = RUN_TOKENS) -> int:
    """How many rows of this many tokens share a run."""
    return max(1, run_tokens // max(1, length))
