"""The commands `jsdf classify` and `jsdf plan`."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from jsdf.api import execution, functions
from jsdf.api.execution import is_last_run_stored
from jsdf.api.validation import check_call
from jsdf.cli import tables
from jsdf.cli.group import CommandExit, Interrupted, main, print_message
from jsdf.cli.label_columns import LabelColumns
from jsdf.cli.labelled_table import LabelledTable, check_image_paths
from jsdf.cli.large_files.file_parts import is_large
from jsdf.cli.large_files.streamed_run import StreamedRun
from jsdf.cli.large_files.streamed_table import StreamedTable
from jsdf.cli.option_terms import errors_in_option_terms, in_option_terms
from jsdf.cli.run_report import describe_answered, explain_unlabelled, list_labels, summarize
from jsdf.cli.shared_options import PATH, shared_options, split_options
from jsdf.cli.table_output import TableOutput
from jsdf.cli.terminal import write_lines
from jsdf.cli.written_labels import WrittenLabels
from jsdf.display.progress.view import preparation
from jsdf.engines.cascade import Cascade
from jsdf.errors import APIError
from jsdf.formatting.text import one_line
from jsdf.results.run_totals import RunTotals
from jsdf.results.usage import Usage
from jsdf.utils.process.stop_signals import signals_deferred

if TYPE_CHECKING:
    import pandas as pd

    from jsdf.results.run import Run


@main.command()
@shared_options
@click.option("--out", "-o", type=PATH, help="The output file, whose extension sets the format; - for standard output.")
@click.option("--into", metavar="NAME", help="The name of the new column, by default `label`; not with --multiple.")
@click.option("--details", is_flag=True, help="Add the columns status, score, source and reason.")
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
    details: bool,
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
    arguments, table_options = split_options(options, column)
    table_options = replace(table_options, safe_cells=safe_cells)
    names = list(dict.fromkeys(label.name for label in arguments["labels"]))
    new_columns = LabelColumns(names, multiple=arguments["multiple_labels"], into=into, has_details=details)
    output = TableOutput(file, out, table_options)
    # A cascade draws its samples from the whole column.
    is_cascade = isinstance(arguments["engine"], Cascade)
    if not is_cascade and is_large(file, output.source_kind, output.kind):
        if not quiet and sys.stderr.isatty():
            print_message(f"{file} is checked to its end first")
        large = StreamedTable(
            file, column, output, new_columns, table_options, label_names=names, kind=arguments["kind"]
        )
        labelled = _label_streamed(large, file, arguments, retry=retry, quiet=quiet)
    else:
        table = LabelledTable(file, column, output, new_columns, table_options, label_names=names)
        labelled = _label(table, file, arguments, retry=retry, quiet=quiet)
    _report(labelled, errors=errors, quiet=quiet)


class Labelled(NamedTuple):
    """A file that was labelled and written: sums of its rows, its place, and True if its answers are in the store."""

    totals: RunTotals
    written: WrittenLabels
    is_stored: bool


def _report(labelled: Labelled, *, errors: str, quiet: bool) -> None:
    """Print the summary, and end the command where rows have no label or the output is not where it should be."""
    totals, written, is_stored = labelled
    if not quiet:
        _print_summary(totals, written)
    lines = [written.message] if written.exit_code else []
    if errors == "raise" and totals.unlabelled:
        lines.insert(0, explain_unlabelled(totals, cached=is_stored))
    for line in lines[:-1]:
        print_message(line)
    if lines:
        raise CommandExit(lines[-1], written.exit_code or 1)


def _check_rows(file: Path, rows: int, texts: pd.Series[Any], notes: list[str], kind: str) -> None:
    """Print what is doubtful about the rows of a file, and check the paths in the column."""
    for note in notes:
        print_message(f"warning: {note}")
    if not rows:
        print_message(f"{file} has column names but no rows: there is nothing to label")
    check_image_paths(file, texts, kind)


def _print_summary(totals: RunTotals, written: WrittenLabels) -> None:
    output = [] if written.exit_code else [written.message]
    if not totals.rows:
        for message in output:
            print_message(message)
        return
    print_message("; ".join([summarize(totals), *output]))
    for line in totals.certificate_lines:
        print_message(line)
    if totals.counts["answered"]:
        print_message(list_labels(totals))


def _label_streamed(
    table: StreamedTable, file: Path, arguments: dict[str, Any], *, retry: bool, quiet: bool
) -> Labelled:
    _check_rows(file, table.rows, table.texts, table.notes, arguments["kind"])
    with errors_in_option_terms():
        run = StreamedRun(table, arguments, retry=retry, quiet=quiet)
    written = run.execute()
    return Labelled(run.totals, written, run.is_stored)


def _label(table: LabelledTable, file: Path, arguments: dict[str, Any], *, retry: bool, quiet: bool) -> Labelled:
    _check_rows(file, len(table.texts), table.texts, table.notes, arguments["kind"])
    try:
        with errors_in_option_terms():
            run = _run(table.texts, arguments, retry=retry, quiet=quiet)
    except (APIError, KeyboardInterrupt) as error:
        raise _stopped_exit(error, table) from None
    totals = RunTotals()
    totals.add(run)
    return Labelled(totals, _write(run, table), is_last_run_stored())


def _run(texts: pd.Series[Any], arguments: dict[str, Any], *, retry: bool, quiet: bool) -> Run:
    """Label texts and, with `retry`, ask once more for rows that failed; the limits are for both attempts together."""
    progress = False if quiet else None
    with preparation(progress, texts) as prepared:
        call = check_call(texts, progress=progress, **arguments)
        budget = call.job.new_budget()
        run = execution.run(call, budget=budget, preparation=prepared)
    is_complete = run.counts["answered"] + run.counts["missing"] == len(run)
    if not retry or is_complete or run.stopped is not None or budget.request_refusal(Usage()) is not None:
        return run
    retried = execution.run(call, run._answers, budget=budget)
    return replace(retried, usage=run.usage + retried.usage)


def _write(run: Run, table: LabelledTable) -> WrittenLabels:
    """Write the labels; an interrupt ends that at once if the answers are in the store, else afterwards.

    A pipe may have a reader that never reads: there an interrupt sends the table elsewhere.
    """
    if is_last_run_stored():
        return table.write_labels(run, is_stored=True)
    if table.is_for_stdout:
        try:
            return table.write_labels(run, is_stored=False)
        except KeyboardInterrupt as error:
            raise _stopped_exit(error, table) from None
    output = ""
    try:
        with signals_deferred():
            written = table.write_labels(run, is_stored=False)
            output = written.message
    except KeyboardInterrupt:
        raise Interrupted(f"; {output}" if output else "") from None
    return written


def _stopped_exit(error: BaseException, table: LabelledTable) -> CommandExit | Interrupted:
    """Return the message and exit code for a stopped run. Without a store, write the labels so far at once."""
    run = error.run if isinstance(error, APIError) else functions.last_run()
    state = _describe_stop(run, table)
    return CommandExit(f"{error}{state}") if isinstance(error, APIError) else Interrupted(state)


def _describe_stop(run: Run | None, table: LabelledTable) -> str:
    if run is None or not run.counts["answered"]:
        return "; no row was labelled"
    rows = f"; {describe_answered(run.counts['answered'], len(run))}"
    if is_last_run_stored():
        return f"{rows} and kept in the store; run the same command again to continue"
    written = table.write_labels(run, is_stored=False)
    return f"{rows}: {written.message}; no answer is kept in the store"


@main.command()
@shared_options
@click.option("--check", is_flag=True, help="Open each image first, and list those that would fail.")
def plan(file: Path, column: str, check: bool, **options: Any) -> None:
    """Show the requests and cost of `jsdf classify` with the same options, without sending anything."""
    arguments, table_options = split_options(options, column)
    table_options.check_use(file, tables.format_of(file, table_options.format))
    table = tables.read(file, column, table_options)
    _check_rows(file, len(table.texts), table.texts, table.notes, arguments["kind"])
    with errors_in_option_terms():
        plan_ = functions.plan(table.texts, check=check, **arguments)
    write_lines([repr(plan_).removeprefix("Plan: ").replace(" (see .findings)", "")])
    if plan_.findings is not None:
        lines = (f"row {r.row}: {r.value}: {in_option_terms(str(r.reason))}" for r in plan_.findings.itertuples())
        write_lines([one_line(line, None) for line in lines])
