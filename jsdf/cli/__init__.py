"""`jsdf` on the command line: data to stdout, everything else to stderr, one line for a mistake."""

from jsdf.cli import cache, classify, demo, serve
from jsdf.cli.group import main

__all__ = ["cache", "classify", "demo", "main", "serve"]
