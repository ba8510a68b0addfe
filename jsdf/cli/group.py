"""The command group `jsdf`: every error becomes one line on stderr and an exit code."""

from __future__ import annotations

import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from jsdf._version import __version__
from jsdf.cli.option_terms import in_option_terms
from jsdf.cli.terminal import write_lines
from jsdf.cli.usage_errors import describe_usage_error
from jsdf.config import ENGINE_NAMES, is_engine_file
from jsdf.errors import JSDFError
from jsdf.formatting.text import one_line
from jsdf.utils.process.standard_streams import discard, drop_pending, open_closed_streams
from jsdf.utils.process.stop_signals import stop_signals_as_interrupts

#: Exit code after the reader of an output closed it: 128 + SIGPIPE, as a shell reports it.
BROKEN_PIPE = 141


class CommandExit(Exception):  # noqa: N818 - also raised for rows without a label
    """Raised to end a command early.

    Args:
        line: The message for stderr.
        code: The exit code.
    """

    def __init__(self, line: str, code: int = 1) -> None:
        super().__init__(line)
        self.code = code


class Interrupted(Exception):  # noqa: N818 - the user's wish
    """Raised to end a command after Ctrl-C or a stop signal.

    Args:
        state: Follows the reason in the message for stderr, as in "; 3 of 4 rows are labelled".
    """


class OneLineErrorGroup(click.Group):
    """A click group that reports errors and warnings as one line each on stderr, without a traceback."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line and exit the process with the command's exit code."""
        open_closed_streams()
        try:
            with stop_signals_as_interrupts() as received:
                try:
                    code = self._run(*args, **extra)
                except (Interrupted, KeyboardInterrupt, click.Abort) as stop:
                    state = str(stop) if isinstance(stop, Interrupted) else ""
                    code = _report_interrupt(received, state)
            sys.exit(code)
        except BrokenPipeError:
            discard(sys.stdout, sys.stderr)
            sys.exit(BROKEN_PIPE)
        finally:
            drop_pending(sys.stderr)

    def _run(self, *args: Any, **extra: Any) -> Any:
        """Return the exit code of a command, and print its error."""
        try:
            return super().main(*args, **{**extra, "standalone_mode": False})
        except CommandExit as stop:
            line, code = str(stop), stop.code
        except click.UsageError as error:
            line, code = describe_usage_error(error), 1
        except JSDFError as error:
            line, code = str(error), 1
        except _ReaderClosed:
            raise BrokenPipeError from None
        except OSError as error:
            print_message(f"{error.filename or 'system error'}: {error.strerror or error}")
            discard(sys.stdout, sys.stderr)
            return 1
        print_message(line)
        return code

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Parse the command line, which prints the help."""
        with _reader_may_close():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and turn an interrupt into one line; click would print an empty line first."""
        try:
            with _reader_may_close(), _warnings_as_lines():
                return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):
            raise Interrupted from None


class _ReaderClosed(Exception):  # noqa: N818 - no error of the command
    """The reader of an output closed it; click would turn a `BrokenPipeError` into the exit code 1."""


@contextmanager
def _reader_may_close() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise _ReaderClosed from None


@contextmanager
def _warnings_as_lines() -> Iterator[None]:
    """Print each distinct warning as one line, without the source location that Python adds."""
    seen: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        if category is UserWarning and str(message) not in seen:
            seen.add(str(message))
            print_message(f"warning: {in_option_terms(str(message))}")

    with warnings.catch_warnings():
        warnings.simplefilter("always", UserWarning)
        warnings.showwarning = show
        yield


def print_message(text: str) -> None:
    """Print one line on stderr, without control characters and line breaks."""
    write_lines([one_line(f"jsdf: {text}", None)], err=True)


def _report_interrupt(received: list[int], state: str) -> int:
    """Print one line about Ctrl-C, or the first stop signal received, and return the exit code that a shell expects."""
    number = signal.Signals(received[0] if received else signal.SIGINT)
    try:
        print_message(f"{f'ended by {number.name}' if received else 'interrupted'}{state}")
    except OSError:  # the terminal that was closed
        discard(sys.stdout, sys.stderr)
    return 128 + number


_EXIT_CODES = (
    "Exit codes: 0 for success, 1 for an error or rows without a label, 130 after Ctrl-C, 143 after SIGTERM, 129 after "
    "SIGHUP, 141 if the reader of the output closed it."
)


@click.group("jsdf", cls=OneLineErrorGroup, no_args_is_help=False, epilog=_EXIT_CODES)
@click.version_option(__version__, prog_name="jsdf", message="%(prog)s %(version)s")
def main() -> None:
    """Label a column of texts or images: by JigsawStack's classification API, or offline."""


class EngineOrFile(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """Name of an engine, or the path of a file that `LearnedLocal.save` wrote."""

    name = "auto|hosted|local|cascade|FILE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return a path as it is given, and refuse other texts as a choice of names does."""
        if value not in ENGINE_NAMES and not is_engine_file(value):
            names = ", ".join(map(repr, ENGINE_NAMES))
            self.fail(f"{value!r} is not one of {names}, nor a file that LearnedLocal.save wrote", param, ctx)
        return value
