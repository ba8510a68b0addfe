"""The commands `jsdf classify` and `jsdf plan`."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jsdf.api import functions
from jsdf.api.execution import is_last_run_stored
from jsdf.cli import tables
from jsdf.cli.group import CommandExit, Interrupted, main, print_message
from jsdf.cli.labelled_table import LabelledTable, check_image_paths
from jsdf.cli.option_terms import errors_in_option_terms, in_option_terms
from jsdf.cli.run_report import count_labels, explain_unlabelled, unlabelled_count
from jsdf.cli.shared_options import PATH, shared_options, split_options
from jsdf.cli.terminal import write_lines
from jsdf.cli.written_labels import WrittenLabels, write_labels
from jsdf.errors import APIError, InvalidInputError
from jsdf.formatting.text import one_line, pluralize
from jsdf.utils.process.stop_signals import signals_deferred

if TYPE_CHECKING:
    import pandas as pd

    from jsdf.results.run import Run


@main.command()
@shared_options
@click.option("--out", "-o", type=PATH, help="The output file, whose extension sets the format; - for standard output.")
@click.option("--into", metavar="NAME", help="The name of the new column, by default `label`; not with --multiple.")
@click.option("--retry", is_flag=True, help="Send rows that failed once more, also those of earlier runs.")
@click.option(
    "--safe-cells",
    is_flag=True,
    help="CSV and TSV: put an apostrophe before texts that a spreadsheet program would take for formulas.",
)
@click.option("--errors", type=click.Choice(["raise", "coerce"]), default="raise", show_default=True,
              help="coerce: exit with 0 although rows have no label.")  # fmt: skip
@click.option("--quiet", "-q", is_flag=True, help="No progress and no summary.")
def classify(
    file: Path,
    column: str,
    out: Path | None,
    into: str | None,
    retry: bool,
    safe_cells: bool,
    errors: str,
    quiet: bool,
    **options: Any,
) -> None:
    """Label a column of FILE: .csv, .tsv, .json, .jsonl, .ndjson (each also with .gz), .parquet or .xlsx.

    FILE is - for standard input; then --format names the format. Without -o, a terminal gets a preview and a pipe the
    whole table, in the format of FILE, or as CSV where that is binary.
    The column holds texts, or paths and URLs of images; paths start in the current directory.
    """
    arguments, table_options = split_options(options)
    table_options = replace(table_options, safe_cells=safe_cells)
    if into is not None and arguments["multiple_labels"]:
        raise InvalidInputError("--into names one column, but --multiple adds one column a label; pass one of them")
    label_names = list(dict.fromkeys(label.name for label in arguments["labels"]))
    new_columns = label_names if arguments["multiple_labels"] else [into or "label"]
    table = LabelledTable(file, column, out, new_columns, table_options, label_names=label_names)
    _check_rows(file, table.texts, table.notes, arguments["kind"])
    try:
        with errors_in_option_terms():
            run = _run(table.texts, arguments, retry=retry, quiet=quiet)
    except (APIError, KeyboardInterrupt) as error:
        raise _stopped_exit(error, table) from None
    written = _write(run, table)
    if not quiet:
        _print_summary(run, written)
    lines = [written.message] if written.exit_code else []
    if errors == "raise" and unlabelled_count(run):
        lines.insert(0, explain_unlabelled(run, cached=is_last_run_stored()))
    for line in lines[:-1]:
        print_message(line)
    if lines:
        raise CommandExit(lines[-1], written.exit_code or 1)


def _check_rows(file: Path, texts: pd.Series[Any], notes: list[str], kind: str) -> None:
    """Print what is doubtful about the rows of a file, and check the paths in the column."""
    for note in notes:
        print_message(f"warning: {note}")
    if not len(texts):
        print_message(f"{file} has column names but no rows: there is nothing to label")
    check_image_paths(file, texts, kind)


def _print_summary(run: Run, written: WrittenLabels) -> None:
    output = [] if written.exit_code else [written.message]
    if not len(run):
        for message in output:
            print_message(message)
        return
    statuses = ", ".join(f"{n:,} {name}" for name, n in run.counts.items() if n)
    print_message("; ".join([f"{pluralize(len(run), 'row')}: {statuses} ({run.engine}): {run.usage}", *output]))
    if run.counts["answered"]:
        print_message(f"labels: {', '.join(f'{name} {count:,}' for name, count in count_labels(run).items())}")


def _run(texts: pd.Series[Any], arguments: dict[str, Any], *, retry: bool, quiet: bool) -> Run:
    run = functions.run(texts, progress=False if quiet else None, **arguments)
    if not retry or not unlabelled_count(run):
        return run
    retried = run.retry()
    return replace(retried, usage=run.usage.add(**asdict(retried.usage)))


def _write(run: Run, table: LabelledTable) -> WrittenLabels:
    """Write the labels; an interrupt ends that at once if the answers are in the store, else afterwards.

    A pipe may have a reader that never reads: there an interrupt sends the table elsewhere.
    """
    if is_last_run_stored():
        return write_labels(table, run)
    if table.is_for_stdout:
        try:
            return write_labels(table, run)
        except KeyboardInterrupt as error:
            raise _stopped_exit(error, table) from None
    output = ""
    try:
        with signals_deferred():
            written = write_labels(table, run)
            output = written.message
    except KeyboardInterrupt:
        raise Interrupted(f"; {output}" if output else "") from None
    return written


def _stopped_exit(error: BaseException, table: LabelledTable) -> CommandExit | Interrupted:
    """Return the message and exit code for a stopped run. Without a store, write the labels so far at once."""
    run = error.run if isinstance(error, APIError) else functions.last_run()
    state = _describe_answered(run, table)
    return CommandExit(f"{error}{state}") if isinstance(error, APIError) else Interrupted(state)


def _describe_answered(run: Run | None, table: LabelledTable) -> str:
    answered = 0 if run is None else run.counts["answered"]
    if run is None or not answered:
        return "; no row was labelled"
    rows = f"; {answered:,} of {pluralize(len(run), 'row')} {'is' if answered == 1 else 'are'} labelled"
    if is_last_run_stored():
        return f"{rows} and kept in the store; run the same command again to continue"
    return f"{rows}: {write_labels(table, run).message}; no answer is kept in the store"


@main.command()
@shared_options
@click.option("--check", is_flag=True, help="Open each image first, and list those that would fail.")
def plan(file: Path, column: str, check: bool, **options: Any) -> None:
    """Show the requests and cost of `jsdf classify` with the same options, without sending anything."""
    arguments, table_options = split_options(options)
    table_options.check_use(file, tables.format_of(file, table_options.format))
    table = tables.read(file, column, table_options)
    _check_rows(file, table.texts, table.notes, arguments["kind"])
    with errors_in_option_terms():
        plan_ = functions.plan(table.texts, check=check, **arguments)
    write_lines([repr(plan_).removeprefix("Plan: ").replace(" (see .findings)", "")])
    if plan_.findings is not None:
        lines = (f"row {r.row}: {r.value}: {in_option_terms(str(r.reason))}" for r in plan_.findings.itertuples())
        write_lines([one_line(line, None) for line in lines])
