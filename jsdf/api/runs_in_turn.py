"""Execute several calls in turn, as `compare` and `probe` do, and keep what was paid for after an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jsdf.api import execution
from jsdf.api.confirmation import confirm
from jsdf.errors import JSDFError
from jsdf.utils.call_site import warn

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jsdf.api.validation import CheckedCall
    from jsdf.results.run import Run
    from jsdf.runner.limits.budget import Budget


def run_in_turn(what: str, calls: Mapping[str, CheckedCall], budget: Budget | None = None) -> dict[str, Run]:
    """Execute calls one after another, and return their runs.

    Args:
        what: Name of the function that was called.
        calls: The calls, by name.
        budget: Limits that all of them share; None for those of each call.

    Raises:
        JSDFError: As for `execution.run`; `.runs` are those that were completed.
        KeyboardInterrupt: After an interrupt, also with `.runs`.
    """
    confirm([call.job for call in calls.values()], is_limit_shared=budget is not None)
    runs: dict[str, Run] = {}
    for name, call in calls.items():
        try:
            runs[name] = execution.run(call, budget=budget, is_confirmed=True)
        except (JSDFError, KeyboardInterrupt) as error:
            error.runs = dict(runs)  # type: ignore[union-attr]
            if runs and not call.job.cache:
                done = ", ".join(map(repr, runs))
                warn(f"{what} was stopped at {name!r}; {done} are in the error's .runs, as in sys.last_value.runs")
            raise
    return runs
