"""The command `jsdf cache`: where the store is, what it holds, and how to delete it."""

from __future__ import annotations

import sys

import click

from jsdf.cli.group import CommandExit, main
from jsdf.cli.terminal import write_lines
from jsdf.store.location import store_path
from jsdf.store.sqlite import Store, clear


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
    if store.error is not None:
        raise CommandExit(store.error)
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
        raise CommandExit(f"cache clear deletes {store_path()}; say --yes where nobody can be asked")
    if yes or click.confirm(f"Delete {store_path()}?", err=True):
        write_lines([f"deleted {store_path()}: {clear():,} bytes"])
