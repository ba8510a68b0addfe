"""The options that `jsdf classify` and `jsdf plan` share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import click

from jsdf.cli.group import EngineOrFile
from jsdf.cli.label_files.examples_file import read_examples
from jsdf.cli.label_files.labels_file import read_labels
from jsdf.cli.tables import Format, TableOptions
from jsdf.cli.tables.table_options import Quoting
from jsdf.config import options
from jsdf.errors import InvalidInputError
from jsdf.utils.money_settings import price_problem

PATH = click.Path(path_type=Path)

_TABLE_OPTIONS = ("format", "separator", "encoding", "quoting", "sheet")


def shared_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that `classify` and `plan` share, in the order of the help."""
    shared = (
        click.argument("file", type=PATH),
        click.option("--column", "-c", required=True, help="The column to label."),
        click.option("--label", "-l", "names", multiple=True, metavar="TEXT", help="A label; give two or more."),
        click.option("--labels", "labels_file", type=PATH, metavar="FILE.json",
                     help="Labels from a file: a list of names, or an object of names and their descriptions: a "
                          'text, {"image": "PATH"} for an example image (a URL, or a path relative to the file; it '
                          'may have a "text" too), or a list of these.'),
        click.option("--multiple", is_flag=True, help="Any number of labels a row: one column a label."),
        click.option("--task", help="An instruction in natural language."),
        click.option("--kind", type=click.Choice(["auto", "text", "image"]), default="auto", show_default=True),
        click.option("--engine", type=EngineOrFile(), default="auto", show_default=True,
                     help="auto: hosted where JIGSAWSTACK_API_KEY is set, else local. cascade: local, and hosted for "
                          "as many rows as --target needs. Or a file that LearnedLocal.save wrote."),
        click.option("--target", type=float, metavar="SHARE",
                     help="With --engine cascade: the share of rows that shall have the label of the hosted engine, "
                          "with probability 0.95.  [default: 0.9]"),
        click.option("--max-requests", type=click.IntRange(0), help="Stop after this many requests."),
        click.option("--max-tokens", type=click.IntRange(0), help="Stop before using more tokens than this."),
        click.option("--max-cost", type=float, metavar="AMOUNT",
                     help="Stop before spending more money than this; needs --price."),
        click.option("--repeats", type=click.IntRange(1), default=1, show_default=True,
                     help="Ask about each row so many times, and let the answers vote."),
        click.option("--examples", "examples_file", type=PATH, metavar="FILE",
                     help="A table of values whose labels you know, in the same column and `label`: they show what is "
                          "meant, and are not sent."),
        click.option("--price", metavar="AMOUNT", callback=set_price, expose_value=False,
                     help="The price of 1,000,000 tokens, to show costs and for --max-cost."),
        click.option("--strict", is_flag=True,
                     help="After a label was removed, ask again for all rows, not only for those that had it."),
        click.option("--no-cache", is_flag=True, help="Neither read nor write the store."),
        click.option("--format", type=click.Choice(get_args(Format)),
                     help="The format of -, and of files whose extension does not say it."),
        click.option("--separator", metavar="CHAR",
                     help="The character between the fields of CSV and TSV, as ';' or tab."),
        click.option("--encoding", metavar="NAME", help="The encoding of text files, by default utf-8."),
        click.option("--quoting", type=click.Choice(get_args(Quoting)),
                     help="Quotes in CSV and TSV. none: they are ordinary characters. minimal: a field may be quoted, "
                          "and may then span lines. all: as minimal, and the output has every field quoted."),
        click.option("--sheet", metavar="NAME", help="The sheet of an Excel file, by default the first."),
    )  # fmt: skip
    for option in reversed(shared):
        command = option(command)
    return command


def set_price(context: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    """Set the price for the time of the command."""
    if value is None:
        return
    try:
        price = float(value)
    except ValueError:
        price = -1.0
    if price_problem(price, ()) is not None:
        raise InvalidInputError(f"--price {value}: pass the price of 1,000,000 tokens, a number that is 0 or more")
    before = options.price_per_million_tokens
    context.call_on_close(lambda: setattr(options, "price_per_million_tokens", before))
    options.price_per_million_tokens = price


def split_options(given: dict[str, Any], column: str) -> tuple[dict[str, Any], TableOptions]:
    """Return the keyword arguments of `jsdf.run` and the options about files, from the shared options.

    Args:
        given: The shared options.
        column: The name of the column to label.

    Raises:
        InvalidLabelsError: The labels cannot be used.
        InvalidInputError: An option about files, or the file of examples, cannot be used.
    """
    table_options = TableOptions(**{name: given.pop(name) for name in _TABLE_OPTIONS})
    labels = read_labels(given.pop("names"), given.pop("labels_file"))
    multiple, cache = given.pop("multiple"), not given.pop("no_cache")
    given["engine"] = _engine(given["engine"], given.pop("target"))
    examples_file, names = given.pop("examples_file"), list(dict.fromkeys(label.name for label in labels))
    if examples_file is not None:
        given["examples"] = read_examples(examples_file, column, names, multiple=multiple)
    return {"labels": labels, "multiple_labels": multiple, "cache": cache, **given}, table_options


def _engine(name: str, target: float | None) -> Any:
    """Return the value of `engine` for the options of the command line."""
    if name != "cascade":
        if target is not None:
            raise InvalidInputError(f"--target {target:g} is for --engine cascade")
        return name
    from jsdf.engines.cascade import Cascade

    return Cascade() if target is None else Cascade(target=target)
