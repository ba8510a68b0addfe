"""The command group `jsdf`: every error becomes one line on stderr and an exit code."""

from __future__ import annotations

import re
import sys
from typing import Any

import click

from jsdf._version import __version__
from jsdf.cli.terminal import write_lines
from jsdf.errors import JSDFError
from jsdf.formatting.text import one_line


class CommandExit(Exception):  # noqa: N818 - also raised for an interrupt
    """Raised to end a command early.

    Args:
        line: The message for stderr.
        code: The exit code.
    """

    def __init__(self, line: str, code: int = 1) -> None:
        super().__init__(line)
        self.code = code


class OneLineErrorGroup(click.Group):
    """A click group that reports errors as one line on stderr with exit code 1, without a traceback."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line and exit the process with the command's exit code."""
        try:
            sys.exit(super().main(*args, **{**extra, "standalone_mode": False}))
        except CommandExit as stop:
            line, code = str(stop), stop.code
        except click.UsageError as error:
            help_hint = "" if error.ctx is None else f"; see `{error.ctx.command_path} --help`"
            line, code = error.format_message().rstrip(".") + help_hint, 1
        except JSDFError as error:
            line, code = in_options(str(error)), 1
        except OSError as error:
            line, code = f"{error.filename or 'system error'}: {error.strerror or error}", 1
        print_message(line)
        sys.exit(code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and turn an interrupt into one line; click would print an empty line first."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):
            raise CommandExit("interrupted", 130) from None


def in_options(message: str) -> str:
    """Replace arguments of the Python API in a message with the options of the command line."""
    return re.sub(r"\bkind='(text|image)'", r"--kind \1", message)


def print_message(text: str) -> None:
    """Print one line on stderr; control characters and line breaks from the service are replaced."""
    write_lines([one_line(f"jsdf: {text}", None)], err=True)


@click.group("jsdf", cls=OneLineErrorGroup, no_args_is_help=False)
@click.version_option(__version__, prog_name="jsdf", message="%(prog)s %(version)s")
def main() -> None:
    """Label a column of texts or images: by JigsawStack's classification API, or offline."""


ENGINES = click.Choice(["auto", "hosted", "local"])
