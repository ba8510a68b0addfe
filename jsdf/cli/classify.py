"""`jsdf classify` and `jsdf plan`."""

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
    """The options that `classify` and `plan` share, in the order of the help."""
    shared = (
        click.argument("file", type=_path),
        click.option("--column", "-c", required=True, help="The column to label."),
        click.option("--label", "-l", "names", multiple=True, metavar="TEXT", help="A label; give two or more."),
        click.option("--labels", "labels_file", type=_path, metavar="FILE.json",
                     help="Labels from a file: a list of names, or an object of names and what describes each: a "
                          'text, {"image": "PATH"} for an example image (an address, or a path from the file\'s '
                          'folder; it may have a "text" too), or a list of these.'),
        click.option("--multiple", is_flag=True, help="A row may have any number of labels: one column a label."),
        click.option("--task", help="An instruction in words."),
        click.option("--kind", type=click.Choice(["auto", "text", "image"]), default="auto", show_default=True),
        click.option("--engine", type=ENGINES, default="auto", show_default=True,
                     help="auto: hosted where JIGSAWSTACK_API_KEY is set, else local."),
        click.option("--max-requests", type=click.IntRange(0), help="Stop after this many requests."),
        click.option("--max-tokens", type=click.IntRange(0), help="Stop before more tokens than this."),
        click.option("--no-cache", is_flag=True, help="Neither read nor keep answers in the store."),
    )  # fmt: skip
    for option in reversed(shared):
        command = option(command)
    return command


def _arguments(
    names: tuple[str, ...], labels_file: Path | None, multiple: bool, no_cache: bool, **rest: Any
) -> dict[str, Any]:
    """What `jsdf.run` takes besides the column."""
    return {"labels": read_labels(names, labels_file), "multiple_labels": multiple, "cache": not no_cache, **rest}


@main.command()
@_shared_options
@click.option("--out", "-o", type=_path, help="Where to write; the extension says how.")
@click.option("--into", metavar="NAME", help="The new column's name, `label` if left out; not with --multiple.")
@click.option("--retry", is_flag=True, help="Ask once more about rows that failed, also in earlier runs.")
@click.option("--errors", type=click.Choice(["raise", "coerce"]), default="raise", show_default=True,
              help="coerce: exit with 0 although rows have no label.")  # fmt: skip
@click.option("--quiet", "-q", is_flag=True, help="No progress and no summary.")
def classify(
    file: Path, column: str, out: Path | None, into: str | None, retry: bool, errors: str, quiet: bool, **asked: Any
) -> None:
    """Label a column of FILE: .csv, .tsv, .jsonl, .ndjson (each also with .gz) or .parquet.

    Without -o, a terminal gets a preview and a pipe the whole table: as CSV, TSV or JSON lines like FILE.
    The column holds texts, or paths and addresses of images; paths start where the command is run.
    """
    arguments = _arguments(**asked)
    if into is not None and asked["multiple"]:
        raise InvalidInputError("--into names one column, and --multiple makes one a label: leave out one of them")
    added = list(dict.fromkeys(label.name for label in arguments["labels"])) if asked["multiple"] else [into or "label"]
    form = LabelledTable(file, column, out, added)
    check_image_paths(file, form.texts, asked["kind"])
    with _warnings_to_stderr():
        try:
            run = _run(form.texts, arguments, retry=retry, quiet=quiet)
        except (APIError, KeyboardInterrupt) as error:
            raise _explain_end(error, form, cached=arguments["cache"]) from None
    where = form.write_labels(run)
    if not quiet:
        states = ", ".join(f"{n:,} {name}" for name, n in run.counts.items() if n)
        print_message(f"{pluralize(len(run), 'row')}: {states or 'none'} ({run.engine}): {run.usage}; {where}")
        if run.counts["answered"]:
            print_message(f"labels: {', '.join(f'{name} {count:,}' for name, count in count_labels(run).items())}")
    if errors == "raise" and unlabelled_count(run):
        raise CommandExit(explain_unlabelled(run, cached=_is_stored(arguments["cache"])))


def _run(texts: pd.Series[Any], arguments: dict[str, Any], *, retry: bool, quiet: bool) -> Run:
    run = functions.run(texts, progress=False if quiet else None, **arguments)
    if not retry or not unlabelled_count(run):
        return run
    again = run.retry()
    return replace(again, usage=run.usage.add(**asdict(again.usage)))


def _explain_end(error: BaseException, form: LabelledTable, *, cached: bool) -> CommandExit:
    """What to say when a run was stopped; without a store, what was answered is written at once."""
    why, code = (str(error), 1) if isinstance(error, APIError) else ("interrupted", 130)
    run = error.run if isinstance(error, APIError) else functions.last_run()
    answered = 0 if run is None else run.counts["answered"]
    if run is None or not answered:
        return CommandExit(f"{why}; no row was labelled", code)
    rows = f"{answered:,} of {pluralize(len(run), 'row')} {'is' if answered == 1 else 'are'} labelled"
    if _is_stored(cached):
        return CommandExit(f"{why}; {rows} and kept in the store: the same command goes on from there", code)
    return CommandExit(f"{why}; {rows}: {form.write_labels(run)}; nothing is kept in the store", code)


def _is_stored(cached: bool) -> bool:
    """Whether what was answered is in the store."""
    store = Store() if cached else None
    if store is not None:
        store.close()
    return store is not None and store.error is None


@contextmanager
def _warnings_to_stderr() -> Iterator[None]:
    """Warnings as lines of ours, without the place in the code."""
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
def plan(file: Path, column: str, check: bool, **asked: Any) -> None:
    """What `jsdf classify` with the same options would do and cost; sends nothing."""
    arguments = _arguments(**asked)
    texts = tables.read(file, column)[column]
    check_image_paths(file, texts, asked["kind"])
    with _warnings_to_stderr():
        found = functions.plan(texts, check=check, **arguments)
    write_lines([repr(found).removeprefix("Plan: ").replace(" (see .findings)", "")])
    if found.findings is not None:
        write_lines([one_line(f"row {r.row}: {r.value}: {r.reason}", None) for r in found.findings.itertuples()])
