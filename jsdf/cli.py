"""`jsdf` on the command line: data to stdout, everything else to stderr, one line for a mistake."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jsdf import __version__, api, demo, tables
from jsdf.errors import APIError, InvalidInputError, InvalidLabelsError, JSDFError
from jsdf.form import Form, count_labels, explain_gaps, gaps
from jsdf.labels import parse
from jsdf.options import store_path
from jsdf.store import Store, clear
from jsdf.terminal import fold, write_lines

if TYPE_CHECKING:
    import pandas as pd

    from jsdf.run import Run


class _Stop(Exception):  # noqa: N818 - it may be an interrupt
    """What ends a command early: the line to say, and the exit code."""

    def __init__(self, line: str, code: int = 1) -> None:
        super().__init__(line)
        self.code = code


class _OneLine(click.Group):
    """A group whose mistakes cost one line on stderr and exit code 1, never a traceback."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """See `click.Group`; always exits."""
        try:
            sys.exit(super().main(*args, **{**extra, "standalone_mode": False}))
        except _Stop as stop:
            line, code = str(stop), stop.code
        except click.UsageError as error:
            where = "" if error.ctx is None else f"; see `{error.ctx.command_path} --help`"
            line, code = error.format_message().rstrip(".") + where, 1
        except JSDFError as error:
            line, code = str(error), 1
        except OSError as error:
            line, code = f"{error.filename or 'the system'}: {error.strerror or error}", 1
        _say(line)
        sys.exit(code)

    def invoke(self, ctx: click.Context) -> Any:
        """See `click.Group`, which would leave an empty line for an interrupt."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):
            raise _Stop("interrupted", 130) from None


def _say(text: str) -> None:
    """One line on stderr, whatever the service may have put into it."""
    write_lines([fold(f"jsdf: {text}")], err=True)


@click.group("jsdf", cls=_OneLine, no_args_is_help=False)
@click.version_option(__version__, prog_name="jsdf", message="%(prog)s %(version)s")
def main() -> None:
    """Label a column of texts: by JigsawStack's classification API, or offline."""


_ENGINES = click.Choice(["auto", "hosted", "local"])
_path = click.Path(path_type=Path)


def _question(command: Callable[..., None]) -> Callable[..., None]:
    """The options that `classify` and `plan` share, in the order of the help."""
    shared = (
        click.argument("file", type=_path),
        click.option("--column", "-c", required=True, help="The column to label."),
        click.option("--label", "-l", "names", multiple=True, metavar="TEXT", help="A label; give two or more."),
        click.option("--labels", "labels_file", type=_path, metavar="FILE.json",
                     help="Labels from a file: a list of names, or an object of names and descriptions."),
        click.option("--multiple", is_flag=True, help="A row may have any number of labels: one column a label."),
        click.option("--task", help="An instruction in words."),
        click.option("--kind", type=click.Choice(["auto", "text", "image"]), default="auto", show_default=True),
        click.option("--engine", type=_ENGINES, default="auto", show_default=True,
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
    if names and labels_file is not None:
        raise InvalidLabelsError("--label and --labels: give the labels one way or the other")
    if not names and labels_file is None:
        raise InvalidLabelsError("no labels: give at least two, as --label A --label B, or --labels FILE.json")
    given = list(names) if labels_file is None else tables.read_json(labels_file)
    parse(given)
    return {"labels": given, "multiple_labels": multiple, "cache": not no_cache, **rest}


@main.command()
@_question
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
    """
    arguments = _arguments(**asked)
    if into is not None and asked["multiple"]:
        raise InvalidInputError("--into names one column, and --multiple makes one a label: leave out one of them")
    added = list(parse(arguments["labels"]).names) if asked["multiple"] else [into or "label"]
    form = Form(file, column, out, added)
    with _warnings_told():
        try:
            run = _run(form.texts, arguments, retry=retry, quiet=quiet)
        except (APIError, KeyboardInterrupt) as error:
            raise _explain_end(error, form, cached=arguments["cache"]) from None
    where = form.fill(run)
    if not quiet:
        states = ", ".join(f"{n:,} {name}" for name, n in run.counts.items() if n)
        _say(f"{len(run):,} rows: {states or 'none'} ({run.engine}): {run.usage}; {where}")
        if run.counts["answered"]:
            _say(f"labels: {', '.join(f'{name} {count:,}' for name, count in count_labels(run).items())}")
    if errors == "raise" and gaps(run):
        raise _Stop(explain_gaps(run, cached=_keeps(arguments["cache"])))


def _run(texts: pd.Series[Any], arguments: dict[str, Any], *, retry: bool, quiet: bool) -> Run:
    run = api.run(texts, progress=False if quiet else None, **arguments)
    if not retry or not gaps(run):
        return run
    again = run.retry()
    return replace(again, usage=run.usage.add(**asdict(again.usage)))


def _explain_end(error: BaseException, form: Form, *, cached: bool) -> _Stop:
    """What to say when a run was stopped; without a store, what was answered is written at once."""
    why, code = (str(error), 1) if isinstance(error, APIError) else ("interrupted", 130)
    run = error.run if isinstance(error, APIError) else api.last_run()
    answered = 0 if run is None else run.counts["answered"]
    if run is None or not answered:
        return _Stop(f"{why}; no row was labelled", code)
    rows = f"{answered:,} of {len(run):,} rows are labelled"
    if _keeps(cached):
        return _Stop(f"{why}; {rows} and kept in the store: the same command goes on from there", code)
    return _Stop(f"{why}; {rows}: {form.fill(run)}; nothing is kept in the store", code)


def _keeps(cached: bool) -> bool:
    """Whether what was answered is in the store."""
    store = Store() if cached else None
    if store is not None:
        store.close()
    return store is not None and store.problem is None


@contextmanager
def _warnings_told() -> Iterator[None]:
    """Warnings as lines of ours, without the place in the code."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default", UserWarning)
        try:
            yield
        finally:
            for warning in caught:
                if warning.category is UserWarning:
                    _say(f"warning: {warning.message}")


@main.command()
@_question
def plan(file: Path, column: str, **asked: Any) -> None:
    """What `jsdf classify` with the same options would do and cost; sends nothing."""
    arguments = _arguments(**asked)
    with _warnings_told():
        write_lines([repr(api.plan(tables.read(file, column)[column], **arguments)).removeprefix("Plan: ")])


@main.command("demo")
@click.option("--engine", type=_ENGINES, default="local", show_default=True)
def demo_(engine: str) -> None:
    """Label a set of real texts that comes with jsdf; by default offline, on this machine."""
    frame = demo.load()
    run = api.run(frame["text"], demo.LABELS, engine=engine, cache=False)
    write_lines(demo.report(frame, run))
    if gaps(run):
        raise _Stop(explain_gaps(run, cached=False))


@main.group("cache", no_args_is_help=False)
def cache_() -> None:
    """The store: answers that need not be paid for again."""


@cache_.command()
def path() -> None:
    """Where the store is."""
    write_lines([str(store_path())])


@cache_.command()
def info() -> None:
    """What the store holds."""
    if not store_path().exists():
        write_lines([f"{store_path()}: nothing is stored"])
        return
    store = Store()
    held = store.info()
    store.close()
    if store.problem is not None:
        raise _Stop(store.problem)
    facts = {"answers": held.answers, "refusals": held.refusals, "requests": held.requests,
             "samples sent": held.samples, "tokens": held.total_tokens, "bytes": held.size}  # fmt: skip
    write_lines([str(held.path), *(f"  {name:<12}  {n:,}" for name, n in facts.items())])


@cache_.command("clear")
@click.option("--yes", is_flag=True, help="Do not ask.")
def clear_(yes: bool) -> None:
    """Delete the store; what is in it has to be paid for again."""
    if not store_path().exists():
        write_lines(["nothing is stored"])
        return
    if not yes and not sys.stdin.isatty():
        raise _Stop(f"cache clear deletes {store_path()}; say --yes where nobody can be asked")
    if yes or click.confirm(f"Delete {store_path()}?", err=True):
        write_lines([f"deleted {store_path()}: {clear():,} bytes"])
