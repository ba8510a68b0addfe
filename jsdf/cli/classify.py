"""The commands `jsdf classify` and `jsdf plan`."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jsdf.api import functions
from jsdf.cli import tables
from jsdf.cli.group import ENGINES, CommandExit, in_options, main, print_message
from jsdf.cli.labelled_table import LabelledTable, check_image_paths, count_labels, explain_unlabelled, unlabelled_count
from jsdf.cli.labels_file import read_labels
from jsdf.cli.terminal import write_lines
from jsdf.errors import APIError, InvalidInputError
from jsdf.formatting.text import one_line, pluralize
from jsdf.store.sqlite import Store

if TYPE_CHECKING:
    import pandas as pd

    from jsdf.results.run import Run

_path = click.Path(path_type=Path)


def _shared_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that `classify` and `plan` share, in the order of the help."""
    shared = (
        click.argument("file", type=_path),
        click.option("--column", "-c", required=True, help="The column to label."),
        click.option("--label", "-l", "names", multiple=True, metavar="TEXT", help="A label; give two or more."),
        click.option("--labels", "labels_file", type=_path, metavar="FILE.json",
                     help="Labels from a file: a list of names, or an object of names and their descriptions: a "
                          'text, {"image": "PATH"} for an example image (a URL, or a path relative to the file; it '
                          'may have a "text" too), or a list of these.'),
        click.option("--multiple", is_flag=True, help="Any number of labels a row: one column a label."),
        click.option("--task", help="An instruction in natural language."),
        click.option("--kind", type=click.Choice(["auto", "text", "image"]), default="auto", show_default=True),
        click.option("--engine", type=ENGINES, default="auto", show_default=True,
                     help="auto: hosted where JIGSAWSTACK_API_KEY is set, else local."),
        click.option("--max-requests", type=click.IntRange(0), help="Stop after this many requests."),
        click.option("--max-tokens", type=click.IntRange(0), help="Stop before using more tokens than this."),
        click.option("--no-cache", is_flag=True, help="Neither read nor write the store."),
    )  # fmt: skip
    for option in reversed(shared):
        command = option(command)
    return command


def _arguments(
    names: tuple[str, ...], labels_file: Path | None, multiple: bool, no_cache: bool, **rest: Any
) -> dict[str, Any]:
    """Return the keyword arguments of `jsdf.run` for the shared options."""
    return {"labels": read_labels(names, labels_file), "multiple_labels": multiple, "cache": not no_cache, **rest}


@main.command()
@_shared_options
@click.option("--out", "-o", type=_path, help="The output file; its extension sets the format.")
@click.option("--into", metavar="NAME", help="The name of the new column, by default `label`; not with --multiple.")
@click.option("--retry", is_flag=True, help="Send rows that failed once more, also those of earlier runs.")
@click.option("--errors", type=click.Choice(["raise", "coerce"]), default="raise", show_default=True,
              help="coerce: exit with 0 although rows have no label.")  # fmt: skip
@click.option("--quiet", "-q", is_flag=True, help="No progress and no summary.")
def classify(
    file: Path, column: str, out: Path | None, into: str | None, retry: bool, errors: str, quiet: bool, **options: Any
) -> None:
    """Label a column of FILE: .csv, .tsv, .jsonl, .ndjson (each also with .gz) or .parquet.

    Without -o, a terminal gets a preview and a pipe the whole table: as CSV, TSV or JSON lines like FILE.
    The column holds texts, or paths and URLs of images; paths start in the current directory.
    """
    arguments = _arguments(**options)
    if into is not None and options["multiple"]:
        raise InvalidInputError("--into names one column, but --multiple adds one column a label; pass one of them")
    label_names = list(dict.fromkeys(label.name for label in arguments["labels"]))
    table = LabelledTable(file, column, out, label_names if options["multiple"] else [into or "label"])
    check_image_paths(file, table.texts, options["kind"])
    with _warnings_to_stderr():
        try:
            run = _run(table.texts, arguments, retry=retry, quiet=quiet)
        except (APIError, KeyboardInterrupt) as error:
            raise _stopped_exit(error, table, cached=arguments["cache"]) from None
    output = table.write_labels(run)
    if not quiet:
        statuses = ", ".join(f"{n:,} {name}" for name, n in run.counts.items() if n)
        print_message(f"{pluralize(len(run), 'row')}: {statuses or 'none'} ({run.engine}): {run.usage}; {output}")
        if run.counts["answered"]:
            print_message(f"labels: {', '.join(f'{name} {count:,}' for name, count in count_labels(run).items())}")
    if errors == "raise" and unlabelled_count(run):
        raise CommandExit(explain_unlabelled(run, cached=_is_stored(arguments["cache"])))


def _run(texts: pd.Series[Any], arguments: dict[str, Any], *, retry: bool, quiet: bool) -> Run:
    run = functions.run(texts, progress=False if quiet else None, **arguments)
    if not retry or not unlabelled_count(run):
        return run
    retried = run.retry()
    return replace(retried, usage=run.usage.add(**asdict(retried.usage)))


def _stopped_exit(error: BaseException, table: LabelledTable, *, cached: bool) -> CommandExit:
    """Return the message and exit code for a stopped run. Without a store, write the labels so far at once."""
    why, code = (str(error), 1) if isinstance(error, APIError) else ("interrupted", 130)
    run = error.run if isinstance(error, APIError) else functions.last_run()
    answered = 0 if run is None else run.counts["answered"]
    if run is None or not answered:
        return CommandExit(f"{why}; no row was labelled", code)
    rows = f"{answered:,} of {pluralize(len(run), 'row')} {'is' if answered == 1 else 'are'} labelled"
    if _is_stored(cached):
        return CommandExit(f"{why}; {rows} and kept in the store; run the same command again to continue", code)
    return CommandExit(f"{why}; {rows}: {table.write_labels(run)}; no answer is kept in the store", code)


def _is_stored(cached: bool) -> bool:
    """Return True if answers are kept in a store that works."""
    store = Store() if cached else None
    if store is not None:
        store.close()
    return store is not None and store.error is None


@contextmanager
def _warnings_to_stderr() -> Iterator[None]:
    """Print warnings as one line each, without the source location that Python adds."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default", UserWarning)
        try:
            yield
        finally:
            for warning in caught:
                if warning.category is UserWarning:
                    print_message(f"warning: {in_options(str(warning.message))}")


@main.command()
@_shared_options
@click.option("--check", is_flag=True, help="Open each image first, and list those that would fail.")
def plan(file: Path, column: str, check: bool, **options: Any) -> None:
    """Show the requests and cost of `jsdf classify` with the same options, without sending anything."""
    arguments = _arguments(**options)
    texts = tables.read(file, column)[column]
    check_image_paths(file, texts, options["kind"])
    with _warnings_to_stderr():
        plan_ = functions.plan(texts, check=check, **arguments)
    write_lines([repr(plan_).removeprefix("Plan: ").replace(" (see .findings)", "")])
    if plan_.findings is not None:
        write_lines([one_line(f"row {r.row}: {r.value}: {r.reason}", None) for r in plan_.findings.itertuples()])
