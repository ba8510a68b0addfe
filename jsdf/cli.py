"""`jsdf` on the command line: data to stdout, everything else to stderr, one line for a mistake."""

from __future__ import annotations

import errno
import json
import shutil
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import click
import pandas as pd

from jsdf import __version__, api, tables
from jsdf.errors import APIError, InvalidInputError, InvalidLabelsError, JSDFError
from jsdf.labels import parse
from jsdf.options import store_path
from jsdf.run import Run
from jsdf.store import Store, clear

_PREVIEW = 10  # rows


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
        except KeyboardInterrupt:
            raise _Stop("interrupted; nothing was sent", 130) from None


def _say(text: str) -> None:
    """One line on stderr, whatever the service may have put into it."""
    click.echo(tables.shown(f"jsdf: {text}", sys.stderr), err=True)


def _print(*lines: str) -> None:
    for line in lines:
        click.echo(tables.shown(line, sys.stdout, fold=False))


@click.group(cls=_OneLine, invoke_without_command=True)
@click.version_option(__version__, prog_name="jsdf", message="%(prog)s %(version)s")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Label a column of texts: by JigsawStack's classification API, or offline."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


_engine = click.option("--engine", type=click.Choice(["auto", "hosted", "local"]), default="auto", show_default=True,
                       help="auto: hosted where JIGSAWSTACK_API_KEY is set, else local.")  # fmt: skip
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
        _engine,
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
    given: Any = list(names)
    if labels_file is not None:
        try:
            given = json.loads(labels_file.read_text(encoding="utf-8-sig"))
        except ValueError as error:
            raise InvalidLabelsError(f"{labels_file} is not JSON in UTF-8: {error}") from None
    parse(given)
    return {"labels": given, "multiple_labels": multiple, "cache": not no_cache, **rest}


def _frame(file: Path, column: str) -> pd.DataFrame:
    frame = tables.read(file)
    if (list(frame.columns).count(column)) != 1:
        why = f"has more than one column {column!r}" if column in frame.columns else f"has no column {column!r}"
        raise InvalidInputError(f"{file} {why}; its columns are {', '.join(map(repr, frame.columns))}")
    first = frame[column].dropna().head(1).tolist()
    if first and not isinstance(first[0], (str, bytes)):
        raise InvalidInputError(f"{file}: the column {column!r} holds {type(first[0]).__name__} values, not texts")
    return frame


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
    frame = _frame(file, column)
    added = list(parse(arguments["labels"]).names) if asked["multiple"] else [into or "label"]
    taken = next((name for name in added if name in frame.columns), None)
    if taken is not None:
        cure = "rename it, or the label" if asked["multiple"] else "name the new one otherwise with --into"
        raise InvalidInputError(f"{file} has a column {taken!r} already; {cure}")
    if out is not None and out.exists() and out.samefile(file):
        raise InvalidInputError(f"{out} is the input, which is never overwritten; choose another name")
    if out is not None:
        tables.write(frame, out, rehearse=True)

    def deliver(run: Run) -> str:
        """Give out the table as far as it goes; returns where it went."""
        found = run.labels if isinstance(run.labels, pd.DataFrame) else run.labels.to_frame()
        for i, name in enumerate(added):
            frame[name] = found.iloc[:, i].array
        if out is not None:
            tables.write(frame, out)
            return f"wrote {out}"
        if not sys.stdout.isatty():
            kind = tables.format_of(file)
            tables.dump(frame, "csv" if kind == "parquet" else kind, click.get_binary_stream("stdout"))
            return "wrote the table to stdout"
        rows = [(_name(found.iloc[i]), str(text)) for i, text in enumerate(frame[column].head(_PREVIEW))]
        _print(*_grid(("label", column), rows), "")
        return f"showing {len(rows):,} of {len(frame):,} rows; -o OUT.csv writes them all"

    with _warnings_told():
        try:
            run = api.run(frame[column], progress=False if quiet else None, **arguments)
            run = run.retry() if retry and _bad(run) else run
        except (APIError, KeyboardInterrupt) as error:
            raise _explain_end(error, deliver, cached=arguments["cache"]) from None
    where = deliver(run)
    if not quiet:
        _say(f"{_states(run)} ({run.engine}): {run.usage}; {where}")
        _say(f"labels: {', '.join(f'{name} {count:,}' for name, count in _counts(run.labels).items())}")
    if errors == "raise" and (_bad(run) or run.counts["pending"]):
        raise _Stop(_explain_gaps(run, cached=arguments["cache"]))


def _explain_end(error: BaseException, deliver: Callable[[Run], str], *, cached: bool) -> _Stop:
    """What to say when a run was stopped; without a store, what was answered is given out at once."""
    why, code = (str(error), 1) if isinstance(error, APIError) else ("interrupted", 130)
    run = error.run if isinstance(error, APIError) else api.last_run()
    answered = 0 if run is None else run.counts["answered"]
    if run is None or not answered:
        return _Stop(f"{why}; no row was labelled", code)
    rows = f"{answered:,} of {len(run):,} rows are labelled"
    if cached and Store().problem is None:
        return _Stop(f"{why}; {rows} and kept in the store: the same command goes on from there", code)
    return _Stop(f"{why}; {rows}: {deliver(run)}; nothing is kept in the store", code)


def _explain_gaps(run: Run, *, cached: bool) -> str:
    reasons = [f"{reason} ({n:,})" for reason, n in run.why()]
    reasons += [f"{run.stopped} ({run.counts['pending']:,})"] if run.counts["pending"] else []
    why = "; ".join(reasons).replace("retry() asks again", "--retry asks again")
    rest = "the same command again pays for those rows alone" if cached else "--no-cache: a re-run pays for every row"
    return f"{_bad(run) + run.counts['pending']:,} of {len(run):,} rows have no label: {why}; {rest}"


def _bad(run: Run) -> int:
    return run.counts["failed"] + run.counts["unknown"]


def _states(run: Run) -> str:
    return f"{len(run):,} rows: " + (", ".join(f"{n:,} {name}" for name, n in run.counts.items() if n) or "none")


def _counts(found: pd.Series[Any] | pd.DataFrame) -> dict[str, int]:
    if isinstance(found, pd.DataFrame):
        return {str(name): int(found[name].sum()) for name in found.columns}
    return {str(name): int(n) for name, n in found.value_counts(sort=False).items()}


def _name(row: pd.Series[Any]) -> str:
    """A row's label or labels, in words."""
    if len(row) == 1:
        return "-" if row.isna().iloc[0] else str(row.iloc[0])
    return "-" if row.isna().any() else ", ".join(str(name) for name, hit in row.items() if hit) or "none"


def _grid(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    return tables.grid(header, rows, shutil.get_terminal_size().columns)


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
        _print(repr(api.plan(_frame(file, column)[column], **arguments)).removeprefix("Plan: "))
