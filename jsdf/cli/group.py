"""The command group, and how a command ends early: one line on stderr, and an exit code."""

from __future__ import annotations

import re
import sys
from typing import Any

import click

from jsdf._version import __version__
from jsdf.cli.terminal import write_lines
from jsdf.errors import JSDFError
from jsdf.formatting.text import one_line


class CommandExit(Exception):  # noqa: N818 - it may be an interrupt
    """What ends a command early: the line to say, and the exit code."""

    def __init__(self, line: str, code: int = 1) -> None:
        super().__init__(line)
        self.code = code


class OneLineErrorGroup(click.Group):
    """A group whose mistakes cost one line on stderr and exit code 1, never a traceback."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """See `click.Group`; always exits."""
        try:
            sys.exit(super().main(*args, **{**extra, "standalone_mode": False}))
        except CommandExit as stop:
            line, code = str(stop), stop.code
        except click.UsageError as error:
            where = "" if error.ctx is None else f"; see `{error.ctx.command_path} --help`"
            line, code = error.format_message().rstrip(".") + where, 1
        except JSDFError as error:
            line, code = in_options(str(error)), 1
        except OSError as error:
            line, code = f"{error.filename or 'the system'}: {error.strerror or error}", 1
        print_message(line)
        sys.exit(code)

    def invoke(self, ctx: click.Context) -> Any:
        """See `click.Group`, which would leave an empty line for an interrupt."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):
            raise CommandExit("interrupted", 130) from None


def in_options(message: str) -> str:
    """A message of the package in this command's words."""
    return re.sub(r"\bkind='(text|image)'", r"--kind \1", message)


def print_message(text: str) -> None:
    """One line on stderr, whatever the service may have put into it."""
    write_lines([one_line(f"jsdf: {text}", None)], err=True)


@click.group("jsdf", cls=OneLineErrorGroup, no_args_is_help=False)
@click.version_option(__version__, prog_name="jsdf", message="%(prog)s %(version)s")
def main() -> None:
    """Label a column of texts or images: by JigsawStack's classification API, or offline."""


ENGINES = click.Choice(["auto", "hosted", "local"])
