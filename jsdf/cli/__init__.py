"""The command line `jsdf`: data goes to stdout, messages to stderr, and an error is one line."""

from jsdf.cli import cache, classify, demo, serve
from jsdf.cli.group import main

__all__ = ["cache", "classify", "demo", "main", "serve"]
