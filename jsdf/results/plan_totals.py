"""Sums over the plans of the runs of one call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from jsdf.results.estimate import Plan

T = TypeVar("T", int, float)


def sum_plans(plans: Sequence[Plan]) -> Plan:
    """Return one plan for several runs: the sum of each figure, None where that of any run is not known."""
    if len(plans) == 1:
        return plans[0]
    tokens, costs = [plan.tokens_range for plan in plans], [plan.cost_range for plan in plans]
    return Plan(
        engine=", ".join(dict.fromkeys(plan.engine for plan in plans)),
        rows=sum(plan.rows for plan in plans),
        missing=sum(plan.missing for plan in plans),
        distinct=sum(plan.distinct for plan in plans),
        cached=sum(plan.cached for plan in plans),
        refused=sum(plan.refused for plan in plans),
        to_send=sum(plan.to_send for plan in plans),
        requests=sum(plan.requests for plan in plans),
        seconds=_sum(plan.seconds for plan in plans),
        tokens=_sum(plan.tokens for plan in plans),
        file_requests=sum(plan.file_requests for plan in plans),
        tokens_range=_sum_ranges(tokens),
        cost=_sum(plan.cost for plan in plans),
        cost_range=_sum_ranges(costs),
        requests_left_out=sum(plan.requests_left_out or 0 for plan in plans) or None,
        examples=next((plan.examples for plan in plans if plan.examples is not None), None),
        cost_unknown=next((plan.cost_unknown for plan in plans if plan.cost_unknown is not None), None),
    )


def _sum(figures: Iterable[T | None]) -> T | None:
    total: T | int = 0
    for figure in figures:
        if figure is None:
            return None
        total += figure
    return total


def _sum_ranges(ranges: Sequence[tuple[T, T] | None]) -> tuple[T, T] | None:
    low, high = (_sum(None if ends is None else ends[i] for ends in ranges) for i in (0, 1))
    return None if low is None or high is None else (low, high)
