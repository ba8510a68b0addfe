"""The command `jsdf demo`: label real texts and compare with human labels (source and licence: `data/README.md`)."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING, Any

import click
import pandas as pd

from jsdf.api import functions
from jsdf.cli.group import CommandExit, main
from jsdf.cli.option_terms import errors_in_option_terms
from jsdf.cli.run_report import explain_unlabelled
from jsdf.cli.terminal import format_table, write_lines
from jsdf.results.run_totals import RunTotals

if TYPE_CHECKING:
    from jsdf.results.run import Run

LABELS = ["positive", "negative"]

_MAX_ROWS_SHOWN = 10


@main.command("demo")
@click.option("--engine", type=click.Choice(["auto", "hosted", "local"]), default="local", show_default=True)
def demo_(engine: str) -> None:
    """Label a data set of real texts that comes with jsdf; by default offline, on this machine."""
    frame = load()
    with errors_in_option_terms():
        run = functions.run(frame["text"], LABELS, engine=engine, cache=False)
    write_lines(report(frame, run))
    totals = RunTotals()
    totals.add(run)
    if totals.unlabelled:
        raise CommandExit(explain_unlabelled(totals, cached=False))


def load() -> pd.DataFrame:
    """Return 240 sentences of product reviews: columns `text`, and `label` as people rated it."""
    with files("jsdf.cli").joinpath("data/reviews.csv").open("rb") as file:
        frame: pd.DataFrame = pd.read_csv(file, dtype=str)
        return frame


def report(frame: pd.DataFrame, run: Run) -> list[str]:
    """Return the lines of a report: some labelled rows, counts, agreement, speed, and next steps.

    Args:
        frame: As returned by `load`.
        run: A run on its texts with `LABELS`.
    """
    labels: Any = run.labels
    agreeing = int((labels.astype(object) == frame["label"].astype(object)).sum())
    answered, seconds = run.counts["answered"], max(run.usage.seconds, 1e-3)
    rows = zip(labels.astype(object).fillna("-"), frame["label"], frame["text"], strict=True)
    counts = labels.value_counts(sort=False)
    return [
        f"{len(frame)} sentences of product reviews (VADER, MIT licence), labelled by the {run.engine} engine:",
        "",
        *format_table(("label", "people say", "text"), list(rows)[:_MAX_ROWS_SHOWN]),
        "",
        *(f"{name:<10} {count:>4} rows" for name, count in counts.items()),
        f"agreement with people: {agreeing} of {answered} rows ({agreeing / max(answered, 1):.0%})",
        f"time: {seconds:.1f} s, {answered / seconds:,.0f} rows/s"
        + (", with loading the model; nothing left this machine" if run.engine == "local" else ""),
        "",
        "Next:",
        "  jsdf classify FILE.csv --column C --label A --label B -o labelled.csv",
        '  in Python: import jsdf; df["mood"] = df.jigsaw.classify("review", ["positive", "negative"])',
    ]
