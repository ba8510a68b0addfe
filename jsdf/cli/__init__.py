"""`jsdf` on the command line: data to stdout, everything else to stderr, one line for a mistake."""

from jsdf.cli import labelling, upkeep
from jsdf.cli.group import main
from jsdf.server.command import serve

main.add_command(serve)

__all__ = ["labelling", "main", "upkeep"]
