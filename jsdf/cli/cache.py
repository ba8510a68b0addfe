"""The command `jsdf cache`: show the path and contents of the store, or delete it."""

from __future__ import annotations

import sys

import click

from jsdf.cli.group import CommandExit, main
from jsdf.cli.terminal import write_lines
from jsdf.store.location import store_path
from jsdf.store.sqlite import Store, clear


@main.group("cache", no_args_is_help=False)
def cache_() -> None:
    """Inspect or delete the store, which keeps answers so that they are not billed again."""


@cache_.command()
def path() -> None:
    """Print the path of the store."""
    write_lines([str(store_path())])


@cache_.command()
def info() -> None:
    """Print the contents and the size of the store."""
    if not store_path().exists():
        write_lines([f"{store_path()}: nothing is stored"])
        return
    store = Store()
    stored = store.info()
    store.close()
    if store.error is not None:
        raise CommandExit(store.error)
    counts = {"answers": stored.answers, "refusals": stored.refusals, "requests": stored.requests,
              "samples sent": stored.samples, "tokens": stored.total_tokens, "bytes": stored.size}  # fmt: skip
    write_lines([str(stored.path), *(f"  {name:<12}  {n:,}" for name, n in counts.items())])


@cache_.command("clear")
@click.option("--yes", is_flag=True, help="Delete without confirmation.")
def clear_(yes: bool) -> None:
    """Delete the store; its answers are billed again when they are needed."""
    if not store_path().exists():
        write_lines(["nothing is stored"])
        return
    if not yes and not sys.stdin.isatty():
        raise CommandExit(f"cache clear deletes {store_path()}; pass --yes to confirm it without a terminal")
    if yes or click.confirm(f"Delete {store_path()}?", err=True):
        write_lines([f"deleted {store_path()}: {clear():,} bytes"])
