"""The command `jsdf cache`: show the place and contents of the store, or delete it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pandas as pd

from jsdf.cli.group import CommandExit, main
from jsdf.cli.shared_options import set_price
from jsdf.cli.terminal import write_lines
from jsdf.config import options
from jsdf.formatting.text import pluralize
from jsdf.results.cost import format_cost, is_price_set
from jsdf.store import database_file, ledger_access
from jsdf.store.location import store_path
from jsdf.store.opening import shared_store
from jsdf.store.sqlite import Store, clear

if TYPE_CHECKING:
    from jsdf.store.base import AnswerStore
    from jsdf.store.contents import StoreInfo
    from jsdf.store.redis import RedisStore

#: Days of spending that `jsdf cache info` shows; `jsdf.usage()` has all.
_MAX_DAYS = 7


@main.group("cache", no_args_is_help=False)
def cache_() -> None:
    """Inspect or delete the store, which keeps answers so that they are not billed again."""


@cache_.command()
def path() -> None:
    """Print the path of the store, or the URL of its server."""
    with _shared_store() as shared:
        write_lines([str(store_path()) if shared is None else shared.location])


@cache_.command()
@click.option("--price", metavar="AMOUNT", callback=set_price, expose_value=False,
              help="The price of 1,000,000 tokens, to show costs.")  # fmt: skip
def info() -> None:
    """Print the contents and the size of the store, and what was spent on the latest days."""
    with _shared_store() as shared:
        if shared is None:
            _print_file_info(store_path())
            return
        shared.check()
        stored, size, days = shared.info(), shared.size(), _spending_by_day(shared)
        _check_error(shared)
        _print_contents(shared.location, stored, size, days)


def _print_file_info(path: Path) -> None:
    if not path.exists():
        _check_place(path)
        write_lines([f"{path}: nothing is stored"])
        return
    store = Store()
    stored, days = store.info(), _spending_by_day(store)
    store.close()
    if store.error is not None:
        raise CommandExit(f"{store.error}{store.hint}")
    size = database_file.size(path)  # after the store is closed, which removes the files of this connection
    _print_contents(str(path), stored, size, days)


def _spending_by_day(store: AnswerStore) -> list[list[str]]:
    """Return the requests, tokens and cost of the latest days, the heads of the columns first; empty without any."""
    from jsdf.results.spending_frame import spending_frame

    days = spending_frame(ledger_access.spending(store), "day").tail(_MAX_DAYS)
    has_cost = is_price_set() and bool(days["cost"].notna().any())
    rows = [["day", "requests", "tokens", *(["cost"] if has_cost else [])]] if len(days) else []
    for day, row in days.iterrows():
        cost = ["unknown" if pd.isna(row["cost"]) else format_cost(row["cost"])] if has_cost else []
        rows.append([f"{day:%Y-%m-%d}", f"{row['requests']:,}", f"{row['total_tokens']:,}", *cost])
    return rows


def _print_contents(location: str, stored: StoreInfo, size: int, days: list[list[str]]) -> None:
    counts = {"answers": stored.answers, "refusals": stored.refusals, "requests": stored.requests,
              "samples sent": stored.samples, "tokens": stored.total_tokens, "bytes": size}  # fmt: skip
    if not any(counts.values()):
        write_lines([f"{location}: nothing is stored"])
        return
    write_lines([location, *(f"  {name:<12}  {n:,}" for name, n in counts.items())])
    if days:
        widths = [max(map(len, column)) for column in zip(*days, strict=True)]
        write_lines("  " + "  ".join(map(str.rjust, row, widths)) for row in days)


def _check_place(path: Path) -> None:
    """Raise if no store can be created at this path, so that every run would go without one."""
    folder = next(parent for parent in path.parents if parent.exists())
    if not folder.is_dir():
        raise CommandExit(f"no store can be at {path}: {folder} is not a directory; set JSDF_CACHE_DIR to another")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise CommandExit(f"no store can be at {path}: {folder} is not writable; set JSDF_CACHE_DIR to another")


@cache_.command("clear")
@click.option("--yes", is_flag=True, help="Delete without confirmation.")
def clear_(yes: bool) -> None:
    """Delete the store; its answers are billed again when they are needed."""
    with _shared_store() as shared:
        if shared is None:
            _clear_file(yes)
        else:
            _clear_shared(shared, yes)


def _clear_file(yes: bool) -> None:
    if not store_path().exists():
        write_lines(["nothing is stored"])
    elif _confirm(str(store_path()), yes):
        write_lines([f"deleted {store_path()}: {clear():,} bytes"])


def _clear_shared(store: RedisStore, yes: bool) -> None:
    store.check()
    stored = store.info()
    _check_error(store)
    if stored == type(stored)():
        write_lines(["nothing is stored"])
        return
    records = f"{pluralize(stored.answers, 'answer')} and {pluralize(stored.refusals, 'refusal')}"
    if _confirm(f"{records} of {store.location}, for every machine that uses it", yes):
        size = store.clear()
        _check_error(store)
        write_lines([f"deleted {records} of {store.location}: {size:,} bytes"])


def _confirm(target: str, yes: bool) -> bool:
    """Return True if what is named may be deleted; without a terminal it must be said by an option."""
    if not yes and not sys.stdin.isatty():
        raise CommandExit(f"cache clear deletes {target}; pass --yes to confirm it without a terminal")
    return yes or click.confirm(f"Delete {target}?", err=True)


@contextmanager
def _shared_store() -> Iterator[RedisStore | None]:
    """Open the store on a server, if the settings name one, without connecting; None for that in a file."""
    if callable(options.store):
        raise CommandExit(
            "jsdf.options.store is a function, whose store only it knows; `jsdf cache` shows and clears a file, or the "
            "Redis server of a URL"
        )
    store = shared_store()
    try:
        yield store
    finally:
        if store is not None:
            store.close()


def _check_error(store: RedisStore) -> None:
    """Raise if the server went away in the meantime."""
    if store.error is not None:
        raise CommandExit(store.error)
