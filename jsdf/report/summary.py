"""What a finished run, a plan and a bill look like: as HTML and as text, from figures that are kept."""

from __future__ import annotations

import itertools
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from jsdf.formatting.html import bars, card, grid, line, listed, span, table
from jsdf.formatting.text import counted, duration, escape, foremost, share, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jsdf.run import Plan, Run
    from jsdf.usage import Usage

_WORDED = 8  # labels in a text
_FOUND = 5  # findings that are shown
_COLOURS = {"answered": "good", "failed": "bad", "unknown": "warn", "missing": "muted", "pending": "warn"}


def text_of_run(run: Run) -> str:
    """States, labels, cost, why rows have no label, and what to do next; a line each."""
    states = ", ".join(f"{n:,} {name}" for name, n in run.counts.items() if n)
    return "\n".join(
        [
            f"Run ({tidy(run.engine)}): {counted(len(run), 'row')}: {states or 'none'}",
            *_labels_in_words(run),
            f"  {run.usage}",
            *(f"  {counted(n, 'row')}: {tidy(reason, 300)}" for reason, n in run.why()),
            *([f"  stopped: {tidy(run.stopped, 300)}"] if run.stopped else []),
            *(f"  {hint}" for hint in _next(run)),
        ]
    )


def _labels_in_words(run: Run) -> list[str]:
    answered = run.counts["answered"]
    if not answered:
        return []
    shown, others, rows = foremost(run.tally, _WORDED)
    said = [f"{tidy(name, 40)} {n:,} ({share(n, answered)})" for name, n in shown]
    return [f"  labels: {', '.join(said + ([f'{others:,} more {rows:,}'] if others else []))}"]


def html_of_run(run: Run) -> str:
    """The same as a card, with a bar a label."""
    states = " · ".join(span(f"{n:,} {name}", _COLOURS[name]) for name, n in run.counts.items() if n)
    why = [f"{counted(n, 'row')}: {reason}" for reason, n in run.why()]
    return card(
        [
            f"<p><b>Run ({escape(run.engine)})</b> {counted(len(run), 'row')}: {states or 'none'}</p>",
            bars(run.tally, run.counts["answered"]),
            listed(why) if why else "",
            line(f"stopped: {run.stopped}", "warn") if run.stopped else "",
            *(line(hint) for hint in _next(run)),
            line(run.usage, "muted"),
        ]
    )


def _next(run: Run) -> Iterator[str]:
    """What a person may want to do now."""
    bad, pending = run.counts["failed"] + run.counts["unknown"], run.counts["pending"]
    if bad:
        yield "run.failures lists the rows that failed or were answered outside the labels"
    if bad or pending:
        yield f"run.retry() asks again for {counted(bad + pending, 'row')}, and pays for no others"


def html_of_plan(plan: Plan) -> str:
    """What a run would do, and the first things that a look at its images found."""
    shown = {f.name.replace("_", " "): getattr(plan, f.name) for f in fields(plan) if f.repr}
    shown["seconds"] = None if plan.seconds is None else f"at least {duration(plan.seconds)}"
    shown["tokens"] = None if plan.tokens is None else f"about {plan.tokens:,}"
    told = [
        (k, f"{v:,}" if isinstance(v, int) else str(v)) for k, v in shown.items() if v is not None and k != "engine"
    ]
    return card([f"<p><b>Plan ({escape(plan.engine)})</b> nothing was sent</p>", table(told), *_findings(plan)])


def _findings(plan: Plan) -> Iterator[str]:
    found = plan.findings
    if found is not None and len(found):
        first = found.head(_FOUND)
        rows = zip(first["row"], map(in_short, first["value"]), first["trouble"], first["reason"], strict=True)
        yield grid(["row", "value", "trouble", "reason"], rows)
        more = len(found) - len(first)
        yield line(f"{f'and {more:,} more ' if more else ''}in plan.findings", "muted")


def in_short(value: Any) -> str:
    """A sample as one line; of a picture only what it is."""
    return tidy(value, 60) if isinstance(value, str) or hasattr(value, "__fspath__") else f"<{type(value).__name__}>"


def html_of_usage(usage: Usage) -> str:
    """What a run cost: the requests, the rows, and whatever else is not nothing."""
    always = ("requests", "rows_sent", "rows_cached")
    given = ((f.name, getattr(usage, f.name)) for f in fields(usage) if f.name != "seconds")
    told = [(name.replace("_", " "), f"{value:,}") for name, value in given if value or name in always]
    return card(["<p><b>Usage</b></p>", table(itertools.chain(told, [("time", duration(usage.seconds))]))])
